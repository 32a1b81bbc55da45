/** The commands as a user types them, against the started program: real processes, real DNS answers, exit statuses. */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventsReplySchema, statusSchema } from "../../src/api/contract.ts";
import { Program } from "./parts/program.ts";
import { freePort } from "../fakes/free-port.ts";
import { until } from "./parts/wait.ts";
import { WebServer } from "./parts/web-server.ts";

const addresses = ["127.0.4.1", "127.0.4.2"] as const;
const [one, two] = addresses;
const www = "www.example.org";
const main = join(import.meta.dirname, "../../src/main.ts");
let port: number;
let web: WebServer[];
let program: Program;

function config(extra = ""): string {
  return `
zones:
  example.org: { nameservers: [ns1.example.net, ns2.example.com], ttl: 2s, ttl-min: 1s }
pools:
  ${www}:
    check: { http: { port: ${port}, path: / } }
    members: [{ address: ${one}, name: web1 }, { address: ${two}, name: web2 }]
${extra}`;
}

beforeAll(async () => {
  port = await freePort("0.0.0.0");
  web = await Promise.all(addresses.map((address) => WebServer.start(address, port)));
  program = await Program.start(config());
  await program.answers(www, `${one} ${two}`);
});

afterAll(async () => {
  await program?.close();
  await Promise.all((web ?? []).map((server) => server.close()));
});

test("status and explain tell what DNS answers", () => {
  const { code, out, err } = program.cli("status");
  expect([code, err]).toEqual([0, ""]);
  expect(out).toMatch(/^muster \S+, ready, up .*, 1 zone, 1 pool, 2 members$/m);
  expect(out).toMatch(/^ {2}web1 +127\.0\.4\.1 +up/m);
  const status = statusSchema.parse(JSON.parse(program.cli("status", "--json").out));
  expect(status.pools[0]?.answer.addresses.toSorted()).toEqual(addresses);
  const explained = program.cli("explain", www);
  expect(explained.code).toBe(0);
  expect(explained.out).toContain("web1");
});

test("a drained member leaves the answer, is told safe to stop after the TTL, and comes back", async () => {
  const drained = program.cli("drain", "web1", "--reason", "new disk", "--owner", "ann", "--wait");
  expect([drained.code, drained.err]).toEqual([0, ""]);
  expect(drained.out).toMatch(/safe to stop in [12]s/);
  expect(drained.out.trimEnd().endsWith("safe to stop")).toBe(true);
  expect(await program.addresses(www)).toBe(two);
  expect(program.cli("status").out).toContain("by ann: new disk (safe to stop)");
  expect(program.cli("enable", "web1").code).toBe(0);
  await program.answers(www, `${one} ${two}`);
  const { out } = program.cli("events", "--since", "10m", "--json");
  const { events } = eventsReplySchema.parse(JSON.parse(out));
  expect(events.filter(({ kind }) => kind === "override").length).toBeGreaterThanOrEqual(2);
});

test("the last member of a pool is answered all the same, and is not told safe to stop until another one is fit", async () => {
  expect(program.cli("drain", "web1", "--reason", "new disk").code).toBe(0);
  await program.answers(www, two);
  const drained = program.cli("drain", "web2", "--reason", "new disk as well");
  expect(drained.out).toContain(`not safe to stop: it is answered all the same: no member is fit`);
  await program.answers(www, `${one} ${two}`);
  expect(program.cli("status").out).toContain("not safe to stop: answered all the same");
  const waiting = begin("drain", "web2", "--reason", "new disk as well", "--wait");
  const reason = "is answered all the same: no member is fit";
  await until("the command says what it waits for", () => (waiting.told().includes(reason) ? true : null));
  expect(program.cli("enable", "web1").code).toBe(0);
  expect(await once(waiting.child, "close")).toEqual([0, null]);
  expect(waiting.told().trimEnd().endsWith("safe to stop")).toBe(true);
  expect(await program.addresses(www)).toBe(one);
  expect(program.cli("enable", "web2").code).toBe(0);
  await program.answers(www, `${one} ${two}`);
});

test("an override that has an end ends by itself", async () => {
  expect(program.cli("disable", "web2", "--for", "1s").code).toBe(0);
  await program.answers(www, one);
  await program.answers(www, `${one} ${two}`);
});

test("names that are not known, and orders that cannot be, are one sentence", () => {
  const unknown = program.cli("drain", "wbe1");
  expect([unknown.code, unknown.out]).toEqual([2, ""]);
  expect(unknown.err).toMatch(/^muster: .*"wbe1"; did you mean web1\?\n$/);
  expect(program.cli("drain", www).err).toBe(`muster: ${www} is a pool and no member; its members are web1, web2\n`);
  const failback = program.cli("failback", www);
  expect(failback.code).toBe(4);
  expect(failback.err.split("\n")).toHaveLength(2);
});

test("a reload takes a good file, and refuses a bad one with its mistakes", async () => {
  program.configure(config(`  new.example.org: { check: { tcp: ${port} }, members: [${one}] }\n`));
  expect(program.cli("reload").code).toBe(0);
  await program.answers("new.example.org", one);
  program.configure(`${config()}  broken.example.org: { polcy: priority }\n`);
  const refused = program.cli("reload");
  expect(refused.code).toBe(4);
  expect(refused.err).toContain("did you mean policy?");
  expect(program.cli("check", program.file).code).toBe(1);
  expect(await program.addresses("new.example.org")).toBe(one);
  program.configure(config());
  expect(program.cli("reload").code).toBe(0);
});

test("a second program is told which process holds the port, and what moves it", async () => {
  const second = program.cli("serve", program.file);
  expect(second.code).toBe(5);
  expect(second.err).toMatch(/^muster: .+\n$/);
  const dns = `dns: { listen: "127.0.0.1:${await freePort()}" }\n`;
  const file = join(program.folder, "second.yaml");
  const api = `api: { listen: "${new URL(program.api).host}" }\n`;
  writeFileSync(file, `${dns}${api}state: second.sqlite\n${config()}`);
  const taken = program.cli("serve", file);
  expect(taken.code).toBe(5);
  expect(taken.err).toContain(new URL(program.api).host);
  expect(taken.err).toContain("api.listen");
});

test("events --follow tells what happens, until Ctrl-C", async () => {
  const { child, told } = begin("events", "--follow", "--limit", "1");
  await until("the first event is printed", () => (told() === "" ? null : true));
  program.cli("disable", "web2", "--reason", "watch this");
  program.cli("enable", "web2");
  await until("the override is told", () => (told().includes("watch this") ? true : null));
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([0, null]);
});

/** A command that goes on, and what it has printed so far. */
function begin(...words: string[]) {
  const env = { ...process.env, MUSTER_API: program.api, NO_COLOR: "1" };
  const child = spawn(process.execPath, [main, ...words], { env });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (text += String(bytes)));
  return { child, told: () => text };
}
