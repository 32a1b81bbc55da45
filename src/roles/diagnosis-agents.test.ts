import { expect, test } from "vitest";
import { wall } from "../base/time.ts";
import type { AgentConfig, AgentReport } from "../core/agent.ts";
import { fixtureConfig } from "../core/fixtures.ts";
import type { Verdict } from "../core/model.ts";
import { diagnoseTarget } from "./diagnosis-facts.ts";
import { Drive, poolOf } from "./drive.ts";

const silent: Verdict = { kind: "down", tookMs: 1, reason: "no connection", fault: "timed-out" };
const late: Verdict = { kind: "down", tookMs: 1, reason: "no answer", fault: "no-reply" };
const refused: Verdict = { kind: "down", tookMs: 1, reason: "connection refused", fault: "refused" };

function agent(name: string, address: string): AgentConfig {
  return { name, addresses: [address], proofs: [], mounts: [], reaches: [], silentMs: 60_000 };
}

const well: AgentReport = {
  agent: "db1",
  at: wall(0),
  fit: true,
  reason: "its proofs hold",
  checks: [],
  links: [{ name: "eth0", up: true, addresses: ["192.0.2.1"] }],
  mounts: [],
  reaches: [],
};
const unfit = { ...well, fit: false, reason: "unfit" };
const hung = { path: "/srv", state: "hung", reason: "no answer within 2 s", sinceMs: 1 } as const;
const web = {
  name: "web",
  role: "witness",
  address: "198.51.100.80",
  verdict: "down",
  reason: "no connection",
  fault: "timed-out",
} as const;
const peer = {
  name: "db1",
  role: "peer",
  address: "192.0.2.1",
  verdict: "up",
  reason: "connected",
  fault: null,
} as const;

test.each<[string, Verdict, AgentReport]>([
  ["own network lost: eth0 of db1 has no carrier, says its agent", silent, cutOff()],
  ["mount hung: /srv on db1 hangs, says its agent", late, { ...well, mounts: [hung] }],
  ["mount hung: /srv on db1 hangs, says its agent", refused, { ...unfit, mounts: [hung] }],
  ["service failed: tcp connection refused", refused, { ...well, mounts: [hung] }],
  ["route, not server: nothing comes back, but its agent db1 reports that it is fit", silent, well],
  [
    "route, not server: nothing comes back here, but db2 reaches it",
    silent,
    { ...well, agent: "db2", reaches: [peer] },
  ],
  ["web cluster unreachable: db1 does not reach its witness web: no connection", refused, { ...unfit, reaches: [web] }],
  ["host down: nothing on 192.0.2.1 answers", silent, { ...well, agent: "db3" }],
])("T1 T2 T4 %s, by what agents say", (sentence, verdict, report) => {
  const agents = [agent("db1", "192.0.2.1"), agent("db2", "192.0.2.2")];
  const watch = { listen: { address: "127.0.0.1", port: 8054 }, selfVotes: true, watchers: [] };
  const drive = new Drive({ ...fixtureConfig([poolOf(["192.0.2.1", "203.0.113.1"])]), watch, agents });
  drive.run(3_100);
  drive.step({ kind: "agent-reported", report });
  drive.run(4_000, verdict);
  const { state } = drive.controller;
  const target = state.targetBySlot.find((one) => one.target.address === "192.0.2.1");
  const found = target === undefined ? null : diagnoseTarget(state, target, drive.now.mono);
  expect(found?.sentence).toBe(sentence);
});

function cutOff(): AgentReport {
  return { ...unfit, links: [{ name: "eth0", up: false, addresses: ["192.0.2.1"] }] };
}
