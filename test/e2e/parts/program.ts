/** The program as a user starts it: a configuration in a folder of its own, `muster serve`, signals, and its output. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StatusView } from "../../../src/core/view.ts";
import { ask } from "../../interop/dns-client.ts";
import { rdataAddress } from "../../../src/dns/rdata/index.ts";
import type { Message } from "../../../src/dns/message.ts";
import { freePort } from "../../fakes/free-port.ts";
import { until } from "./wait.ts";

const main = join(import.meta.dirname, "../../../src/main.ts");

/** A machine with much else to do takes long to start a program. */
const readyMsMax = 60_000;

export class Program {
  readonly folder = mkdtempSync(join(tmpdir(), "muster-program-"));
  readonly file = join(this.folder, "muster.yaml");
  readonly #ports: { dns: number; api: number };
  #child: ChildProcess | null = null;
  output = "";
  /** A command that becomes the program, which stands behind it. */
  through: readonly string[] = [];

  private constructor(ports: { dns: number; api: number }) {
    this.#ports = ports;
  }

  /** Writes `config` (without `dns`, `api` and `state`) and waits until the program is ready. */
  static async start(config: string): Promise<Program> {
    const program = await Program.prepare(config);
    await program.launch();
    return program;
  }

  static async prepare(config: string): Promise<Program> {
    const program = new Program({ dns: await freePort(), api: await freePort() });
    program.configure(config);
    return program;
  }

  configure(config: string): void {
    const { api, dns } = this.#ports;
    const own = `dns: { listen: "127.0.0.1:${dns}" }\napi: { listen: "127.0.0.1:${api}" }\nstate: state.sqlite\n`;
    writeFileSync(this.file, `${own}${config}`);
  }

  async launch(): Promise<void> {
    this.spawn();
    const isReady = async (): Promise<Response | null> => {
      if (this.#child?.exitCode !== null) throw new Error(`muster ended: ${this.output}`);
      const healthy = await fetch(`${this.api}/healthz`).catch(() => null);
      return healthy?.ok === true && this.output.includes("ready: ") ? healthy : null;
    };
    await until("muster is ready", isReady, readyMsMax).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.output}`, { cause: error });
    });
  }

  spawn(): void {
    const words = [...this.through, process.execPath, main, "serve", this.file];
    const child = spawn(words[0] as string, words.slice(1), { stdio: ["ignore", "pipe", "pipe"] });
    this.output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (bytes) => {
        this.output += String(bytes);
      });
    }
    this.#child = child;
  }

  get api(): string {
    return `http://127.0.0.1:${this.#ports.api}`;
  }

  get apiPort(): number {
    return this.#ports.api;
  }

  get dnsPort(): number {
    return this.#ports.dns;
  }

  get pid(): number {
    return this.#child?.pid ?? -1;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Waits for the end and returns the exit code; null when a signal ended it. */
  async ended(): Promise<number | null> {
    const child = this.#child;
    if (child === null) return null;
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    return child.exitCode;
  }

  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.ended();
  }

  async close(): Promise<void> {
    this.signal("SIGTERM");
    await this.ended();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async status(): Promise<StatusView> {
    return (await fetch(`${this.api}/api/v1/status`)).json() as Promise<StatusView>;
  }

  ask(name: string, type = "A"): Promise<Message> {
    return ask({ address: "127.0.0.1", port: this.dnsPort }, { name, type, udpOctets: 1232 });
  }

  /** The addresses answered for a name, in order of their text. */
  async addresses(name: string): Promise<string> {
    const { answers } = await this.ask(name);
    return answers
      .map(({ rdata }) => rdataAddress(rdata))
      .sort()
      .join(" ");
  }

  /** Waits until exactly these addresses are answered. */
  async answers(name: string, wanted: string): Promise<void> {
    let seen = "";
    await until(`${name} answers ${wanted}`, async () => {
      seen = await this.addresses(name);
      return seen === wanted ? seen : null;
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}; it answers ${seen}\n${this.output}`);
    });
  }

  /** The same as `cli`, while the test goes on: its own servers answer meanwhile. */
  async run(...words: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
    const env = { ...process.env, MUSTER_API: this.api, NO_COLOR: "1" };
    const child = spawn(process.execPath, [main, ...words], { env, stdio: ["ignore", "pipe", "pipe"] });
    const said = { out: "", err: "" };
    child.stdout.on("data", (bytes) => (said.out += String(bytes)));
    child.stderr.on("data", (bytes) => (said.err += String(bytes)));
    await once(child, "close");
    return { code: child.exitCode, ...said };
  }

  /** Runs a command of the CLI against this program. */
  cli(...words: readonly string[]): { code: number | null; out: string; err: string } {
    const { status, stderr, stdout } = spawnSync(process.execPath, [main, ...words], {
      encoding: "utf8",
      env: { ...process.env, MUSTER_API: this.api, NO_COLOR: "1" },
    });
    return { code: status, out: stdout, err: stderr };
  }
}
