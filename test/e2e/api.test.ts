/**
 * The API of the started program, guarded by a token: the live stream across a kill, metrics that count, and who is
 * let in. The client is the one that the commands use.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ClientError } from "../../src/api/client-error.ts";
import { type ApiClient, createClient } from "../../src/api/client.ts";
import type { LiveReply } from "../../src/api/contract.ts";
import { Program } from "./parts/program.ts";
import { freePort } from "../fakes/free-port.ts";
import { until } from "./parts/wait.ts";
import { WebServer } from "./parts/web-server.ts";

const address = "127.0.5.1";
const token = "0123456789abcdef-example";
let web: WebServer;
let program: Program;
let client: ApiClient;

beforeAll(async () => {
  web = await WebServer.start(address, await freePort(address));
  program = await Program.prepare(`
zones: { example.org: { nameservers: [ns1.example.net] } }
pools:
  www.example.org: { check: { http: { port: ${web.port}, path: / } }, members: [{ address: ${address}, name: web1 }] }
`);
  const text = readFileSync(program.file, "utf8");
  writeFileSync(program.file, text.replace(/^api: \{ (.*) \}$/m, "api: { $1, token: { file: token } }"));
  writeFileSync(join(program.folder, "token"), `${token}\n`);
  await program.launch();
  client = createClient({ url: new URL(program.api), token });
});

afterAll(async () => {
  await program?.close();
  await web?.close();
});

async function readUntil(stream: AsyncGenerator<LiveReply>, isLast: (message: LiveReply) => boolean) {
  const messages: LiveReply[] = [];
  for (;;) {
    const { done, value } = await stream.next();
    if (done === true) throw new Error(`the stream ended after ${messages.length} messages`);
    messages.push(value);
    if (isLast(value)) return messages;
  }
}

const eventIds = (messages: readonly LiveReply[]): number[] =>
  messages.flatMap((message) => (message.kind === "event" ? [message.event.id] : []));

test("the token is asked for, and is never shown", async () => {
  const stranger = createClient({ url: new URL(program.api), token: null });
  await expect(stranger.status()).rejects.toThrow(ClientError);
  expect((await fetch(`${program.api}/metrics`)).status).toBe(401);
  expect((await client.status()).ready).toBe(true);
  expect(program.cli("status").code).toBe(4);
  expect(program.cli("status", "--token-file", join(program.folder, "token")).code).toBe(0);
  expect(program.output).not.toContain(token);
});

test("metrics count what is asked", async () => {
  const read = async (): Promise<string> =>
    (await fetch(`${program.api}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text();
  expect(await read()).toContain(`muster_member_health{pool="www.example.org",member="web1",address="${address}"} 1`);
  const before = await read();
  await program.answers("www.example.org", address);
  await until("a count has risen", async () => ((await read()) === before ? null : true));
});

test("M7 a follower that returns after a kill reads on where it was, with rising ids", async () => {
  const stop = new AbortController();
  const first = client.live({ signal: stop.signal, afterId: null });
  await readUntil(first, ({ kind }) => kind === "status");
  await client.setOverride({ member: "web1", kind: "drain", reason: "before the kill", owner: "ann" });
  const seen = await readUntil(first, (message) => message.kind === "event" && message.event.kind === "override");
  const lastSeen = Math.max(...eventIds(seen));
  // History is written in batches; an order that was acknowledged is durable, its line of the story soon after.
  await until("the story is on disk", async () => {
    const { events } = await client.events({ limit: 100 });
    return events.some(({ id }) => id === lastSeen) ? true : null;
  });
  await program.kill();
  await expect(readUntil(first, () => false)).rejects.toThrow(ClientError);
  await program.launch();
  expect((await client.pool("www.example.org")).pool.members[0]?.override).toMatchObject({ reason: "before the kill" });
  const second = client.live({ signal: stop.signal, afterId: lastSeen });
  await client.clearOverride("web1", { owner: "ann", reason: "test" });
  const resumed = eventIds(
    await readUntil(second, (message) => message.kind === "event" && message.event.kind === "override"),
  );
  expect(resumed.every((id) => id > lastSeen)).toBe(true);
  expect(resumed).toEqual(resumed.toSorted((a, b) => a - b));
  stop.abort();
});
