import { expect, test } from "vitest";
import { wall } from "../base/time.ts";
import type { AgentConfig, AgentReport } from "../core/agent.ts";
import { fixtureConfig } from "../core/fixtures.ts";
import type { Config } from "../core/model.ts";
import { Drive, poolOf } from "./drive.ts";

const web1: AgentConfig = {
  name: "web1",
  addresses: ["192.0.2.1"],
  proofs: [],
  mounts: ["/srv"],
  reaches: [],
  silentMs: 12_000,
};

function withAgents(agents: readonly AgentConfig[]): Config {
  const watch = { listen: { address: "127.0.0.1", port: 8054 }, selfVotes: true, watchers: [] };
  return { ...fixtureConfig([poolOf(["192.0.2.1"])]), watch, agents };
}

const fit: AgentReport = {
  agent: "web1",
  at: wall(0),
  fit: true,
  reason: "its proof holds",
  checks: [],
  links: [],
  mounts: [{ path: "/srv", state: "ok", reason: "answered within 2 ms", sinceMs: null }],
  reaches: [],
};
const hung = { path: "/srv", state: "hung", reason: "no answer within 2 s", sinceMs: 1 } as const;

/** Lines about agents since the last call. */
function told(drive: Drive): string[] {
  const found = drive.effects.flatMap((effect) =>
    effect.kind === "tell" && /^(agent|mount)\//.test(effect.event.rule)
      ? [`${effect.event.rule} ${effect.event.subject}: ${effect.event.sentence}`]
      : [],
  );
  drive.effects.length = 0;
  return found;
}

test("T10 each change of an agent's word is one short line, and only the change", () => {
  const drive = new Drive(withAgents([web1]));
  drive.run(1_000);
  const say = (report: AgentReport): unknown => drive.step({ kind: "agent-reported", report });
  say(fit);
  say(fit);
  expect(told(drive)).toEqual(["agent/fit web1: agent web1 reports: fit: its proof holds"]);
  say({ ...fit, fit: false, reason: "page: status 500" });
  expect(told(drive)).toEqual(["agent/unfit web1: agent web1 is unfit: page: status 500"]);
  drive.run(11_900);
  expect(told(drive)).toEqual([]);
  drive.run(1_500);
  expect(told(drive)).toEqual(["agent/silent web1: agent web1 is silent: no report for 12 s"]);
  say(fit);
  expect(told(drive)).toEqual(["agent/fit web1: agent web1 is fit again: its proof holds"]);
});

test("T2 a mount's trouble is told when it begins, changes and ends", () => {
  const drive = new Drive(withAgents([web1]));
  const say = (mounts: AgentReport["mounts"]): unknown =>
    drive.step({ kind: "agent-reported", report: { ...fit, mounts } });
  say([hung]);
  say([hung]);
  say([{ ...hung, state: "gone", reason: "nothing is mounted there" }]);
  say(fit.mounts);
  expect(told(drive).slice(1)).toEqual([
    "mount/hung web1:/srv: mount /srv is hung: no answer within 2 s, on web1",
    "mount/gone web1:/srv: mount /srv is gone: nothing is mounted there, on web1",
    "mount/well web1:/srv: mount /srv is ok: answered within 2 ms, on web1",
  ]);
});

test("an agent that was never heard is silent once the controller has listened for its limit", () => {
  const drive = new Drive(withAgents([web1]));
  drive.run(11_000);
  expect(told(drive)).toEqual([]);
  drive.run(3_000);
  expect(told(drive)).toEqual([
    "agent/silent web1: agent web1 is silent: not heard since muster began to listen 12 s ago",
  ]);
});

test("a controller that was frozen calls nobody silent before it has listened again", () => {
  const drive = new Drive(withAgents([web1]));
  drive.step({ kind: "agent-reported", report: fit });
  drive.run(1_000);
  told(drive);
  drive.ms += 60_000;
  drive.run(11_000);
  expect(told(drive)).toEqual([]);
  drive.run(3_000);
  expect(told(drive)).toHaveLength(1);
});

test("an agent that leaves the configuration is forgotten, one that stays is not", () => {
  const drive = new Drive(withAgents([web1, { ...web1, name: "web2" }]));
  drive.step({ kind: "agent-reported", report: fit });
  drive.step({ kind: "configured", config: withAgents([web1]), sentences: [] });
  expect([...drive.controller.state.agents.values()].map(({ config, word }) => `${config.name} ${word}`)).toEqual([
    "web1 fit",
  ]);
  expect(drive.effects.findLast(({ kind }) => kind === "watch-afar")).toMatchObject({ agents: [{ name: "web1" }] });
  drive.step({ kind: "agent-reported", report: { ...fit, agent: "web2" } });
  expect(drive.controller.state.hearing.reports.has("web2")).toBe(false);
});
