/** Pins, maintenance and the record of who did what, with the program as a user starts it and answers as dig sees them. */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventsReplySchema, type EventReply } from "../../src/api/contract.ts";
import { freePort } from "../fakes/free-port.ts";
import { Program } from "./parts/program.ts";
import { until } from "./parts/wait.ts";
import { WebServer } from "./parts/web-server.ts";

const one = "127.0.4.31";
const two = "127.0.4.32";
const www = "www.example.org";
const pair = "pair.example.org";
let port: number;
let web: WebServer[];
let program: Program;

function config(maintenance = ""): string {
  return `
removal-max: 30%
zones:
  example.org: { nameservers: [ns1.example.net, ns2.example.com], ttl: 1s, ttl-min: 1s }
pools:
  ${www}:
    check: { http: { port: ${port}, path: / }, interval: 200ms }
    members: [{ address: ${one}, name: web1 }, { address: ${two}, name: web2 }]
  ${pair}:
    policy: priority
    check: { http: { port: ${port}, path: / }, interval: 200ms }
    members: [{ address: ${one}, name: both }, ${two}, { address: "::1", name: both }]
  mail.example.org:
    record: mx
    check: { http: { port: ${port}, path: / }, interval: 200ms }
    members: [{ address: ${one}, target: mx1.example.org }, { address: ${two}, target: mx2.example.org }]
${maintenance}`;
}

/** What dig prints, in order of its text. */
function dig(name: string, type = "A"): string {
  const out = execFileSync("dig", ["+short", "-p", String(program.dnsPort), "@127.0.0.1", name, type]);
  return String(out).trim().split("\n").sort().join(" ");
}

async function digs(name: string, wanted: string): Promise<void> {
  await until(`dig says ${wanted}`, () => (dig(name) === wanted ? wanted : null));
}

function did(...words: readonly string[]): string {
  const { code, err, out } = program.cli(...words);
  expect([code, err]).toEqual([0, ""]);
  return out;
}

function operatorEvents(): readonly EventReply[] {
  return eventsReplySchema.parse(JSON.parse(did("events", "--operator", "--json", "--limit", "1000"))).events;
}

beforeAll(async () => {
  port = await freePort("0.0.0.0");
  web = await Promise.all([one, two].map((address) => WebServer.start(address, port)));
  program = await Program.start(config());
  await program.answers(www, `${one} ${two}`);
});

afterAll(async () => {
  await program?.close();
  await Promise.all((web ?? []).map((server) => server.close()));
});

test("D9 a pinned name answers one address, through kill -9 and a reload, until it is unpinned", async () => {
  did("pin", www, "203.0.113.9", "--reason", "moving house", "--owner", "ann");
  expect([dig(www), dig(www, "AAAA")]).toEqual(["203.0.113.9", ""]);
  await program.kill();
  await program.launch();
  expect(dig(www)).toBe("203.0.113.9");
  did("reload");
  expect(dig(www)).toBe("203.0.113.9");
  const status = program.cli("status").out;
  expect(status).toContain("PINNED to 203.0.113.9 by ann until `muster unpin`, failover is off: moving house");
  expect(status).toMatch(/web1 +127\.0\.4\.31 +up/);
  expect(did("explain", www)).toContain("operator/pin");
  const metrics = await (await fetch(`${program.api}/metrics`)).text();
  expect(metrics).toContain(`muster_pool_pinned{pool="${www}"} 1`);
  did("pin", www, "2001:db8::9");
  expect([dig(www), dig(www, "AAAA")]).toEqual(["", "2001:db8::9"]);
  did("unpin", www, "--owner", "bob", "--reason", "moved");
  await digs(www, `${one} ${two}`);
});

test("D9 a pin ends by itself, also while muster is not running", async () => {
  did("pin", www, "web2", "--for", "1s");
  expect(dig(www)).toBe(two);
  await digs(www, `${one} ${two}`);
  did("pin", www, "web2", "--for", "1s");
  await program.kill();
  const end = Date.now() + 1100;
  await until("the second is over", () => (Date.now() > end ? true : null));
  await program.launch();
  await digs(www, `${one} ${two}`);
});

test("D9 an MX record is pinned by its host; what does not fit is refused in one sentence", () => {
  did("pin", "mail.example.org", "mx9.example.net");
  expect(dig("mail.example.org", "MX")).toBe("10 mx9.example.net.");
  did("unpin", "mail.example.org");
  const wrong = program.cli("pin", www, "192.0.2.300");
  expect([wrong.code, wrong.err.split("\n").length]).toEqual([4, 2]);
  const both = program.cli("pin", pair, "both");
  expect([both.code, both.err]).toEqual([
    4,
    expect.stringContaining(`both has ${one} and ::1 in ${pair}: pin one of them`),
  ]);
  const unknown = program.cli("pin", "wwww.example.org", one);
  expect(unknown.err).toContain(`did you mean ${www}?`);
  program.cli("pin", www, one);
  expect(program.cli("failback", www).err).toContain("muster unpin");
  did("unpin", www);
});

test("a window of maintenance takes a member out one TTL before it begins, and gives it back", async () => {
  did("maintenance", "web1", "--for", "1h", "--name", "disk", "--reason", "new disk", "--owner", "ann");
  await digs(www, two);
  expect(program.cli("status").out).toContain("in maintenance");
  expect(did("explain", www)).toContain("maintenance disk keeps it out");
  await program.kill();
  await program.launch();
  expect(dig(www)).toBe(two);
  did("maintenance", "--end", "disk");
  await digs(www, `${one} ${two}`);
  did("maintenance", "web1", "--for", "2s", "--name", "brief");
  const isEnd = ({ rule, subject }: EventReply): boolean => rule === "maintenance/end" && subject === "brief";
  await until("the end is told", () => (operatorEvents().some(isEnd) ? true : null));
  await digs(www, `${one} ${two}`);
});

test("everything in maintenance: somebody answers all the same; a window is ended before its time", async () => {
  did("maintenance", "--all", "--for", "1h", "--name", "move");
  await until("the last resort is told", () =>
    program.cli("explain", www).out.includes("maintenance/last-resort") ? true : null,
  );
  expect(dig(www)).toBe(`${one} ${two}`);
  did("maintenance", "--end", "move");
  await until("it is over", () => (program.cli("explain", www).out.includes("pool/round-robin") ? true : null));
  const later = program.cli("maintenance", "web1", "--from", "2099-01-01 02:00", "--time-zone", "UTC", "--for", "2h");
  expect(later.out).toContain("from 2099-01-01 02:00:00 to 2099-01-01 04:00:00 UTC");
  expect(did("maintenance")).toContain("web1: web1, ");
  const noDay = program.cli("maintenance", "web1", "--from", "2099-02-30 02:00", "--for", "2h");
  expect(noDay).toMatchObject({ code: 2, err: 'muster: "2099-02-30 02:00" is no time: there is no 2099-02-30.\n' });
  expect(did("maintenance", "web1", "--from", "2099-01-02T02:00Z", "--for", "2h")).toContain(
    "it takes the place of the one from 2099-01-01 02:00:00 to 2099-01-01 04:00:00 UTC, which is no more",
  );
  did("maintenance", "--end", "web1");
  expect(did("maintenance")).toBe("no maintenance is planned\n");
  expect(program.cli("maintenance", "web1").code).toBe(2);
});

test("a window of the configuration runs, and what fails in it is no alarm until it is over", async () => {
  const now = new Date();
  const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  const every = `${days[now.getUTCDay()]} ${now.toISOString().slice(11, 16)}`;
  program.configure(config(`maintenance: [{ name: updates, every: "${every}", for: 2h, members: web1 }]\n`));
  did("reload");
  await digs(www, two);
  await web[0]?.close();
  const fell = await until("web1 is seen to fail", () => {
    const { events } = eventsReplySchema.parse(JSON.parse(did("events", "--json")));
    return events.find(({ rule }) => rule === "maintenance/fall") ?? null;
  });
  expect(fell.sentence).toContain("it is in maintenance updates");
  did("maintenance", "--end", "updates");
  await until("it is told as a fault", () =>
    did("events").includes("still down after maintenance updates") ? true : null,
  );
  web[0] = await WebServer.start(one, port);
  await digs(www, `${one} ${two}`);
  program.configure(config());
  did("reload");
});

test("D9 a window that was ordered comes again, through kill -9, until it is cancelled; both are on record", async () => {
  const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  const now = new Date();
  const every = `${days[now.getUTCDay()]} ${now.toISOString().slice(11, 16)}`;
  const by = ["--owner", "ann", "--reason", "backups"];
  const scope = ["maintenance", "web1", "--name", "tapes"];
  const when = ["--for", "2h", "--time-zone", "UTC", "--until", "2099-01-01 00:00"];
  expect(did(...scope, "--every", every, ...when, ...by)).toContain(
    `maintenance tapes comes again and again, ${every} UTC, until 2099-01-01 00:00:00 UTC: next from`,
  );
  await digs(www, two);
  await program.kill();
  await program.launch();
  expect(dig(www)).toBe(two);
  expect(did("maintenance")).toMatch(
    new RegExp(`tapes: web1, .* \\(${every} UTC until 2099-01-01 .*, by ann\\): backups`),
  );
  did("maintenance", "--end", "tapes");
  await digs(www, `${one} ${two}`);
  expect(did("maintenance")).toContain("tapes: web1, ");
  expect(program.cli("maintenance", "web1", "--name", "tapes", "--for", "1h").err).toContain("to come again already");
  did("maintenance", "--cancel", "tapes", "--owner", "bob", "--reason", "tapes are gone");
  expect(did("maintenance")).toBe("no maintenance is planned\n");
  const acts = operatorEvents().filter(({ rule, subject }) => subject === "tapes" && rule.startsWith("operator/"));
  const series = `web1 every ${every} UTC for 2 h until 2099-01-01 00:00:00 UTC`;
  expect(acts.map(({ by: who, from, rule, to }) => [rule, who?.reason, from, to])).toEqual([
    ["operator/maintenance", "backups", "none", series],
    ["operator/maintenance-end", "no reason given", "none", "skipped"],
    ["operator/maintenance-end", "tapes are gone", series, "none"],
  ]);
  for (const wrong of [
    ["--every", "Someday 02:00", "--for", "2h"],
    ["--every", "daily 02:00", "--for", "2h", "--time-zone", "Europe/Nowhere"],
    ["--every", "daily 02:00", "--for", "9d"],
    ["--every", "daily 02:00", "--for", "2h", "--from", "2099-01-01 02:00"],
    ["--for", "2h", "--until", "2099-01-01 02:00"],
  ])
    expect(program.cli("maintenance", "web1", ...wrong).code, wrong.join(" ")).not.toBe(0);
  expect(program.cli("maintenance", "--cancel", "tapes").err).toContain(
    'no maintenance that comes again is called "tapes"',
  );
});

test("every act of an operator says who, why, what was and what is", async () => {
  did("drain", "web1", "--owner", "ann", "--reason", "new kernel");
  did("enable", "web1", "--owner", "bob", "--reason", "booted");
  did("brake", "release", "--owner", "bob", "--reason", "no power");
  did("failback", pair, "--owner", "eve", "--reason", "copied back");
  did("reset", "--to-normal", "--yes", "--owner", "carol", "--reason", "exercise");
  program.configure(config().replace(/ {2}mail\.example\.org:[^]*$/, ""));
  did("reload", "--force", "mail is gone", "--owner", "dan");
  did("reload", "--owner", "dan", "--reason", "to be sure");
  const acts = operatorEvents();
  const seen = acts.map(({ by, from, rule, to }) => `${rule} ${by?.owner}: ${by?.reason} (${from} → ${to})`);
  for (const act of [
    "operator/drain ann: new kernel (none → drain)",
    "operator/enable bob: booted (drain → none)",
    "operator/brake bob: no power (at rest → released)",
    "operator/failback eve: copied back (priority 1 → priority 1)",
    "operator/reset carol: exercise",
    "controller/reload dan: mail is gone",
    "controller/reload dan: to be sure",
  ])
    expect(seen).toContainEqual(expect.stringContaining(act));
  for (const { by, from, to } of acts) expect([by === undefined, from, to]).not.toContain(null);
  const reply = await fetch(`${program.api}/api/v1/events?kind=override&limit=1000`);
  const { events } = eventsReplySchema.parse(await reply.json());
  expect(new Set(events.map(({ kind }) => kind))).toEqual(new Set(["override"]));
});
