/** A controller and two watchers, each in a namespace of its own, with real certificates and real partitions. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../fakes/free-port.ts";
import { Places } from "./parts/places.ts";
import { Program } from "./parts/program.ts";
import { until } from "./parts/wait.ts";
import { WebServer } from "./parts/web-server.ts";

const main = join(import.meta.dirname, "../../src/main.ts");
const www = "www.example.org";
let places: Places;
let web: WebServer[];
let program: Program;
let watchPort: number;
let one: string;
let two: string;
let controller: string;
const watchers = new Map<string, ChildProcess>();

function startWatcher(name: string, extra: readonly string[] = []): void {
  const folder = join(program.folder, name);
  const words = ["watch", "--controller", `${controller}:${watchPort}`, "--folder", folder, ...extra];
  watchers.set(name, places.spawn(name, [process.execPath, main, ...words]));
}

function enrolAndStart(name: string): void {
  const { code, out } = program.cli("watch", "enrol", name, program.file);
  expect(code).toBe(0);
  const token = join(program.folder, `${name}.token`);
  writeFileSync(token, out, { mode: 0o600 });
  startWatcher(name, ["--token-file", token]);
}

async function endWatcher(name: string): Promise<void> {
  const child = watchers.get(name);
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

function told(sentence: string): Promise<unknown> {
  return until(`it is told that ${sentence}`, () => (program.output.includes(sentence) ? true : null)).catch(
    (error: unknown) => {
      throw new Error(`${String(error)}\n${program.output}`);
    },
  );
}

async function reasonOf(address: string): Promise<string> {
  const { pools } = await program.status();
  const member = pools[0]?.members.find((one) => one.address === address);
  return `${member?.health}: ${member?.reason}`;
}

async function saysOf(address: string, wanted: string): Promise<void> {
  let seen = "";
  await until(`${address} is ${wanted}`, async () => {
    seen = await reasonOf(address);
    return seen === wanted ? seen : null;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}; it is ${seen}\n${program.output}`);
  });
}

beforeAll(async () => {
  places = new Places(["fra", "nyc"], 3);
  [one = "", two = "", controller = ""] = places.addresses;
  const port = await freePort("0.0.0.0");
  watchPort = await freePort("0.0.0.0");
  web = await Promise.all([one, two].map((address) => WebServer.start(address, port)));
  program = await Program.start(`
zones: { example.org: { nameservers: [ns1.example.net, ns2.example.com], ttl: 2s, ttl-min: 1s } }
watch: { listen: "${controller}:${watchPort}" }
watchers: { fra: {}, nyc: {} }
defaults: { interval: 500ms }
pools: { ${www}: { check: { http: { port: ${port}, path: / } }, members: [${one}, ${two}] } }
`);
  for (const name of ["fra", "nyc"]) enrolAndStart(name);
  await saysOf(one, "up: up from self, fra, nyc");
  await saysOf(two, "up: up from self, fra, nyc");
});

afterAll(async () => {
  for (const name of watchers.keys()) await endWatcher(name);
  await program?.close();
  await Promise.all((web ?? []).map((server) => server.close()));
  places?.close();
});

test("P9 D6 a watcher that hears a member no more removes nobody, and the disagreement is shown", async () => {
  places.deafen("nyc", one);
  await told(`${one} is up from self, fra, down from nyc`);
  expect(await reasonOf(one)).toMatch(/^up: up from self, fra, down from nyc \(.+\): route, not server$/);
  expect(await program.addresses(www)).toBe([one, two].toSorted().join(" "));
  const { out } = program.cli("explain", www);
  expect(out).toMatch(/nyc finds it down for .+; it votes/);
  expect(out).toContain("[quorum/disagree]");
  expect(program.cli("status").out).toContain("route, not server");
  const metrics = await (await fetch(`${program.api}/metrics`)).text();
  expect(metrics).toContain(`muster_member_opinion{pool="${www}",member="${one}",address="${one}",from="nyc"} 0`);
  places.hear("nyc");
  await told(`${one}: the vantage points agree again: up from self, fra, nyc`);
});

test("D6 a member that is really down leaves by the votes, and comes back", async () => {
  await web[1]?.close();
  await program.answers(www, one);
  expect(await reasonOf(two)).toMatch(/^down: down from .*refused/);
});

test("P9 a watcher that was killed does not vote, and is there again without a token", async () => {
  await endWatcher("nyc");
  await told("watcher nyc is gone");
  await saysOf(one, "up: up from self, fra");
  startWatcher("nyc");
  await saysOf(one, "up: up from self, fra, nyc");
});

test("D7 a token works once, and a watcher that was removed may not report any more", async () => {
  const again = program.cli(
    ...["watch", "--controller", `${controller}:${watchPort}`, "--folder", join(program.folder, "thief")],
    ...["--token-file", join(program.folder, "fra.token")],
  );
  expect([again.code, again.err]).toEqual([4, expect.stringContaining("the token is unknown, used or expired")]);
  expect(program.cli("watch", "remove", "nyc", program.file).code).toBe(0);
  await told("watcher nyc is gone: its enrolment was removed");
  await saysOf(one, "up: up from self, fra");
  await endWatcher("nyc");
  enrolAndStart("nyc");
  await saysOf(one, "up: up from self, fra, nyc");
});
