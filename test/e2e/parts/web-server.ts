/** A real nginx on one loopback address, with processes of its own that can be stopped, frozen and brought back. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./wait.ts";

export class WebServer {
  readonly address: string;
  readonly port: number;
  readonly #folder = mkdtempSync(join(tmpdir(), "muster-web-"));
  #child: ChildProcess | null = null;

  private constructor(address: string, port: number) {
    this.address = address;
    this.port = port;
    this.serve("Welcome");
  }

  static async start(address: string, port: number): Promise<WebServer> {
    const server = new WebServer(address, port);
    await server.run();
    return server;
  }

  /** What the server answers with from its next start or `reload`. */
  serve(body: string): void {
    const folder = this.#folder;
    const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/t;`);
    writeFileSync(
      join(folder, "nginx.conf"),
      `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
       events { worker_connections 512; }
       http { access_log off; ${temp.join(" ")}
         server { listen ${this.address}:${this.port}; location / { return 200 "${body}"; } } }`,
    );
  }

  async run(): Promise<void> {
    const child = spawn("nginx", ["-c", join(this.#folder, "nginx.conf"), "-p", this.#folder], { stdio: "ignore" });
    this.#child = child;
    await until(`nginx (Debian package nginx-light) listens on ${this.address}:${this.port}`, async () => {
      if (child.exitCode !== null)
        throw new Error(`nginx ended: ${readFileSync(join(this.#folder, "error.log"), "utf8")}`);
      const socket = net.connect(this.port, this.address);
      const open = await once(socket, "connect").then(
        () => true,
        () => null,
      );
      socket.destroy();
      return open;
    });
  }

  /** Reads the configuration again, as an administrator would. */
  reload(): void {
    this.#child?.kill("SIGHUP");
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null) return;
    this.thaw();
    child.kill("SIGTERM");
    await once(child, "exit");
  }

  freeze(): void {
    for (const pid of this.#pids()) process.kill(pid, "SIGSTOP");
  }

  thaw(): void {
    for (const pid of this.#pids()) process.kill(pid, "SIGCONT");
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** The master and its workers. */
  #pids(): readonly number[] {
    const master = this.#child?.pid;
    if (master === undefined) return [];
    const children = readFileSync(`/proc/${master}/task/${master}/children`, "utf8").trim();
    return [master, ...children.split(" ").filter(Boolean).map(Number)];
  }
}
