import { describe, expect, test } from "vitest";
import { mono, wall } from "../base/time.ts";
import type { AgentConfig, AgentReport } from "./agent.ts";
import { createHearing, expectAgents, hear, type Hearing, judgeAgent, judgeMount, keepHearing } from "./hearing.ts";

const web1: AgentConfig = {
  name: "web1",
  addresses: ["192.0.2.10"],
  proofs: [],
  mounts: ["/srv"],
  reaches: [],
  silentMs: 12_000,
};

const fit: AgentReport = {
  agent: "web1",
  at: wall(0),
  fit: true,
  reason: "2 of 2 proofs hold",
  checks: [],
  links: [],
  mounts: [{ path: "/srv", state: "ok", reason: "answered in 2 ms", sinceMs: null }],
  reaches: [],
};

/** Looks each second from `fromMs` to `toMs`. */
function listen(hearing: Hearing, fromMs: number, toMs: number): void {
  for (let ms = fromMs; ms <= toMs; ms += 1_000) keepHearing(hearing, mono(ms));
}

describe("what an agent's word means", () => {
  test("fit is up, unfit is down with the agent's reason", () => {
    const hearing = createHearing(mono(0), true);
    hear(hearing, fit, mono(1_000));
    expect(judgeAgent(hearing, web1, mono(1_500))).toEqual({ kind: "up", detail: "agent web1: 2 of 2 proofs hold" });
    hear(hearing, { ...fit, fit: false, reason: "page: status 500" }, mono(2_000));
    expect(judgeAgent(hearing, web1, mono(2_500))).toEqual({
      kind: "down",
      reason: "agent web1: page: status 500",
      fault: undefined,
    });
  });

  test("W3 silence for longer than the limit is down, and the next report is up", () => {
    const hearing = createHearing(mono(0), true);
    hear(hearing, fit, mono(20_000));
    listen(hearing, 0, 33_000);
    expect(judgeAgent(hearing, web1, mono(32_000)).kind).toBe("up");
    expect(judgeAgent(hearing, web1, mono(33_000))).toEqual({
      kind: "down",
      reason: "agent web1: no report for 13 s",
    });
    hear(hearing, fit, mono(33_500));
    expect(judgeAgent(hearing, web1, mono(33_500)).kind).toBe("up");
  });

  test("an agent that comes by a reload has the time to be heard, and those that stay keep their word", () => {
    const hearing = createHearing(mono(0), true);
    const web2 = { ...web1, name: "web2" };
    expectAgents(hearing, [web2], mono(0));
    hear(hearing, { ...fit, agent: "web2" }, mono(59_000));
    listen(hearing, 0, 60_000);
    expectAgents(hearing, [web1, web2], mono(60_000));
    expect(judgeAgent(hearing, web2, mono(60_000)).kind).toBe("up");
    listen(hearing, 60_000, 73_000);
    expect(judgeAgent(hearing, web1, mono(72_000)).kind).toBe("unknown");
    expect(judgeAgent(hearing, web1, mono(73_000)).kind).toBe("down");
    expectAgents(hearing, [], mono(73_000));
    expectAgents(hearing, [web1, web2], mono(73_000));
    expect([web1, web2].map((agent) => judgeAgent(hearing, agent, mono(73_000)).kind)).toEqual(["unknown", "unknown"]);
  });

  test("whoever has just begun to listen judges nobody by silence", () => {
    const hearing = createHearing(mono(0), true);
    listen(hearing, 0, 13_000);
    expect(judgeAgent(hearing, web1, mono(12_000))).toEqual({
      kind: "unknown",
      reason: "agent web1: not heard yet since muster began to listen",
    });
    expect(judgeAgent(hearing, web1, mono(13_000)).kind).toBe("down");
    expect(judgeAgent(createHearing(mono(0), false), web1, mono(99_000)).kind).toBe("unknown");
  });

  test("whoever was frozen judges nobody by what it did not read", () => {
    const hearing = createHearing(mono(0), true);
    listen(hearing, 0, 20_000);
    hear(hearing, fit, mono(20_000));
    expect(judgeAgent(hearing, web1, mono(60_000)).kind).toBe("unknown");
    keepHearing(hearing, mono(60_000));
    expect(judgeAgent(hearing, web1, mono(61_000)).kind).toBe("unknown");
    listen(hearing, 61_000, 73_000);
    expect(judgeAgent(hearing, web1, mono(73_000)).kind).toBe("down");
  });
});

describe("T2 a mount alerts, and removes nobody", () => {
  const hungMount = { path: "/srv", state: "hung", reason: "no answer within 2 s", sinceMs: 9_000 } as const;

  test("ok is up; hung, gone, unheard and unlooked at are unknown", () => {
    const hearing = createHearing(mono(0), true);
    const at = { agent: web1, path: "/srv" };
    expect(judgeMount(hearing, at, mono(0)).kind).toBe("unknown");
    hear(hearing, fit, mono(0));
    expect(judgeMount(hearing, at, mono(0))).toEqual({ kind: "up", detail: "mount /srv: answered in 2 ms" });
    expect(judgeMount(hearing, { ...at, path: "/home" }, mono(0)).kind).toBe("unknown");
    hear(hearing, { ...fit, mounts: [hungMount] }, mono(1));
    expect(judgeMount(hearing, at, mono(1))).toEqual({
      kind: "unknown",
      reason: "mount /srv is hung: no answer within 2 s; alert only",
    });
  });
});
