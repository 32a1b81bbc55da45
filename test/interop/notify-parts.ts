/** Real receivers for the tests of notifications: a mail server, a web server that does what it is told, and messages. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { wall } from "../../src/base/time.ts";
import type { Line, Message } from "../../src/core/notify.ts";
import { until } from "../e2e/parts/wait.ts";
import { freePort } from "../fakes/free-port.ts";

export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "muster-notify-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function testMessage(change: Partial<Message> = {}): Message {
  const about = {
    event: 7,
    at: wall(Date.UTC(2030, 0, 2)),
    state: "problem",
    severity: "warning",
    rule: "health/fall",
  } as const;
  const line: Line = {
    ...about,
    subject: "192.0.2.1 tcp:80",
    key: "health x",
    text: "DOWN web1 (www.example.org): «naïve» refusal",
  };
  const base = { id: "17", channel: "ops", createdAt: wall(Date.UTC(2030, 0, 2)), severity: "warning" } as const;
  return { ...base, lines: [line], omitted: 0, dropped: 0, references: ["16"], details: null, left: null, ...change };
}

/** A certificate for localhost and 127.0.0.1 that vouches for itself. */
export function makeCertificate(folder: string, name = "127.0.0.1"): void {
  const subject = ["-subj", "/CN=test", "-addext", `subjectAltName=${/^\d/.test(name) ? "IP" : "DNS"}:${name}`];
  const files = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")];
  const made = spawnSync("openssl", [
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "2",
    ...subject,
    ...files,
  ]);
  if (made.status !== 0) throw new Error(`openssl: ${String(made.stderr)}`);
}

export class MailServer {
  readonly folder = testFolder();
  readonly port: number;
  #child: ChildProcess | null = null;

  private constructor(port: number) {
    this.port = port;
  }

  static async start(security: "tls" | "starttls" | "none", name?: string): Promise<MailServer> {
    const server = new MailServer(await freePort());
    makeCertificate(server.folder, name);
    await server.launch(security);
    return server;
  }

  async launch(security: "tls" | "starttls" | "none"): Promise<void> {
    const program = join(import.meta.dirname, "mail-server.py");
    const child = spawn("/usr/bin/python3", [program, this.folder, `${this.port}`, security], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (said += String(bytes)));
    onTestFinished(() => this.end());
    await until("the mail server is ready", () => {
      if (child.exitCode !== null) throw new Error(`the mail server ended: ${said}`);
      return said.includes("ready") ? said : null;
    });
  }

  get ca(): string {
    return join(this.folder, "cert.pem");
  }

  set mode(mode: string) {
    writeFileSync(join(this.folder, "mode"), mode);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async end(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  /** Mails that were taken, in their order. */
  mails(): readonly string[] {
    const names = readdirSync(this.folder).filter((name) => name.endsWith(".eml"));
    const sorted = names.toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
    return sorted.map((name) => readFileSync(join(this.folder, name), "utf8"));
  }
}

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly path: string;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** What happens to each request; by default 200. */
  answer: (request: IncomingMessage, response: ServerResponse) => void;
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (bytes) => (body += String(bytes)));
    request.on("end", () => {
      received.push({ headers: request.headers, path: request.url ?? "", body });
      receiver.answer(request, response);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = { url: `http://127.0.0.1:${port}`, received, answer: (_, response) => response.end("ok") };
  return receiver;
}
