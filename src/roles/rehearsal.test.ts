import { expect, test } from "vitest";
import { mono, wall } from "../base/time.ts";
import type { HistoryEvent } from "../core/model.ts";
import { Rehearsal, type RehearsalTerms, returnMsMax } from "./rehearsal.ts";

const [first, second] = ["192.0.2.53:53", "198.51.100.53:53"] as const;

const terms: RehearsalTerms = {
  pool: "canary.example.org",
  member: "canary.example.org/192.0.2.10",
  targetId: "the target",
  owner: "ops",
  reason: "to see",
  forMs: 30_000,
  ttlSeconds: 20,
  recoveryMs: 25_000,
  servers: [
    { name: "embedded", endpoint: first },
    { name: "ns2", endpoint: second },
  ],
};

function open(changes: Partial<RehearsalTerms> = {}) {
  const rehearsal = new Rehearsal({ ...terms, ...changes }, { mono: mono(1000), wall: wall(5000) });
  const tell = (ms: number, changes: Partial<HistoryEvent>): void => {
    const event = { id: 1, at: wall(0), subject: "the target", rule: "", sentence: "", from: null, to: null };
    rehearsal.tell({ ...event, kind: "health", ...changes }, mono(1000 + ms));
  };
  const see = (ms: number, endpoint: string, isNamed: boolean): void =>
    rehearsal.see(endpoint, isNamed, mono(1000 + ms));
  const tick = (ms: number): string => {
    rehearsal.tick(mono(1000 + ms));
    return rehearsal.phase;
  };
  return { rehearsal, tell, see, tick };
}

/** Down after 400 ms, left out everywhere after `lastMs`. */
function fall({ see, tell }: ReturnType<typeof open>, lastMs: number): void {
  tell(300, { kind: "suspicion" });
  tell(400, { to: "down" });
  see(410, first, false);
  see(lastMs, second, false);
}

test("the fault ends when every server has left the member out, and all is measured", () => {
  const life = open();
  life.see(50, first, true);
  expect(life.tick(100)).toBe("failing");
  fall(life, 900);
  expect(life.tick(1000)).toBe("returning");
  life.tell(1800, { to: "up" });
  life.see(1810, first, true);
  expect(life.tick(1900)).toBe("returning");
  life.see(2500, second, true);
  expect(life.tick(2600)).toBe("over");
  expect(life.rehearsal.result()).toMatchObject({
    verdict: "ok",
    at: 5000,
    suspectedMs: 300,
    decidedMs: 400,
    totalMs: 20_900,
    returnedMs: 1500,
    servers: [
      { name: "embedded", servedMs: 410, returnedMs: 810 },
      { name: "ns2", servedMs: 900, returnedMs: 1500 },
    ],
  });
});

test("one that takes longer than stated is slow", () => {
  const life = open({ recoveryMs: 10_000 });
  fall(life, 900);
  life.tick(1000);
  life.tell(1800, { to: "up" });
  for (const endpoint of [first, second]) life.see(2000, endpoint, true);
  expect(life.tick(2100)).toBe("over");
  expect(life.rehearsal.result()).toMatchObject({
    verdict: "slow",
    sentence: expect.stringContaining("longer than the stated recovery of 10.00 s"),
  });
});

test("a server that goes on naming the member fails it, and the fault ends at its limit", () => {
  const life = open();
  life.tell(400, { to: "down" });
  life.see(500, first, false);
  life.see(29_000, second, true);
  expect(life.tick(29_999)).toBe("failing");
  expect(life.tick(30_000)).toBe("returning");
  expect(life.tick(30_000 + returnMsMax)).toBe("over");
  expect(life.rehearsal.result()).toMatchObject({
    verdict: "failed",
    totalMs: null,
    sentence: expect.stringContaining("ns2 (198.51.100.53:53) went on naming the member"),
  });
});

test("a server that never answers is told as such, and holds up nothing but the fault", () => {
  const life = open();
  life.tell(400, { to: "down" });
  life.see(500, first, false);
  expect(life.tick(30_000)).toBe("returning");
  life.tell(30_500, { to: "up" });
  life.see(30_600, first, true);
  expect(life.tick(30_700)).toBe("over");
  const { sentence, servers, verdict } = life.rehearsal.result();
  expect([verdict, sentence]).toEqual(["failed", expect.stringContaining("ns2 (198.51.100.53:53) never answered")]);
  expect(servers[1]).toEqual({ name: "ns2", endpoint: second, servedMs: null, returnedMs: null });
});

test("a fault that nobody sees is a failure, and is over as soon as it ends", () => {
  const life = open();
  for (const endpoint of [first, second]) life.see(100, endpoint, true);
  expect(life.tick(30_000)).toBe("returning");
  for (const endpoint of [first, second]) life.see(30_100, endpoint, true);
  expect(life.tick(30_200)).toBe("over");
  expect(life.rehearsal.result()).toMatchObject({ verdict: "failed", sentence: expect.stringContaining("no probe") });
});

test("a member that does not return is a failure", () => {
  const life = open();
  fall(life, 900);
  life.tick(1000);
  expect(life.tick(1000 + returnMsMax)).toBe("over");
  expect(life.rehearsal.result()).toMatchObject({
    verdict: "failed",
    sentence: expect.stringContaining("did not return"),
  });
});

test("what is told of others is no concern of it", () => {
  const life = open();
  life.tell(100, { subject: "another target", to: "down" });
  expect(life.rehearsal.result()).toMatchObject({ suspectedMs: null, decidedMs: null });
});
