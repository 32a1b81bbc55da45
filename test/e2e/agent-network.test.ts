/**
 * Agents behind bad links: each on a machine of its own (a network namespace) with a web server, one of them far away, over
 * links that lose packets, or carry one way only. A link is no reason to lose a machine that is seen to be well otherwise.
 */
import type { ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { freePort } from "../fakes/free-port.ts";
import { Places } from "./parts/places.ts";
import { Program } from "./parts/program.ts";
import { until } from "./parts/wait.ts";

const main = join(import.meta.dirname, "../../src/main.ts");
const relay = join(import.meta.dirname, "parts/slow-relay.ts");
const names = ["web1", "web2"] as const;
const [trusting, careful] = ["trusting.example.org", "careful.example.org"];
const relayPort = 8055;
const lossPercent = 15;
/** A connection that is given up after 6 s, a handshake that may take 10 s, a pause of 4 s, and a machine that is busy. */
const silentAfterSeconds = 25;
const server = `require("node:http").createServer((_, to) => to.end("well")).listen(80)`;

let places: Places;
let program: Program;
let watchPort: number;
let both: string;
const children: ChildProcess[] = [];

function start(place: string, ...words: readonly string[]): void {
  children.push(places.spawn(place, [process.execPath, ...words]));
}

async function enrolAndStart(name: string, controller: string): Promise<void> {
  const { code, err, out } = await program.run("agent", "enrol", name, program.file);
  expect(code, err).toBe(0);
  const token = join(program.folder, `${name}.token`);
  writeFileSync(token, out, { mode: 0o600 });
  const where = ["--controller", controller, "--folder", join(program.folder, name), "--token-file", token];
  start(name, main, "agent", ...where);
}

async function agentOf(name: string) {
  const found = (await program.status()).agents.find((agent) => agent.name === name);
  if (found === undefined) throw new Error(`there is no agent ${name}`);
  return found;
}

function becomes(name: string, word: string): Promise<unknown> {
  return until(`agent ${name} is ${word}`, async () => ((await agentOf(name)).word === word ? true : null), 60_000);
}

/** What was lost is sent again later and later. */
const lossyMsMax = 60_000;

/** So many further reports arrive, each later than the one before. */
async function reports(name: string, count: number): Promise<void> {
  let last = (await agentOf(name)).heardAt;
  for (let heard = 0; heard < count; heard++) {
    const before = last;
    last = await until(
      `${name} reports again`,
      async () => {
        const { heardAt } = await agentOf(name);
        return heardAt === before ? null : heardAt;
      },
      lossyMsMax,
    );
  }
}

function silences(): number {
  return program.output.split("agent/silent").length - 1;
}

beforeAll(async () => {
  places = new Places(names, 0);
  for (const name of names) start(name, "-e", server);
  watchPort = await freePort("0.0.0.0");
  const [web1, web2] = names.map((name) => places.addressOf(name));
  both = `${web1} ${web2}`;
  program = await Program.start(`
zones: { example.org: { nameservers: [ns1.example.net, ns2.example.com], ttl: 2s, ttl-min: 1s } }
placement: off
watch: { listen: "0.0.0.0:${watchPort}" }
defaults: { interval: 500ms, timeout: 3s }
agent: { silent-after: ${silentAfterSeconds}s, prove: { page: { check: { http: / } } } }
agents: { web1: ${web1}, web2: ${web2} }
pools:
  ${careful}: { check: { all: [{ http: / }, { agent: true }] }, members: [${web1}, ${web2}] }
  ${trusting}: { check: { any: [{ http: / }, { agent: true }] }, members: [${web1}, ${web2}] }
`);
  start("web2", relay, String(relayPort), places.gatewayOf("web2"), String(watchPort), "300");
  await enrolAndStart("web1", `${places.gatewayOf("web1")}:${watchPort}`);
  await enrolAndStart("web2", `127.0.0.1:${relayPort}`);
  for (const name of names) await becomes(name, "fit");
  await program.answers(careful, both);
  await program.answers(trusting, both);
});

const disturbed = new Set<string>();

function disturb(...[name, way, match]: Parameters<Places["drop"]>): void {
  places.drop(name, way, match);
  disturbed.add(name);
}

function mend(): void {
  for (const name of disturbed) places.hear(name);
  disturbed.clear();
}

afterEach(mend);

afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await program?.close();
  places?.close();
});

test("W3 packets that are lost, either way, and an agent far away: reports come, and nobody is silent", async () => {
  for (const name of names) {
    disturb(name, "input", `numgen random mod 100 < ${lossPercent}`);
    disturb(name, "output", `numgen random mod 100 < ${lossPercent}`);
  }
  const before = silences();
  await Promise.all(names.map((name) => reports(name, 5)));
  expect(silences()).toBe(before);
  mend();
  await program.answers(careful, both);
});

test.each([
  ["what the agent sends arrives, and no answer does", "input", "tcp sport"],
  ["answers would arrive, and nothing that the agent sends does", "output", "tcp dport"],
] as const)("W3 a link that carries one way only is silence: %s", async (_what, way, match) => {
  const [, web2] = names.map((name) => places.addressOf(name));
  disturb("web1", way, `${match} ${watchPort}`);
  await becomes("web1", "silent");
  await program.answers(careful, web2 ?? "");
  expect(await program.addresses(trusting)).toBe(both);
  mend();
  await becomes("web1", "fit");
  await program.answers(careful, both);
});
