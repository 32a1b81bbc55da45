/** A controller and two agents, each a process of its own, with a real site and a mount that really hangs. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../fakes/free-port.ts";
import { HangingMount, Site } from "./parts/machine.ts";
import { Program } from "./parts/program.ts";
import { until } from "./parts/wait.ts";

const main = join(import.meta.dirname, "../../src/main.ts");
const www = "www.example.org";
const [web1, web2] = ["127.0.0.2", "127.0.0.3"];
const both = `${web1} ${web2}`;
let site: Site;
let mount: HangingMount;
let program: Program;
let port: number;
let where: readonly string[];
const agents = new Map<string, ChildProcess>();

function startAgent(name: string, extra: readonly string[] = []): void {
  const words = ["agent", ...where, "--folder", join(program.folder, name), ...extra];
  agents.set(name, spawn(process.execPath, [main, ...words], { stdio: "ignore" }));
}

async function enrolAndStart(name: string): Promise<void> {
  const { code, err, out } = await program.run("agent", "enrol", name, program.file);
  expect(code, err).toBe(0);
  const token = join(program.folder, `${name}.token`);
  writeFileSync(token, out, { mode: 0o600 });
  startAgent(name, ["--token-file", token]);
}

async function endAgent(name: string): Promise<void> {
  const child = agents.get(name);
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

async function wordOf(name: string): Promise<string> {
  return (await program.status()).agents.find((agent) => agent.name === name)?.word ?? "none";
}

function becomes(name: string, word: string): Promise<unknown> {
  return until(`agent ${name} is ${word}`, async () => ((await wordOf(name)) === word ? true : null));
}

beforeAll(async () => {
  port = await freePort("0.0.0.0");
  site = await Site.start({ address: web1, port });
  mount = await HangingMount.start();
  const watchPort = await freePort();
  where = ["--controller", `127.0.0.1:${watchPort}`];
  program = await Program.start(`
zones: { example.org: { nameservers: [ns1.example.net, ns2.example.com], ttl: 2s, ttl-min: 1s } }
placement: off
watch: { listen: "127.0.0.1:${watchPort}" }
defaults: { interval: 500ms }
agent: { silent-after: 6s }
agents:
  web1:
    address: ${web1}
    prove: { page: { check: { http: { port: ${port}, path: /, body: kept in the database } } } }
  web2:
    address: ${web2}
    reach: { site: { address: ${web1}, role: peer, check: { tcp: ${port} } } }
pools:
  ${www}:
    check: { all: [{ agent: true }] }
    members:
      - ${web1}
      - { address: ${web2}, check: { all: [{ agent: true }, { mount: "${mount.path}" }] } }
`);
  await Promise.all(["web1", "web2"].map(enrolAndStart));
  await program.answers(www, both);
});

afterAll(async () => {
  for (const name of agents.keys()) await endAgent(name);
  await program?.close();
  await mount?.close();
  await site?.close();
});

test("W1 agents prove their machines and report; status, explanation and metrics show it", async () => {
  await becomes("web1", "fit");
  const views = await until("web2 has looked at its mount and at its peer", async () => {
    const { agents: seen } = await program.status();
    const report = seen.find(({ name }) => name === "web2");
    return report?.mounts[0]?.state === "ok" && report.reaches[0]?.verdict === "up" ? seen : null;
  });
  expect(views.map(({ name, reason }) => `${name}: ${reason}`)).toEqual([
    "web1: its proof holds",
    "web2: it reports, and has nothing to prove",
  ]);
  expect(views[1]?.mounts).toMatchObject([{ path: mount.path, state: "ok" }]);
  expect(views[1]?.reaches).toMatchObject([{ name: "site", role: "peer", address: web1, verdict: "up" }]);
  expect((await program.run("status")).out).toContain("2 agents fit");
  expect((await program.run("explain", www)).out).toMatch(/agent web1 is fit, heard [\d.]+ s ago: its proof holds/);
  const metrics = await (await fetch(`${program.api}/metrics`)).text();
  expect(metrics).toContain('muster_agent_word{agent="web1"} 1');
});

test("W2 a machine whose web server stops reports itself unfit and leaves; W3 it is back without help", async () => {
  await site.stopWeb();
  await program.answers(www, web2);
  await told("agent web1 is unfit: page: connection refused");
  await site.startWeb();
  await program.answers(www, both);
  await told("agent web1 is fit again");
});

test("W2 a page whose database is frozen proves nothing", async () => {
  site.database.freeze();
  await program.answers(www, web2);
  expect(await wordOf("web1")).toBe("unfit");
  site.database.resume();
  await program.answers(www, both);
});

test("W3 an agent that is killed is silent after its limit, and its member is back with its next report", async () => {
  await endAgent("web1");
  await told("agent web1 is silent: no report for 6 s");
  await program.answers(www, web2);
  const { pools } = await program.status();
  expect(pools[0]?.members[0]?.reason).toMatch(/agent web1: no report for \d+ s$/);
  startAgent("web1");
  await program.answers(www, both);
});

test("W3 an agent that is frozen is silent, and back when it runs again", async () => {
  agents.get("web1")?.kill("SIGSTOP");
  await program.answers(www, web2);
  await becomes("web1", "silent");
  agents.get("web1")?.kill("SIGCONT");
  await program.answers(www, both);
});

test("T2 a mount that hangs alerts, is shown, and removes nobody", async () => {
  mount.hang();
  await told(`mount ${mount.path} is hung: no answer within 2 s, on web2`);
  expect(await program.addresses(www)).toBe(both);
  expect(await wordOf("web2")).toBe("fit");
  expect((await program.run("status")).out).toContain(`mount ${mount.path} is hung`);
  expect((await program.run("explain", www)).out).toContain(`mount ${mount.path} is hung: no answer within 2 s`);
  mount.resume();
  await told(`mount ${mount.path} is ok`);
  await mount.die();
  await told(`mount ${mount.path} is gone: Transport endpoint is not connected, on web2`);
  expect(await program.addresses(www)).toBe(both);
});

test("M7 a controller that was killed removes nobody when it is back before it has heard the agents", async () => {
  await program.kill();
  await program.launch();
  const left: string[] = [];
  await until("both agents report again", async () => {
    const seen = await program.addresses(www);
    if (seen !== both) left.push(seen);
    const { agents: views } = await program.status();
    return views.every(({ word }) => word === "fit") ? true : null;
  });
  expect(left).toEqual([]);
});

test("W1 one report for cron, with the answer as exit status", async () => {
  await endAgent("web1");
  const report = (): ReturnType<Program["run"]> =>
    program.run("agent", ...where, "--folder", join(program.folder, "web1"), "--once");
  expect(await report()).toMatchObject({ code: 0, out: "fit: its proof holds\n" });
  await site.stopWeb();
  expect(await report()).toMatchObject({ code: 1, out: expect.stringMatching(/^unfit: page: connection refused/) });
  await program.answers(www, web2);
  await site.startWeb();
  expect((await program.run("agent", "remove", "web1", program.file)).code).toBe(0);
  const removed = await report();
  expect([removed.code, removed.err]).toEqual([4, expect.stringContaining("its enrolment was removed")]);
});
