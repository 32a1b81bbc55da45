/** Faults told apart by a running muster: real servers on machines behind a switch, and cables that are pulled. */
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { MemberView } from "../../src/core/view.ts";
import { Program } from "./parts/program.ts";
import { Segment } from "./parts/segment.ts";
import { startWeb } from "./parts/segment-servers.ts";
import { until } from "./parts/wait.ts";

const www = "www.example.org";
const folder = mkdtempSync(join(tmpdir(), "muster-diagnosis-"));
let segment: Segment;
let program: Program;
let web: ChildProcess[] = [];
let one: string;
let two: string;
let three: string;

async function stopNginx(index: number): Promise<void> {
  const child = web[index];
  if (child !== undefined) await segment.end(child);
  mend.push(() => (web[index] = startWeb(segment, index, folder)));
}

async function members(): Promise<readonly MemberView[]> {
  const { pools } = await program.status();
  return pools.flatMap((pool) => pool.members);
}

/** Waits until the check of the address has this diagnosis; empty: none. */
async function finds(address: string, sentence: string, pool = www): Promise<void> {
  let seen = "";
  await until(`${address} has "${sentence}"`, async () => {
    const member = (await members()).find(({ id }) => id === `${pool}/${address}`);
    seen = member?.diagnosis?.sentence ?? "";
    const isWanted = sentence === "" ? member?.health === "up" && seen === "" : seen.startsWith(sentence);
    return isWanted ? seen : null;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}; it has "${seen}"\n${program.output}`);
  });
}

/** Lines of this test. */
function told(words: string): readonly string[] {
  const lines = program.output.slice(outputBefore).split("\n");
  return lines.filter((line) => line.includes(words));
}

async function isTold(words: string): Promise<void> {
  await until(`"${words}" is told`, () => (told(words).length > 0 ? true : null));
  expect(told(words)).toHaveLength(1);
}

async function metrics(): Promise<string> {
  return (await fetch(`${program.api}/metrics`)).text();
}

/** While the machine is busy a reference may be in doubt for a moment, and then is not named. */
async function explains(...patterns: readonly RegExp[]): Promise<void> {
  let words = "";
  await until("explain has the reasoning", () => {
    words = program.cli("explain", www).out.replaceAll(/[\s│├└─]+/g, " ");
    return patterns.every((pattern) => pattern.test(words)) ? true : null;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}; it has "${words}"`);
  });
}

beforeAll(async () => {
  segment = new Segment(3);
  [one = "", two = "", three = ""] = segment.addresses;
  web = [0, 1].map((index) => startWeb(segment, index, folder));
  program = await Program.start(`
zones: { example.org: { nameservers: [ns1.example.net, ns2.example.com], ttl: 2s, ttl-min: 1s } }
defaults: { interval: 500ms, timeout: 500ms }
placement: off
references: { check: { ping: {} }, addresses: [${segment.elsewhere}] }
diagnosis: { networks: ["${segment.network}"], web-cluster: ${www} }
pools:
  ${www}: { check: { http: { path: / } }, members: [${one}, ${two}] }
  hosts.example.org: { check: { ping: {} }, members: [${one}, ${two}, ${three}] }
`);
  await allWell();
});

async function allWell(): Promise<void> {
  for (const address of [one, two]) await finds(address, "");
  for (const address of [one, two, three]) await finds(address, "", "hosts.example.org");
}

/** What was broken is mended, whatever became of the test. */
const mend: (() => void)[] = [];
let outputBefore = 0;

beforeEach(() => {
  outputBefore = program.output.length;
});

afterEach(async () => {
  for (const each of mend.splice(0)) each();
  await allWell();
});

afterAll(async () => {
  await program?.close();
  await segment?.close();
  rmSync(folder, { recursive: true, force: true });
});

test("T1 T10 T11 nginx stopped: service failed, on one short line", async () => {
  await stopNginx(0);
  await finds(one, "service failed: http connection refused");
  await isTold(`${one} is down: service failed: connection refused`);
  expect(program.cli("status").out).toContain("service failed: connection refused");
  expect(await metrics()).toContain(`address="${one}",diagnosis="service failed"} 1`);
  const events = await (await fetch(`${program.api}/api/v1/events?kind=health&limit=1`)).json();
  const sentence = expect.stringMatching(/^service failed: /);
  const diagnosis = { rule: "diagnosis/service-failed", name: "service failed", sentence };
  expect(events).toMatchObject({ events: [{ to: "down", diagnosis }] });
  await explains(/service failed, because: http connection refused; \S+ is there: ping answers/);
});

test("T1 T11 a machine whose link is down: host down, with the reasoning", async () => {
  segment.setMachine(0, "down");
  mend.push(() => segment.setMachine(0, "up"));
  await finds(one, `host down: nothing on ${one} answers`);
  await finds(one, `host down: nothing on ${one} answers`, "hosts.example.org");
  await explains(
    /references answer \(\S+\) \[diagnosis\/host-down\]/,
    /not own network lost: references answer \(\S+\); \S+ has a carrier \[diagnosis\/own-network\]/,
    /not switch or uplink lost: 2 of \S+ answer/,
  );
});

test("T1 T11 the switch forwards nothing: told once, for all its members", async () => {
  const sentence = `switch or uplink lost: 3 members of ${segment.network}`;
  segment.cutSwitch();
  mend.push(() => segment.mendSwitch());
  for (const address of [one, two]) await finds(address, sentence);
  for (const address of [one, two, three]) await finds(address, sentence, "hosts.example.org");
  await isTold(sentence);
  await until("all five checks have it", async () => {
    const { diagnoses = [] } = await program.status();
    return diagnoses.some(({ members, subject }) => subject === segment.network && members === 5) ? true : null;
  });
  expect(program.cli("status").out).toContain(sentence);
  expect(await metrics()).toContain(
    `muster_diagnosis{diagnosis="switch or uplink lost",subject="${segment.network}"} 1`,
  );
  segment.mendSwitch();
  await allWell();
  await isTold(`no longer switch or uplink lost (${segment.network})`);
  expect(told("switch or uplink lost: ").filter((line) => !line.includes(" is down: "))).toHaveLength(1);
});

test("T1 muster's own cable is pulled: own network lost, not everybody else's", async () => {
  const sentence = `own network lost: ${segment.uplink} of this machine has no carrier`;
  segment.setCable("down");
  mend.push(() => segment.setCable("up"));
  for (const address of [one, two, three]) await finds(address, sentence, "hosts.example.org");
  await finds(one, sentence);
  await isTold(sentence);
});

test("T1 every server of the web cluster is stopped: web cluster unreachable", async () => {
  const sentence = "web cluster unreachable: none of the 2 members";
  for (const index of web.keys()) await stopNginx(index);
  for (const address of [one, two]) {
    await finds(address, `web cluster unreachable: none of the 2 members of ${www} answers`);
  }
  await isTold(sentence);
});
