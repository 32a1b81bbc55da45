/** Agents' end of the controller's port, against agents that say what they may not say, with real TLS. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { wall } from "../../src/base/time.ts";
import type { AgentConfig, AgentReport } from "../../src/core/agent.ts";
import { readToAgent, type ToAgent } from "../../src/io/watch/agent-messages.ts";
import { makeToken, openAuthority, readToken } from "../../src/io/watch/authority.ts";
import { agentOctetsMax } from "../../src/io/watch/limits.ts";
import { enrolAt, type Link, openLink } from "../../src/io/watch/link.ts";
import { openWatchServer, type WatchServer } from "../../src/io/watch/server.ts";
import { until } from "../e2e/parts/wait.ts";

let folder: string;
let server: WatchServer;
let reports: AgentReport[];
let lost: string[];

function agent(name: string): AgentConfig {
  return { name, addresses: ["192.0.2.10"], proofs: [], mounts: ["/srv"], reaches: [], silentMs: 12_000 };
}

const fit: AgentReport = {
  agent: "web1",
  at: wall(1_900_000_000_000),
  fit: true,
  reason: "its proof holds",
  checks: [{ name: "page", verdict: "up", reason: "200", fault: null }],
  links: [{ name: "eth0", up: true, addresses: ["192.0.2.10"] }],
  mounts: [{ path: "/srv", state: "hung", reason: "no answer within 2 s", sinceMs: 9_000 }],
  reaches: [
    { name: "web2", role: "peer", address: "192.0.2.11", verdict: "down", reason: "refused", fault: "refused" },
  ],
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "muster-agent-"));
  server = await openWatchServer({ listen: { address: "127.0.0.1", port: 0 }, folder: join(folder, "authority") });
  reports = [];
  lost = [];
  server.onAgentReport((name, report) => (report === null ? lost.push(name) : reports.push(report)));
  server.assign({
    agents: [agent("web1"), agent("web2")],
    watchers: [{ name: "fra", votes: true, references: [] }],
    targets: [],
  });
});

afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

interface Connected {
  readonly link: Link;
  readonly heard: readonly ToAgent[];
  /** Why it ended; empty: it has not. */
  readonly ends: readonly string[];
}

/** Somebody who is enrolled under this name. */
async function connect(name: string): Promise<Connected> {
  const at = { host: "127.0.0.1", port: server.endpoint.port };
  const token = readToken(await makeToken(await openAuthority(join(folder, "authority")), { name, noun: "agent" }));
  if (token === null) throw new Error("no token");
  const [heard, ends]: [ToAgent[], string[]] = [[], []];
  const link = await openLink(at, await enrolAt(at, token), {
    read: readToAgent,
    take: (message: ToAgent) => heard.push(message),
    end: (why) => ends.push(why),
  });
  return { link, heard, ends };
}

function saying(report: unknown, sequence = 1): object {
  return { v: 1, kind: "agent-report", sequence, report };
}

async function isCut({ ends }: Connected): Promise<void> {
  await until("the connection is cut", () => ends[0] ?? null);
  expect(reports).toEqual([]);
}

test("W9 an enrolled agent is told its work, and each report is answered", async () => {
  const { heard, link } = await connect("web1");
  await until("work comes", () => heard.find(({ kind }) => kind === "work") ?? null);
  expect(heard[0]).toMatchObject({ agent: "web1", mounts: ["/srv"], silentMs: 12_000 });
  link.send(saying(fit));
  await until("the report is taken", () => heard.find(({ kind }) => kind === "taken") ?? null);
  expect(reports).toEqual([fit]);
  link.cut("enough");
  await until("its end is told", () => lost[0] ?? null);
});

test("W9 who reports for another agent than that of its certificate is cut", async () => {
  const web2 = await connect("web2");
  web2.link.send(saying(fit));
  await isCut(web2);
});

test("W9 a watcher is no agent, and an agent is no watcher", async () => {
  const watcher = await connect("fra");
  watcher.link.send(saying({ ...fit, agent: "fra" }));
  await isCut(watcher);
  const web1 = await connect("web1");
  web1.link.send({ v: 1, kind: "report", sequence: 1, sick: null, words: [] });
  await isCut(web1);
});

test("W9 an agent that left the configuration is refused", async () => {
  const web1 = await connect("web1");
  await until("work comes", () => web1.heard[0] ?? null);
  server.assign({ agents: [], watchers: [], targets: [] });
  await isCut(web1);
  expect(web1.heard).toContainEqual({ v: 1, kind: "refused", why: "it is not configured any more" });
});

const long = "x".repeat(400);
test.each<[string, unknown]>([
  ["no report", null],
  ["a word that is none", { ...fit, fit: "yes" }],
  ["a state that is none", { ...fit, mounts: [{ ...fit.mounts[0], state: "fine" }] }],
  ["a path that is none", { ...fit, mounts: [{ ...fit.mounts[0], path: "/srv\u001b[2J" }] }],
  ["a reason that is too long", { ...fit, reason: long }],
  ["too many links", { ...fit, links: Array.from({ length: 65 }, () => fit.links[0]) }],
])("W9 a malformed report ends the connection: %s", async (_what, report) => {
  const web1 = await connect("web1");
  web1.link.send(saying(report));
  await isCut(web1);
});

test("W9 an oversized report ends the connection", async () => {
  const web1 = await connect("web1");
  web1.link.send(saying({ ...fit, more: "x".repeat(agentOctetsMax) }));
  await isCut(web1);
});

test("W9 a reason writes nothing to a terminal, and reports come in order", async () => {
  const web1 = await connect("web1");
  web1.link.send(saying({ ...fit, reason: "\u001b[2Jall is\nwell" }, 5));
  await until("the report is there", () => reports[0] ?? null);
  expect(reports[0]?.reason).toBe(".[2Jall is.well");
  web1.link.send(saying(fit, 5));
  await until("the connection is cut", () => web1.ends[0] ?? null);
  expect(reports).toHaveLength(1);
});
