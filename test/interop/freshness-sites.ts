/** A real nginx that serves a folder: an origin or a mirror with documents that tests write, stop and freeze. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "../fakes/free-port.ts";

const startMsMax = 10_000;

export interface Site {
  readonly address: string;
  readonly port: number;
  /** Of `path` on this site. */
  url(path: string): string;
  /** The file is changed at `modified`, if that is given. */
  write(path: string, text: string | Uint8Array, modified?: Date): void;
  remove(path: string): void;
  /** Requests so far for this path. */
  requests(path: string): number;
  stop(): Promise<void>;
  start(): Promise<void>;
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

export async function openSite(address = "127.0.0.1", port?: number): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), "muster-site-"));
  mkdirSync(join(folder, "www"));
  const listen = port ?? (await freePort(address));
  writeFileSync(join(folder, "nginx.conf"), configure(folder, address, listen));
  writeFileSync(join(folder, "access.log"), "");
  let running = await launch(folder, address, listen);
  return {
    address,
    port: listen,
    url: (path) => `http://${address}:${listen}${path}`,
    write: (path, text, modified) => {
      const file = join(folder, "www", path);
      writeFileSync(file, text);
      if (modified !== undefined) utimesSync(file, modified, modified);
    },
    remove: (path) => rmSync(join(folder, "www", path)),
    requests: (path) =>
      readFileSync(join(folder, "access.log"), "utf8")
        .split("\n")
        .filter((line) => line === path).length,
    stop: () => running.end(),
    start: async () => {
      running = await launch(folder, address, listen);
    },
    freeze: () => running.signal("SIGSTOP"),
    thaw: () => running.signal("SIGCONT"),
    close: async () => {
      await running.end();
      rmSync(folder, { recursive: true });
    },
  };
}

function configure(folder: string, address: string, port: number): string {
  const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/t;`);
  return `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log warn;
    events { worker_connections 512; }
    http { log_format path '$uri'; access_log ${folder}/access.log path; ${temp.join(" ")}
      server { listen ${address}:${port}; root ${folder}/www; } }`;
}

interface Running {
  signal(name: NodeJS.Signals): void;
  end(): Promise<void>;
}

async function launch(folder: string, address: string, port: number): Promise<Running> {
  const child = spawn("nginx", ["-c", join(folder, "nginx.conf"), "-p", folder], { stdio: "ignore" });
  const exited = once(child, "exit");
  let isOver = false;
  void exited.then(() => {
    isOver = true;
  });
  await accepting(address, port);
  return {
    signal: (name) => void child.kill(name),
    end: async () => {
      if (isOver) return;
      child.kill("SIGCONT");
      child.kill("SIGTERM");
      await exited;
    },
  };
}

async function accepting(address: string, port: number): Promise<void> {
  const endsAtMs = performance.now() + startMsMax;
  for (;;) {
    const socket = net.connect(port, address);
    const outcome = await Promise.race([once(socket, "connect").then(() => "open"), once(socket, "error")]).catch(
      () => "error",
    );
    socket.destroy();
    if (outcome === "open") return;
    if (performance.now() > endsAtMs) throw new Error("nginx (Debian package nginx-light) did not start");
    await wait(20);
  }
}
