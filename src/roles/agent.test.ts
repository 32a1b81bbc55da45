import { describe, expect, test } from "vitest";
import { createPrng } from "../base/prng.ts";
import { mono, type Now, wall } from "../base/time.ts";
import type { MountWord } from "../core/agent.ts";
import { fixtureCheck, fixtureConfig } from "../core/fixtures.ts";
import type { Verdict } from "../core/model.ts";
import { makeReference } from "../core/target.ts";
import { Agent, type AgentEvent, type AgentWork, judgeFitness, reportKey } from "./agent.ts";

const page = makeReference({ address: "192.0.2.10", family: 4, check: fixtureCheck() });
const work: AgentWork = {
  agent: "web1",
  proofs: [{ name: "page", target: page }],
  mounts: ["/srv"],
  reaches: [],
  silentMs: 12_000,
};
const good: Verdict = { kind: "up", tookMs: 1, detail: "200" };
const bad: Verdict = { kind: "down", tookMs: 1, reason: "status 500", fault: "wrong-reply" };
const ok: MountWord = { path: "/srv", state: "ok", reason: "answered within 3 ms", sinceMs: null };

/** Drives an agent by hand. */
class Drive {
  readonly agent: Agent;
  ms = 0;

  constructor() {
    this.agent = new Agent({ config: fixtureConfig([]), now: this.now, prng: createPrng(1) });
  }

  get now(): Now {
    return { mono: mono(this.ms), wall: wall(1_900_000_000_000 + this.ms) };
  }

  step(event: AgentEvent): ReturnType<Agent["step"]> {
    return this.agent.step(event, this.now);
  }

  /** Lets `ms` pass, answering every probe. */
  run(ms: number, verdict: Verdict): void {
    for (const end = this.ms + ms; this.ms < end; this.ms += 5) {
      for (const effect of this.step({ kind: "tick" })) {
        if (effect.kind !== "probe") continue;
        this.step({ kind: "verdict", targetId: effect.target.id, probe: effect.probe, verdict });
      }
    }
  }
}

test("an agent that has just started says nothing before it has judged, five seconds at most", () => {
  const drive = new Drive();
  expect(drive.agent.report(drive.now)).toBeNull();
  drive.step({ kind: "work-given", work });
  drive.run(4_500, { kind: "unknown", tookMs: 1, reason: "no socket left" });
  expect(drive.agent.report(drive.now)).toBeNull();
  drive.run(1_000, { kind: "unknown", tookMs: 1, reason: "no socket left" });
  expect(drive.agent.report(drive.now)).toMatchObject({ fit: false, reason: "page: no socket left" });
});

test("W2 fit while every proof holds, unfit with the reason of one that does not, and fit again", () => {
  const drive = new Drive();
  drive.step({ kind: "work-given", work });
  drive.step({ kind: "mounts-seen", mounts: [ok] });
  drive.run(3_000, good);
  expect(drive.agent.report(drive.now)).toMatchObject({ agent: "web1", fit: true, reason: "its proof holds" });
  drive.run(3_000, bad);
  expect(drive.agent.report(drive.now)).toMatchObject({
    fit: false,
    reason: "page: status 500",
    checks: [{ name: "page", verdict: "down", fault: "wrong-reply" }],
  });
  drive.run(3_000, good);
  expect(drive.agent.report(drive.now)?.fit).toBe(true);
});

test("T2 a mount that is not well leaves the machine fit; one that is not asked for is not reported", () => {
  const drive = new Drive();
  drive.step({ kind: "work-given", work });
  const hung: MountWord = { path: "/srv", state: "hung", reason: "no answer within 2 s", sinceMs: 1 };
  drive.step({ kind: "mounts-seen", mounts: [hung, { ...ok, path: "/home" }] });
  drive.run(3_000, good);
  expect(drive.agent.report(drive.now)).toMatchObject({ fit: true, mounts: [hung] });
});

describe("what is worth saying at once", () => {
  test("a verdict, a mount or a link that changes; not a time or a reason", () => {
    const drive = new Drive();
    drive.step({ kind: "work-given", work });
    drive.step({ kind: "mounts-seen", mounts: [ok] });
    drive.run(3_000, good);
    const report = drive.agent.report(drive.now);
    if (report === null) throw new Error("no report");
    expect(reportKey({ ...report, at: wall(0), reason: "other words" })).toBe(reportKey(report));
    expect(reportKey({ ...report, mounts: [{ ...ok, state: "gone" }] })).not.toBe(reportKey(report));
    expect(reportKey({ ...report, fit: false })).not.toBe(reportKey(report));
  });
});

test("several proofs that fail are counted; nothing to prove is fit", () => {
  const proof = (name: string, verdict: "up" | "down"): Parameters<typeof judgeFitness>[0][number] => {
    return { name, verdict, reason: "refused", fault: null };
  };
  expect(judgeFitness([])).toEqual({ fit: true, reason: "it reports, and has nothing to prove" });
  expect(judgeFitness([proof("a", "up"), proof("b", "up")]).reason).toBe("all 2 proofs hold");
  expect(judgeFitness([proof("a", "down"), proof("b", "down")])).toEqual({
    fit: false,
    reason: "a: refused (and 1 more)",
  });
});
