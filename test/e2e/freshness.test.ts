/** Mirrors and their origin as a user sees them: real nginx servers with timestamp documents, the real program, real DNS. */
import { afterEach, expect, test } from "vitest";
import { statusSchema } from "../../src/api/contract.ts";
import { freePort } from "../fakes/free-port.ts";
import { openSite, type Site } from "../interop/freshness-sites.ts";
import { Program } from "./parts/program.ts";
import { until } from "./parts/wait.ts";

const [one, two] = ["127.0.6.1", "127.0.6.2"] as const;
const name = "www.mirrors.example.org";
const after: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of after.splice(0).reverse()) await end();
});

const nowSeconds = Math.floor(Date.now() / 1000);

function writeAge(site: Site, hours: number): void {
  site.write("time", `${nowSeconds - hours * 3600}\n`);
}

async function open(check: string): Promise<{ origin: Site; mirrors: readonly Site[]; program: Program }> {
  const port = await freePort("0.0.0.0");
  const sites = [await openSite(), await openSite(one, port), await openSite(two, port)];
  after.push(...sites.map((site) => () => site.close()));
  const [origin, ...mirrors] = sites;
  if (origin === undefined) throw new Error("no origin");
  for (const site of sites) writeAge(site, 0);
  for (const site of mirrors) site.write("index.html", "Welcome");
  const freshness = `freshness: { origin: "${origin.url("/time")}", lag-max: 2h, port: ${port} }`;
  const program = await Program.start(`
zones:
  mirrors.example.org: { nameservers: [ns1.example.net, ns2.example.com], ttl: 2s, ttl-min: 1s }
pools:
  ${name}:
    last-resort: least-stale
    check: { interval: 200ms, rise: 1, fall: 2, ${check.replace("FRESHNESS", freshness).replace("PORT", String(port))} }
    members: [${one}, ${two}]
`);
  after.push(() => program.close());
  return { origin, mirrors, program };
}

async function story(program: Program, rule: string): Promise<readonly string[]> {
  await until(`the story tells ${rule}`, () => program.output.includes(`"rule":"${rule}"`) || null);
  return program.output.split("\n").filter((line) => line.includes(`"rule":"${rule}"`));
}

test("M5 a mirror leaves while it is behind, the least stale answers when all are, and a current one returns", async () => {
  const { mirrors, program } = await open("FRESHNESS");
  const [first, second] = mirrors as [Site, Site];
  await program.answers(name, `${one} ${two}`);
  writeAge(first, 5);
  await program.answers(name, two);
  expect(program.output).toContain("behind the origin by 5 h, 2 h allowed");
  writeAge(second, 9);
  await program.answers(name, one);
  const explained = program.cli("explain", name).out;
  expect(explained).toContain("pool/last-resort-least-stale");
  expect(explained).toContain(`${one} is the least stale, behind the origin by 5 h`);
  const status = statusSchema.parse(JSON.parse(program.cli("status", "--json").out));
  expect(status.pools[0]?.answer.lastResort).toBe(true);
  expect(status.pools[0]?.members.map(({ data }) => data?.staleMs)).toEqual([5 * 3_600_000, 9 * 3_600_000]);
  expect(program.cli("status").out).toMatch(/its data is 9h behind/);
  const metrics = await (await fetch(`${program.api}/metrics`)).text();
  expect(metrics).toContain(`muster_member_stale_seconds{pool="${name}",member="${one}",address="${one}"} 18000`);
  writeAge(second, 4);
  await program.answers(name, two);
  first.remove("time");
  second.remove("time");
  await program.answers(name, `${one} ${two}`);
  writeAge(first, 0);
  await program.answers(name, one);
});

test("M6 while the origin is down nobody is judged by it, an error is told once, and reachability still counts", async () => {
  const { mirrors, origin, program } = await open("all: [{ http: { port: PORT } }, { FRESHNESS }]");
  const [first, second] = mirrors as [Site, Site];
  await program.answers(name, `${one} ${two}`);
  await origin.stop();
  expect(await story(program, "check/cannot-judge")).toHaveLength(1);
  writeAge(first, 5);
  await second.stop();
  await program.answers(name, one);
  await second.start();
  await program.answers(name, `${one} ${two}`);
  await origin.start();
  const [back = ""] = await story(program, "check/judges-again");
  expect(back).toContain(`the origin ${origin.url("/time")} is back`);
  await program.answers(name, two);
  expect(await story(program, "check/cannot-judge")).toHaveLength(1);
  expect(await story(program, "check/judges-again")).toHaveLength(1);
});
