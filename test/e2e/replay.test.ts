/**
 * A record made by a real run: nginx servers that are stopped and frozen, the real program that is killed in between. What
 * other thresholds would have made of it must agree with what was done to the servers.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { type ReplayReply, replayReportSchema } from "../../src/api/contract-replay.ts";
import { freePort } from "../fakes/free-port.ts";
import { Program } from "./parts/program.ts";
import { WebServer } from "./parts/web-server.ts";

const [one, two] = ["127.0.7.1", "127.0.7.2"] as const;
const both = `${one} ${two}`;
const www = "www.example.org";
const after: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of after.splice(0).reverse()) await end();
});

/** A fault must last longer than the longest of the thresholds that see it. */
const faultMs = 4000;

async function open(): Promise<{ program: Program; web: readonly WebServer[] }> {
  const port = await freePort("0.0.0.0");
  const web = [await WebServer.start(one, port), await WebServer.start(two, port)];
  const program = await Program.start(`
zones:
  example.org: { nameservers: [ns1.example.net], ttl: 2s, ttl-min: 1s }
pools:
  ${www}:
    check: { http: { port: ${port} }, interval: 500ms, timeout: 400ms, rise: 1 }
    members: [${one}, ${two}]
`);
  after.push(() => program.close(), ...web.map((each) => () => each.close()));
  await program.answers(www, both);
  return { program, web };
}

/** The configuration with other words in it, in a file of its own. */
function write(program: Program, name: string, change: (text: string) => string): string {
  const file = join(program.folder, name);
  writeFileSync(file, change(readFileSync(program.file, "utf8")));
  return file;
}

test("what was recorded of a stopped and of a frozen server is judged again by other thresholds", async () => {
  const { program, web } = await open();
  const [first, second] = web;
  await first?.stop();
  await program.answers(www, two);
  await delay(faultMs);
  await first?.run();
  await program.answers(www, both);
  // A replay has everything written first: what a crash takes is a second or two at most.
  expect(program.cli("replay").code).toBe(0);
  await program.kill();
  await program.launch();
  await program.answers(www, both);
  second?.freeze();
  await program.answers(www, one);
  await delay(faultMs);
  second?.thaw();
  await program.answers(www, both);

  const slow = write(program, "slow.yaml", (text) =>
    text.replace("interval: 500ms", "interval: 1s, fall: 20, confirm: 5s"),
  );
  const other = write(program, "other.yaml", (text) => text.replace("http: {", "http: { path: /other,"));
  const run = program.cli("replay", "--since", "10m", "--config", slow, other, "--json");
  expect(run.err).toBe("");
  const report: ReplayReply = replayReportSchema.parse(JSON.parse(run.out));
  expect(report).toMatchObject({ outages: 2 });
  const [happened, ran, slower, unknown] = report.columns;
  for (const column of [happened, ran])
    expect(column).toMatchObject({ failovers: 2, removals: 2, falseAlarms: 0, missed: 0, detection: { count: 2 } });
  expect(slower).toMatchObject({ failovers: 0, removals: 0, missed: 2 });
  expect(unknown?.notes.join()).toContain("never asked");
  expect(run.code).toBe(1);
  const shares = report.members.map(({ answering }) => answering);
  expect(shares[0]?.[1]).toBeLessThan(1);
  expect(shares[0]?.[2]).toBe(1);
  expect(shares[0]?.[3]).toBeNull();

  const text = program.cli("replay", "--since", "10m").out;
  expect(text).toMatch(/failovers +2 +2/);
  expect(text).toContain(`${www}/${one}`);
});

test("a configuration that is wrong is refused with its mistakes", async () => {
  const { program } = await open();
  const file = write(program, "wrong.yaml", (text) => text.replace("interval: 500ms", "interval: often"));
  const { code, err } = program.cli("replay", "--config", file);
  expect(code).toBe(4);
  expect(err).toContain("is no configuration that muster would take");
  expect(err).toContain(`${file}:`);
  expect(err).not.toContain(program.file);
  expect(err).toContain("often");
});
