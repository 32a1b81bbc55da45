/**
 * Every call of the API, in success and in failure, against the description that the API gives of itself: a muster that shows
 * all it can (an agent, a watcher, a member that is down, orders, outlets), asked over HTTP.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { StatusView } from "../../src/core/view.ts";
import { freePort } from "../fakes/free-port.ts";
import { type Described, readDescription } from "./parts/described.ts";
import { Program } from "./parts/program.ts";
import { until } from "./parts/wait.ts";
import { WebServer } from "./parts/web-server.ts";

const main = join(import.meta.dirname, "../../src/main.ts");
const [one, two] = ["127.0.77.1", "127.0.77.2"];
const www = "www.example.org";
let web: WebServer;
let program: Program;
let described: Described;
const reporters: ChildProcess[] = [];
const called = new Set<string>();

function config(watchPort: number): string {
  return `
zones:
  example.org:
    nameservers: [{ name: ns1.example.net, address: "127.0.0.1:${program.dnsPort}" }, ns2.example.invalid]
    ttl: 2s
    ttl-min: 1s
    publish: [embedded, { file: { path: ${program.folder}/written.zone } }, { update: { servers: ["${two}:9"] } }]
placement: off
watch: { listen: "127.0.0.1:${watchPort}" }
watchers: { far: {} }
references: { check: { tcp: ${web.port} }, addresses: [${one}] }
agent: { mounts: /proc, reach: { site: { address: ${one}, role: peer, check: { tcp: ${web.port} } } } }
agents: { web1: { address: ${one}, prove: { page: { check: { http: { port: ${web.port}, path: / } } } } } }
diagnosis: { web-cluster: gone.example.org }
defaults: { interval: 500ms, rise: 1 }
maintenance: [{ name: backups, every: "Sun 02:00", for: 1h, pools: [db.example.org] }]
notify: { channels: { pager: { exec: { command: [/bin/true] } } }, routes: [{ to: pager, severity: info }] }
pools:
  ${www}:
    check: { http: { port: ${web.port}, path: / }, quorum: any }
    aliases: [www.example.net]
    members: [{ address: ${one}, name: web1 }, { address: ${two}, name: web2 }]
  db.example.org: { policy: priority, check: { tcp: ${web.port} }, members: [{ address: ${one}, priority: 1 }, { address: ${two}, priority: 2 }] }
  data.example.org:
    check: { freshness: { origin: "http://${one}:${web.port}/", lag-max: 1h, port: ${web.port} } }
    members: [${one}]
  gone.example.org: { check: { tcp: 9 }, members: ["127.0.77.3"] }
  canary.example.org: { canary: true, recovery: 60s, last-resort: none, check: { agent: true }, members: [${one}] }
`;
}

async function report(verb: string, name: string, watchPort: number): Promise<void> {
  const { code, err, out } = await program.run(verb, "enrol", name, program.file);
  expect(code, err).toBe(0);
  const token = join(program.folder, `${name}.token`);
  writeFileSync(token, out, { mode: 0o600 });
  const where = ["--controller", `127.0.0.1:${watchPort}`, "--token-file", token];
  const words = [main, verb, ...where, "--folder", join(program.folder, name)];
  reporters.push(spawn(process.execPath, words, { stdio: "ignore" }));
}

/** What a status does not show yet. */
function lacks({ agents, diagnoses, nameservers, outlets, pools, watchers }: StatusView): string[] {
  const [first, second] = pools.find(({ name }) => name === www)?.members ?? [];
  const seen = {
    diagnosis: second?.diagnosis,
    opinion: first?.opinions?.some(({ from, vote }) => from === "far" && vote === "votes"),
    data: pools.some(({ members }) => members[0]?.data),
    diagnoses,
    nameservers: nameservers.length > 1,
    outlets: outlets.length > 1,
    watcher: watchers[0]?.state === "well",
    reach: agents[0]?.reaches[0]?.verdict === "up",
    mount: agents[0]?.mounts[0],
  };
  return Object.entries(seen).flatMap(([name, shown]) => (shown ? [] : [name]));
}

beforeAll(async () => {
  const watchPort = await freePort();
  web = await WebServer.start(one, await freePort(one));
  web.serve(String(Math.floor(Date.now() / 1000)));
  web.reload();
  program = await Program.prepare("");
  program.configure(config(watchPort));
  await program.launch();
  described = readDescription(await (await fetch(`${program.api}/openapi.json`)).json());
  await report("watch", "far", watchPort);
  await report("agent", "web1", watchPort);
  let lacking: readonly string[] = [];
  await until("there is much to show", async () => {
    lacking = lacks(await program.status());
    return lacking.length === 0 || null;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${lacking.join(", ")}\n${program.output}`);
  });
});

afterAll(async () => {
  for (const reporter of reporters) {
    if (reporter.exitCode !== null) continue;
    reporter.kill("SIGKILL");
    await once(reporter, "exit");
  }
  await program?.close();
  await web?.close();
});

/** One call as described, such as `GET /api/v1/pools/{name}`; the status, and what is wrong with the reply. */
async function ask(
  call: string,
  { path = {}, query = "", body }: Asked = {},
): Promise<{ status: number; wrong: string[] }> {
  called.add(call);
  const [method = "", template = ""] = call.split(" ");
  const filled = template.replace(/\{(\w+)\}/, (_, name: string) => encodeURIComponent(path[name] ?? ""));
  const json =
    body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(`${program.api}${filled}${query}`, { method, ...json });
  const type = (response.headers.get("content-type") ?? "").split(";")[0] ?? "";
  const text = await response.text();
  const value: unknown = type === "application/json" ? JSON.parse(text) : text;
  return { status: response.status, wrong: described.faults(call, { status: response.status, type, value }) };
}

interface Asked {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: unknown;
}

const api = "/api/v1";
const by = { owner: "ann", reason: "a test" };
const no = { path: { name: "no.example", member: "no.example" } };
const never = { from: 0, to: 1 };

test.each<[string, Asked, number]>([
  [`GET ${api}/status`, {}, 200],
  [`POST ${api}/overrides`, { body: { member: "web2", kind: "drain", forSeconds: 600, ...by } }, 200],
  [`POST ${api}/overrides`, { body: { member: "nobody", kind: "drain", ...by } }, 404],
  [`POST ${api}/overrides`, {}, 400],
  [`POST ${api}/pins`, { body: { pool: www, address: "web1", forSeconds: 600, ...by } }, 200],
  [`POST ${api}/pins`, { body: { pool: www, address: "::g", ...by } }, 409],
  [`POST ${api}/maintenance`, { body: { pools: ["db.example.org"], forSeconds: 600, ...by } }, 200],
  [`POST ${api}/maintenance`, { body: { name: "nights", forSeconds: 600, every: "daily 04:00", ...by } }, 200],
  [`POST ${api}/maintenance`, { body: { forSeconds: 600, every: "daily 25:00", ...by } }, 400],
  [`GET ${api}/status`, {}, 200],
  [`GET ${api}/pools/{name}`, { path: { name: www } }, 200],
  [`GET ${api}/pools/{name}`, no, 404],
  [`GET ${api}/explain/{name}`, { path: { name: www } }, 200],
  [`GET ${api}/explain/{name}`, { path: { name: "example.org" } }, 200],
  [`GET ${api}/explain/{name}`, no, 404],
  [`GET ${api}/records/{name}`, { path: { name: "example.org" } }, 200],
  [`GET ${api}/records/{name}`, no, 404],
  [`POST ${api}/plan`, { body: { kind: "reload" } }, 200],
  [`POST ${api}/plan`, { body: { kind: "reset" } }, 200],
  [`POST ${api}/plan`, { body: { kind: "reload", text: "zones: 7" } }, 409],
  [`POST ${api}/simulate`, { body: { fail: ["web1"] } }, 200],
  [`POST ${api}/simulate`, { body: { fail: ["nobody"] } }, 404],
  [`POST ${api}/simulate`, {}, 400],
  [`POST ${api}/rehearsals`, { body: { subject: "web2" } }, 409],
  [`POST ${api}/rehearsals`, { body: { subject: "nobody" } }, 404],
  [`POST ${api}/rehearsals`, { body: { subject: "canary.example.org", forSeconds: 20 } }, 200],
  [`GET ${api}/status`, {}, 200],
  [`GET ${api}/rehearsals`, {}, 200],
  [`POST ${api}/replay`, { body: { from: Date.now() - 60_000, to: Date.now() + 60_000 } }, 200],
  [`POST ${api}/replay`, { body: never }, 409],
  [`POST ${api}/notify/test`, { body: {} }, 200],
  [`POST ${api}/notify/test`, { body: { channel: "nobody" } }, 404],
  [`POST ${api}/notify/acknowledge`, { body: { ...by } }, 200],
  [`POST ${api}/notify/acknowledge`, { body: { pattern: 7 } }, 400],
  [`DELETE ${api}/maintenance/{name}`, { path: { name: "db.example.org" } }, 200],
  [`DELETE ${api}/maintenance/{name}`, no, 404],
  [`DELETE ${api}/maintenance/{name}/series`, { path: { name: "nights" } }, 200],
  [`DELETE ${api}/maintenance/{name}/series`, { path: { name: "backups" } }, 409],
  [`DELETE ${api}/pins/{name}`, { path: { name: www } }, 200],
  [`DELETE ${api}/pins/{name}`, no, 404],
  [`DELETE ${api}/overrides/{member}`, { path: { member: `${www}/${two}` } }, 200],
  [`DELETE ${api}/overrides/{member}`, no, 404],
  [`DELETE ${api}/holds/{member}`, { path: { member: "web1" } }, 200],
  [`DELETE ${api}/holds/{member}`, no, 404],
  [`DELETE ${api}/brake`, {}, 200],
  [`DELETE ${api}/brake`, { query: "?owner=" }, 400],
  [`POST ${api}/pools/{name}/failback`, { path: { name: "db.example.org" } }, 200],
  [`POST ${api}/pools/{name}/failback`, { path: { name: www } }, 409],
  [`POST ${api}/reload`, { body: { ...by } }, 200],
  [`POST ${api}/reload`, { body: { force: {} } }, 400],
  [`POST ${api}/reset`, { body: { ...by } }, 200],
  [`POST ${api}/reset`, {}, 400],
  [`GET ${api}/events`, { query: "?limit=1000" }, 200],
  [`GET ${api}/events`, { query: "?kind=nothing" }, 400],
  ["GET /healthz", {}, 200],
  ["GET /metrics", {}, 200],
])("%s %j replies with %d, as described", async (call, asked, status) => {
  expect(await ask(call, asked)).toEqual({ status, wrong: [] });
});

test("GET /api/v1/live streams messages as described, and refuses as described", async () => {
  const call = `GET ${api}/live`;
  called.add(call);
  const stop = new AbortController();
  const { body } = await fetch(`${program.api}${api}/live`, {
    headers: { "last-event-id": "0" },
    signal: stop.signal,
  });
  let text = "";
  for await (const piece of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece;
    if (/^event: event$/m.test(text) && text.endsWith("\n\n") && /^event: status$/m.test(text)) break;
  }
  stop.abort();
  const data = [...text.matchAll(/^data: (.*)$/gm)].map(([, line]) => JSON.parse(line ?? ""));
  expect(data.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["status", "event"]));
  const type = "text/event-stream";
  expect(data.flatMap((value) => described.faults(call, { status: 200, type, value }))).toEqual([]);
  const refused = await fetch(`${program.api}${api}/live`, { headers: { "last-event-id": "x" } });
  const value: unknown = await refused.json();
  expect(described.faults(call, { status: refused.status, type: "application/json", value })).toEqual([]);
});

test("no call is left out", () => {
  expect([...called].toSorted()).toEqual(described.calls.toSorted());
});
