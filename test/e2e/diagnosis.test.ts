/** Faults told apart by a running muster: real servers on machines behind a switch, and cables that are pulled. */
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { MemberView } from "../../src/core/view.ts";
import { Program } from "./parts/program.ts";
import { Segment } from "./parts/segment.ts";
import { until } from "./parts/wait.ts";

const www = "www.example.org";
const folder = mkdtempSync(join(tmpdir(), "muster-diagnosis-"));
let segment: Segment;
let program: Program;
let web: ChildProcess[] = [];
let one: string;
let two: string;
let three: string;

function startNginx(index: number): ChildProcess {
  const home = join(folder, `nginx${index}`);
  mkdirSync(home, { recursive: true });
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((each) => `${each}_temp_path ${home};`);
  const server = `server { listen 80; location / { return 200 "well"; } }`;
  writeFileSync(
    join(home, "nginx.conf"),
    `daemon off; pid ${home}/nginx.pid; error_log ${home}/error.log;
events {} http { access_log off; ${temporary.join(" ")} ${server} }`,
  );
  return segment.spawn(index, ["nginx", "-c", join(home, "nginx.conf"), "-p", home]);
}

async function stopNginx(index: number): Promise<void> {
  const child = web[index];
  if (child !== undefined) await segment.end(child);
  mend.push(() => (web[index] = startNginx(index)));
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

function told(start: string): readonly string[] {
  return program.output.split("\n").filter((line) => line.includes(start));
}

async function isTold(start: string, times: number): Promise<void> {
  await expect.poll(() => told(start), { timeout: 10_000 }).toHaveLength(times);
}

beforeAll(async () => {
  segment = new Segment(3);
  [one = "", two = "", three = ""] = segment.addresses;
  web = [startNginx(0), startNginx(1)];
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
  await isTold(`${one} is down: service failed: connection refused`, 1);
  expect(program.cli("status").out).toContain("service failed: connection refused");
  const { out } = program.cli("explain", www);
  expect(out).toMatch(/service failed, because: http connection refused; \S+ is there: ping answers/);
});

test("T1 T11 a machine whose link is down: host down, with the reasoning", async () => {
  segment.setMachine(0, "down");
  mend.push(() => segment.setMachine(0, "up"));
  await finds(one, `host down: nothing on ${one} answers`);
  await finds(one, `host down: nothing on ${one} answers`, "hosts.example.org");
  const { out } = program.cli("explain", www);
  const words = out.replaceAll(/[\s│├└─]+/g, " ");
  expect(words).toContain(`references answer (${segment.elsewhere}) [diagnosis/host-down]`);
  expect(words).toMatch(
    /not own network lost: references answer \(\S+\); \S+ has a carrier \[diagnosis\/own-network\]/,
  );
  expect(words).toContain(`not switch or uplink lost: 2 of ${segment.network} answer`);
});

test("T1 T11 the switch forwards nothing: told once, for all its members", async () => {
  const sentence = `switch or uplink lost: 3 members of ${segment.network}`;
  segment.cutSwitch();
  mend.push(() => segment.mendSwitch());
  for (const address of [one, two]) await finds(address, sentence);
  for (const address of [one, two, three]) await finds(address, sentence, "hosts.example.org");
  await isTold(sentence, 1);
  expect((await program.status()).diagnoses).toMatchObject([{ subject: segment.network, members: 5 }]);
  expect(program.cli("status").out).toContain(sentence);
  segment.mendSwitch();
  await allWell();
  await isTold(`no longer switch or uplink lost (${segment.network})`, 1);
});

test("T1 muster's own cable is pulled: own network lost, not everybody else's", async () => {
  const sentence = `own network lost: ${segment.uplink} of this machine has no carrier`;
  segment.setCable("down");
  mend.push(() => segment.setCable("up"));
  for (const address of [one, two, three]) await finds(address, sentence, "hosts.example.org");
  await finds(one, sentence);
  await isTold(sentence, 1);
});

test("T1 every server of the web cluster is stopped: web cluster unreachable", async () => {
  const sentence = "web cluster unreachable: none of the 2 members";
  const before = told(sentence).length;
  for (const index of web.keys()) await stopNginx(index);
  for (const address of [one, two]) {
    await finds(address, `web cluster unreachable: none of the 2 members of ${www} answers`);
  }
  await isTold(sentence, before + 1);
});
