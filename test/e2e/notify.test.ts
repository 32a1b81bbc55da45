/** People are told: by the program as a user starts it, over real mail and web servers, through kills and full disks. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { eventsReplySchema } from "../../src/api/contract.ts";
import type { Line } from "../../src/core/notify.ts";
import { freePort } from "../fakes/free-port.ts";
import { MailServer, type Received, type Receiver, startReceiver } from "../interop/notify-parts.ts";
import { Program } from "./parts/program.ts";
import { until } from "./parts/wait.ts";

/** A member that answers while it listens. */
class Member {
  readonly port: number;
  #server: Server | null = null;

  constructor(port: number) {
    this.port = port;
  }

  async open(): Promise<void> {
    const server = createServer((socket) => socket.on("error", () => undefined).end());
    this.#server = server.listen(this.port, "127.0.0.1");
    await once(server, "listening");
  }

  close(): void {
    this.#server?.close();
    this.#server = null;
  }
}

async function startMember(): Promise<Member> {
  const member = new Member(await freePort());
  await member.open();
  onTestFinished(() => member.close());
  return member;
}

function configure(member: Member, notify: object): string {
  return JSON.stringify({
    zones: { "example.test": { nameservers: [{ name: "ns1.other.test", address: "127.0.0.1:9" }] } },
    pools: {
      "www.example.test": {
        check: { tcp: member.port, interval: "100ms" },
        members: [{ address: "127.0.0.1", name: "web1" }],
      },
    },
    audit: { lag: "1h" },
    notify: { group: "200ms", ...notify },
  }).slice(1, -1);
}

/** The configuration is a flow map behind keys in block form, so each section stands on a line. */
function sections(text: string): string {
  const whole = JSON.parse(`{${text}}`) as Record<string, unknown>;
  return Object.entries(whole)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
    .join("");
}

async function start(member: Member, notify: object): Promise<Program> {
  const program = await Program.start(sections(configure(member, notify)));
  onTestFinished(() => program.close());
  return program;
}

const hook = (receiver: Receiver): object => ({ channels: { hook: { webhook: { url: receiver.url } } } });

function told({ received }: Receiver): readonly string[] {
  return received.flatMap(({ body }: Received) =>
    (JSON.parse(body) as { lines: { text: string }[] }).lines.map(({ text }) => text),
  );
}

async function untilTold(receiver: Receiver, pattern: RegExp): Promise<void> {
  await until(`${String(pattern)} was told`, () => (told(receiver).some((text) => pattern.test(text)) ? true : null));
}

test("M14 a member goes down and comes back: told once each, and the report tells it", async () => {
  const receiver = await startReceiver();
  const member = await startMember();
  const program = await start(member, hook(receiver));
  member.close();
  await untilTold(receiver, /^DOWN web1/);
  await member.open();
  await untilTold(receiver, /^UP web1 \(www\.example\.test\) after/);
  await untilTold(receiver, /^RESOLVED after .*: www\.example\.test answers 127\.0\.0\.1/);
  const nobody = /^CRITICAL: www\.example\.test answers 127\.0\.0\.1: no member is fit/;
  expect(told(receiver).filter((text) => nobody.test(text))).toHaveLength(1);
  expect(
    told(receiver).filter((text) =>
      text.startsWith("DOWN web1 (www.example.test): service failed: connection refused"),
    ),
  ).toHaveLength(1);
  const down = receiver.received.flatMap(({ body }) => (JSON.parse(body) as { lines: Line[] }).lines);
  expect(down.find(({ key, state }) => key.startsWith("health ") && state === "problem")?.diagnosis).toEqual({
    rule: "diagnosis/service-failed",
    name: "service failed",
    sentence: expect.stringMatching(/^service failed: tcp connection refused/),
  });
  expect(down.find(({ text }) => text.startsWith("UP web1"))).not.toHaveProperty("diagnosis");
  const report = program.cli("report", "--since", "1h");
  expect(report).toMatchObject({ code: 0, err: "" });
  expect(report.out).toMatch(
    /web1 \(www\.example\.test\): out once, .* in all\n.*seen within \d+ ms: service failed: connection refused/,
  );
  const json = JSON.parse(program.cli("report", "--json").out) as { members: { outages: unknown[] }[] };
  expect(json.members[0]?.outages).toHaveLength(1);
});

/** What notifications remember, read from a copy: the database itself is locked. One that is torn has nothing. */
function keptOnDisk({ folder }: Program): string {
  const copy = mkdtempSync(join(tmpdir(), "muster-copy-"));
  try {
    for (const end of ["", "-wal"]) cpSync(join(folder, `state.sqlite${end}`), join(copy, `state.sqlite${end}`));
    const database = new DatabaseSync(join(copy, "state.sqlite"));
    const rows = database.prepare("SELECT body FROM message").all();
    database.close();
    return JSON.stringify(rows);
  } catch {
    return "";
  } finally {
    rmSync(copy, { recursive: true });
  }
}

test("M14 kill -9 between the event and its delivery loses nothing", async () => {
  const receiver = await startReceiver();
  const member = await startMember();
  const program = await start(member, { ...hook(receiver), group: "1h" });
  member.close();
  await until("the fall is on disk, as a message to be", () =>
    keptOnDisk(program).includes("health/fall") ? true : null,
  );
  await program.kill();
  expect(receiver.received).toEqual([]);
  program.configure(sections(configure(member, hook(receiver))));
  await member.open();
  await program.launch();
  await untilTold(receiver, /^UP web1 \(www\.example\.test\) after/);
  expect(told(receiver).filter((text) => text.startsWith("DOWN web1"))).toHaveLength(1);
});

test("M14 kill -9 while a message waits: it is sent by the next start", async () => {
  const receiver = await startReceiver();
  receiver.answer = (_, response) => response.writeHead(503).end();
  const member = await startMember();
  const program = await start(member, hook(receiver));
  member.close();
  await until("an attempt was made", () => (receiver.received.length > 0 ? true : null));
  await program.kill();
  const before = told(receiver).find((text) => text.startsWith("DOWN"));
  receiver.received.length = 0;
  receiver.answer = (_, response) => response.end();
  await program.launch();
  await untilTold(receiver, /^DOWN web1/);
  expect(told(receiver)).toContain(before);
});

test("M14 P8 mail over TLS: the server is down first, takes no mail then, and gets it in the end", async () => {
  const server = await MailServer.start("starttls");
  await server.end();
  const member = await startMember();
  const mail = {
    to: "ops@example.test",
    from: "muster@example.test",
    server: `127.0.0.1:${server.port}`,
    security: "starttls",
  };
  const program = await Program.prepare("");
  onTestFinished(() => program.close());
  writeFileSync(join(program.folder, "password"), "s3cret-of-mail\n", { mode: 0o600 });
  const login = { ca: server.ca, user: "muster", password: { file: "password" } };
  program.configure(sections(configure(member, { channels: { ops: { mail: { ...mail, ...login } } } })));
  await program.launch();
  const failed = program.cli("notify", "test", "ops");
  expect(failed).toMatchObject({ code: 4, err: expect.stringContaining("nothing listens there") });
  expect(program.cli("notify", "test", "obs").err).toContain("did you mean ops?");
  server.mode = "busy";
  await server.launch("starttls");
  member.close();
  await until("its trouble was told", () => (program.output.includes("messages do not reach ops") ? true : null));
  server.mode = "take";
  await until("the mail came", () => (server.mails().some((text) => text.includes("DOWN web1")) ? true : null));
  expect(program.cli("notify", "test", "ops")).toMatchObject({
    code: 0,
    out: expect.stringContaining("ops: delivered"),
  });
  expect(JSON.stringify([program.output, await program.status()])).not.toContain("s3cret-of-mail");
});

test("M14 with a full disk messages go out all the same, and nobody waits for them", async () => {
  const receiver = await startReceiver();
  const member = await startMember();
  const program = await Program.prepare("");
  onTestFinished(() => program.close());
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "muster-test", program.folder]);
  onTestFinished(() => void execFileSync("umount", ["--lazy", program.folder]));
  program.configure(sections(configure(member, hook(receiver))));
  await program.launch();
  const filler = join(program.folder, "filler");
  expect(() => writeFileSync(filler, Buffer.alloc(4 * 1024 * 1024))).toThrow("ENOSPC");
  member.close();
  await untilTold(receiver, /^DOWN web1/);
  await untilTold(receiver, /^CRITICAL: decisions cannot be saved/);
  await program.answers("www.example.test", "127.0.0.1");
  rmSync(filler);
  await untilTold(receiver, /^RESOLVED after .* decisions are saved again/);
  await program.kill();
  receiver.received.length = 0;
  await member.open();
  await program.launch();
  await untilTold(receiver, /^UP web1/);
});

test("the heartbeat goes on while muster decides, and stops with it", async () => {
  const beats = await startReceiver();
  const member = await startMember();
  const program = await start(member, { heartbeat: { url: `${beats.url}/beat`, every: "5s" } });
  await until("two beats came", () => (beats.received.length >= 2 ? true : null));
  program.signal("SIGSTOP");
  await program.kill();
  expect(beats.received.every(({ path }) => path === "/beat")).toBe(true);
});

test("what waits is told by a channel that a reload adds, and somebody may take care", async () => {
  const first = await startReceiver();
  const member = await startMember();
  const program = await start(member, { channels: { one: { webhook: { url: first.url } } } });
  const second = await startReceiver();
  const phone = { two: { webhook: { url: second.url } } };
  const escalate = { after: "3s", severity: "warning", to: "two" };
  const routes = { to: "one" };
  const channels = { one: { webhook: { url: first.url } }, ...phone };
  program.configure(sections(configure(member, { channels, routes, escalate })));
  expect(program.cli("reload").code).toBe(0);
  member.close();
  await untilTold(second, /^STILL after 3s: (DOWN|CRITICAL)/);
  expect(program.cli("notify", "ack", "--owner", "alice", "--reason", "on my way").out).toContain(
    "alice takes care of: DOWN web1",
  );
  const acts = await until("it is in the record of who did what", () => {
    const { events } = eventsReplySchema.parse(JSON.parse(program.cli("events", "--operator", "--json").out));
    return events.find(({ rule }) => rule === "operator/acknowledge") ?? null;
  });
  expect(acts).toMatchObject({ by: { owner: "alice", reason: "on my way" }, from: "open", to: "alice takes care" });
  expect(program.cli("notify", "ack").out).toContain("nothing open is meant by that");
});
