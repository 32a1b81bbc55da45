/**
 * SIGTERM while everything hangs that can hang: whoever muster asks never answers, whoever asks muster never reads or never
 * ends, a zone's file cannot be read. muster ends in order all the same, within its limit.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { stopMsMax } from "../../src/io/closing.ts";
import { freePort } from "../fakes/free-port.ts";
import { HangingMount } from "./parts/machine.ts";
import { Program } from "./parts/program.ts";
import { until } from "./parts/wait.ts";

/** A machine with much else to do. */
const slackMs = 10_000;
const comesMsMax = 60_000;
const testMsMax = 240_000;
const mutes: Mute[] = [];
const sockets: Socket[] = [];
let program: Program | null = null;
let mount: HangingMount | null = null;

/** Takes connections and says nothing, ever. */
class Mute {
  readonly #server: Server;
  readonly #taken = new Set<Socket>();
  port = 0;

  constructor() {
    mutes.push(this);
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#taken.add(socket.on("error", () => undefined));
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", () => resolve()));
    this.port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  asked(what: string): Promise<unknown> {
    return until(`muster asks ${what}`, () => (this.#taken.size > 0 ? true : null), comesMsMax);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#taken) socket.destroy();
  }
}

/** A client that sends this and never reads. */
async function rude(port: number, octets: Buffer | string): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  sockets.push(socket.on("error", () => undefined));
  socket.pause();
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  socket.write(octets);
}

/** A program that ignores SIGTERM, tells that it runs, and goes on. */
function stubborn(name: string): { readonly script: string; readonly runs: () => Promise<unknown> } {
  const [script, sign] = [join(folder(), `${name}.sh`), join(folder(), `${name}.runs`)];
  writeFileSync(script, `#!/bin/sh\ntrap "" TERM HUP INT\n: > ${sign}\nwhile :; do sleep 600; done\n`, { mode: 0o755 });
  return { script, runs: () => until(`${name} runs`, () => (existsSync(sign) ? true : null), comesMsMax) };
}

function folder(): string {
  if (program === null) throw new Error("no program");
  return program.folder;
}

/** A thread of the process is in the kernel, and waits for the answer of a FUSE server (fs/fuse/dev.c). */
function waitsForMount(pid: number): boolean {
  const threads = existsSync(`/proc/${pid}/task`) ? readdirSync(`/proc/${pid}/task`) : [];
  return threads.some((thread) => {
    try {
      return readFileSync(`/proc/${pid}/task/${thread}/wchan`, "utf8") === "request_wait_answer";
    } catch {
      return false;
    }
  });
}

/** The exit status; null: it has killed itself. */
async function endsInTime(muster: Program): Promise<number | null> {
  muster.signal("SIGTERM");
  const late = new Promise<string>((resolve) => setTimeout(() => resolve("too late"), stopMsMax + slackMs).unref());
  const code = await Promise.race([muster.ended(), late]);
  if (typeof code === "string") throw new Error(`muster has not ended\n${muster.output}`);
  return code;
}

afterEach(async () => {
  mount?.resume();
  await program?.kill();
  if (program !== null) rmSync(program.folder, { recursive: true, force: true });
  program = null;
  await mount?.close();
  mount = null;
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const mute of mutes.splice(0)) mute.close();
});

const zone = "nameservers: [ns1.example.net, ns2.example.com]";

test(
  "SIGTERM ends muster while nobody that it asks answers",
  async () => {
    const mute = async (): Promise<Mute> => new Mute().listen();
    const [hook, heart, post, smtp, primary, updated] = [
      ...[await mute(), await mute(), await mute()],
      ...[await mute(), await mute(), await mute()],
    ] as const;
    program = await Program.prepare("");
    const [told, judged, reloaded] = [stubborn("told"), stubborn("judged"), stubborn("reloaded")];
    program.configure(`
zones:
  example.org:
    ${zone}
    publish: [embedded, { file: { path: ${folder()}/out.zone, reload: [${reloaded.script}], timeout: 5m } }, { update: { servers: ["127.0.0.1:${updated.port}"] } }]
  example.net: { primaries: ["127.0.0.1:${primary.port}"] }
pools:
  www.example.org: { check: { tcp: 9 }, members: [127.0.0.2] }
  mail.example.org: { check: { smtp: { port: ${smtp.port} }, timeout: 5m, interval: 5m }, members: [127.0.0.1] }
  run.example.org: { check: { exec: [${judged.script}], timeout: 5m, interval: 5m }, members: [127.0.0.1] }
notify:
  channels:
    hook: { webhook: { url: "http://127.0.0.1:${hook.port}/", timeout: 1m } }
    post: { mail: { to: ops@example.org, from: muster@example.org, server: "127.0.0.1:${post.port}", security: none, timeout: 1m } }
    told: { exec: { command: [${told.script}], timeout: 1m } }
  routes: { to: [hook, post, told], severity: info }
  group: 0s
  heartbeat: { url: "http://127.0.0.1:${heart.port}/", every: 5s }
`);
    await program.launch();
    await Promise.all([hook.asked("the webhook"), post.asked("the mail server"), told.runs()]);
    await Promise.all([
      smtp.asked("the member"),
      judged.runs(),
      reloaded.runs(),
      heart.asked("the heartbeat's server"),
    ]);
    await Promise.all([primary.asked("the primary"), updated.asked("the updated server")]);
    expect(await endsInTime(program), program.output).toBe(0);
  },
  testMsMax,
);

test(
  "SIGTERM ends muster while those that ask it neither read nor end",
  async () => {
    const watch = await freePort();
    program = await Program.start(`
zones: { example.org: { ${zone}, transfer: { allow: 127.0.0.0/8 } } }
watch: { listen: "127.0.0.1:${watch}" }
watchers: { fra: {} }
pools: { www.example.org: { check: { tcp: 9 }, members: [127.0.0.2] } }
`);
    const api = Number(new URL(program.api).port);
    const head = "Host: 127.0.0.1\r\n";
    const query = Buffer.from("001d123401000001000000000000076578616d706c65036f72670000060001", "hex");
    await rude(api, `GET /api/v1/live HTTP/1.1\r\n${head}\r\n`);
    await rude(api, `GET /api/v1/events HTTP/1.1\r\n${head}\r\n`.repeat(2_000));
    await rude(api, `POST /api/v1/reload HTTP/1.1\r\n${head}Content-Length: 1000\r\n\r\nhalf`);
    await rude(program.dnsPort, "");
    await rude(program.dnsPort, query.subarray(0, 9));
    await rude(program.dnsPort, Buffer.concat(Array.from({ length: 20_000 }, () => query)));
    await rude(watch, "");
    await rude(watch, Buffer.from("160301", "hex"));
    expect(await endsInTime(program), program.output).toBe(0);
  },
  testMsMax,
);

test.each(["at the start", "at a reload"])(
  "SIGTERM ends muster while a mount with a zone's file hangs %s",
  async (when) => {
    mount = await HangingMount.start();
    const file = join(mount.path, "zone");
    writeFileSync(
      file,
      "@ 60 IN SOA ns1.example.net. h.example.net. 1 7200 1800 9999 60\n@ 60 IN NS ns1.example.net.\n",
    );
    program = await Program.prepare(`
zones: { example.org: { file: ${file} } }
pools: { www.example.org: { check: { tcp: 9 }, members: [127.0.0.2] } }
`);
    if (when === "at the start") {
      mount.hang();
      program.spawn();
    } else {
      await program.launch();
      writeFileSync(file, "; changed\n", { flag: "a" });
      mount.hang();
      program.signal("SIGHUP");
    }
    const { pid } = program;
    await until("a thread waits for the mount", () => (waitsForMount(pid) ? true : null), comesMsMax);
    expect(await endsInTime(program)).toBeNull();
    // A thread waits in the kernel, and so would the process: it tells that, and kills itself.
    const said = (): true | null => (/"muster stops"[^]*kills itself/.test(program?.output ?? "") ? true : null);
    await until("muster tells what it does", said).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${program?.output}`);
    });
  },
  testMsMax,
);
