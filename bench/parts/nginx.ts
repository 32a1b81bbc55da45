/**
 * Web servers to be checked: nginx with a master and one worker, in the foreground. As a member it can be stopped (by
 * its own fast shutdown, after which the port is closed) and frozen (SIGSTOP to master and worker: the kernel goes on
 * accepting connections that nobody serves), brought back from both, and made to answer late, which is no fault.
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { pause, type Running, runToEnd, startProcess, treeOf, waitUntil } from "./processes.ts";

const startMsMax = 10_000;
const lastAnswersMs = 500;

export interface WebOptions {
  readonly folder: string;
  /** Addresses it listens on; `*` for all. */
  readonly addresses: readonly string[];
  readonly port: number;
  readonly core?: number | null;
  readonly namespace?: string | null;
  /** Where its counters are read, on loopback; null: nowhere. */
  readonly statusPort?: number | null;
  /** Where something slow answers, on loopback, for as long as there is a file `slow` in the folder; null: nowhere. */
  readonly slowPort?: number | null;
}

export async function startNginx(options: WebOptions): Promise<Running> {
  await mkdir(options.folder, { recursive: true });
  const file = join(options.folder, "nginx.conf");
  await writeFile(file, configText(options));
  const { core = null, namespace = null } = options;
  const args = ["-p", options.folder, "-c", file, "-e", "stderr"];
  return startProcess({ command: "nginx", args, debian: "nginx-light", core, namespace });
}

function configText(options: WebOptions): string {
  const { folder, addresses, port, statusPort = null, slowPort = null } = options;
  const listens = addresses.map((it) => `listen ${it}:${port} backlog=4096;`).join(" ");
  const temps = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((it) => `${it}_temp_path ${folder}/t;`);
  const late = slowPort === null ? "" : `location = /slow { proxy_pass http://127.0.0.1:${slowPort}; }`;
  const whether = slowPort === null ? "" : `if (-f ${folder}/slow) { rewrite ^ /slow last; }`;
  const status = `server { listen 127.0.0.1:${statusPort}; location / { stub_status; } }`;
  return `daemon off; worker_processes 1; worker_rlimit_nofile 65536; user root;
pid ${folder}/nginx.pid; error_log stderr error;
events { worker_connections 60000; }
http {
  access_log off; ${temps.join(" ")}
  server { ${listens} ${late} location / { default_type text/plain; ${whether} return 200 "Welcome\\n"; } }
  ${statusPort === null ? "" : status}
}\n`;
}

export interface Counters {
  readonly requests: number;
  readonly connections: number;
}

/** Requests and accepted connections since the start, the readings of these counters left out. */
export async function readCounters(statusPort: number): Promise<Counters> {
  const text = await fetchText("127.0.0.1", statusPort);
  const [accepted = 0, , requests = 0] = (/\n\s*(\d+) (\d+) (\d+)/.exec(text) ?? []).slice(1).map(Number);
  return { requests, connections: accepted };
}

export function fetchText(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ host, port, agent: false, timeout: 1_000 }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => resolve(text));
    });
    asked.on("timeout", () => asked.destroy(new Error("timeout")));
    asked.on("error", reject).end();
  });
}

/** One web server that can fail in two ways and come back, or be slow. */
export interface Member {
  readonly address: string;
  /** Both return the moment just before the signal, in `performance.now()`. */
  stop(): number;
  freeze(): Promise<number>;
  revive(): Promise<void>;
  /** Answers late by so much from now on; 0: at once again. */
  slow(ms: number): Promise<void>;
  close(): Promise<void>;
}

export interface MemberOptions {
  readonly folder: string;
  readonly address: string;
  readonly port: number;
  readonly namespace?: string | null;
  /** Wanted only of members that shall be slow: a port of their loopback that is free. */
  readonly slowPort?: number | null;
}

/** What nginx passes questions on to while it is slow: port and delay in ms. */
const slowServer = `const [port, ms] = process.argv.slice(1).map(Number);
require("node:http").createServer((_, to) => setTimeout(() => to.end("Welcome\\n"), ms)).listen(port, "127.0.0.1");`;

export async function startMember(options: MemberOptions): Promise<Member> {
  const { address, namespace = null, port, slowPort = null } = options;
  const start = async (): Promise<Running> => {
    const started = await startNginx({ ...options, addresses: [address] });
    const serves = (): Promise<boolean> =>
      fetchText(address, port).then(
        () => true,
        () => false,
      );
    await waitUntil(serves, { what: `nginx on ${address}:${port}`, msMax: startMsMax, running: started });
    return started;
  };
  let running = await start();
  const signalAll = async (signal: NodeJS.Signals): Promise<number> => {
    const pids = await treeOf(running.pid);
    const at = performance.now();
    for (const pid of pids) process.kill(pid, signal);
    return at;
  };
  const stop = (): number => {
    const at = performance.now();
    process.kill(running.pid, "SIGTERM");
    return at;
  };
  const revive = async (): Promise<void> => {
    if (!running.exited() && !(await isEnding(running))) {
      await signalAll("SIGCONT");
      return;
    }
    await running.stop();
    running = await start();
  };
  const file = join(options.folder, "slow");
  let behind: { readonly running: Running; readonly ms: number } | null = null;
  const slow = async (ms: number): Promise<void> => {
    await rm(file, { force: true });
    if (behind !== null) {
      // Whoever has asked is still answered.
      await pause(behind.ms + lastAnswersMs);
      await behind.running.stop();
      behind = null;
    }
    if (ms === 0) return;
    if (slowPort === null) throw new Error(`${address} has no port to be slow with`);
    const args = ["-e", slowServer, String(slowPort), String(ms)];
    const running = startProcess({ command: process.execPath, args, debian: "nodejs", namespace });
    behind = { running, ms };
    await waitUntil(() => isListening(slowPort, namespace), { what: "the slow server", msMax: startMsMax, running });
    await writeFile(file, "");
  };
  const close = async (): Promise<void> => {
    await slow(0);
    if (!running.exited()) await signalAll("SIGCONT");
    await running.stop();
  };
  return { address, stop, freeze: () => signalAll("SIGSTOP"), revive, slow, close };
}

async function isListening(port: number, namespace: string | null): Promise<boolean> {
  const words = namespace === null ? [] : ["-N", namespace];
  return (await runToEnd("ss", [...words, "-Hltn", `sport = :${port}`], "iproute2")) !== "";
}

/** Stopped by SIGTERM it is gone within milliseconds; frozen it stays. */
async function isEnding(running: Running): Promise<boolean> {
  const ended = waitUntil(() => running.exited(), { what: "end of nginx", msMax: 200 });
  return ended.then(
    () => true,
    () => false,
  );
}
