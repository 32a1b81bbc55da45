import { expect, test } from "vitest";
import { wall } from "../base/time.ts";
import { fixtureCheck } from "./fixtures.ts";
import type { FaultCode } from "./fault.ts";
import { createJudgement, isChangeNear, type Judgement, judge, restoreJudgement } from "./health.ts";
import type { Health, Verdict } from "./model.ts";

const check = fixtureCheck({ rise: 2, fall: 3 });
const verdicts: Record<string, Verdict> = {
  "+": { kind: "up", tookMs: 1, detail: "status 200" },
  "-": { kind: "down", tookMs: 1, reason: "connection refused" },
  "?": { kind: "unknown", tookMs: 1, reason: "no socket left" },
};

function start(health: Health): Judgement {
  return { ...createJudgement(wall(0)), health };
}

/** Feeds a string of verdicts and returns the ruling of each, in short. */
function play(judgement: Judgement, marks: string): string {
  return marks
    .split("")
    .map((mark, i) => {
      const verdict = verdicts[mark];
      if (verdict === undefined) throw new RangeError(`no verdict is written ${mark}`);
      const ruling = judge(judgement, verdict, { check, at: wall(i) });
      return ruling.kind === "changed" ? ruling.to : ruling.kind;
    })
    .join(" ");
}

test.each([
  ["unproven", "++", "same up"],
  ["unproven", "---", "suspected same down"],
  ["unproven", "+-+", "same suspected same"],
  ["unproven", "+-++", "same suspected same up"],
  ["unproven", "??", "same same"],
  ["up", "---", "suspected same down"],
  ["up", "--+---", "suspected same cleared suspected same down"],
  ["up", "-?-?-", "suspected same same same down"],
  ["up", "????", "same same same same"],
  ["down", "++", "same up"],
  ["down", "+-++", "same same same up"],
  ["down", "---", "same same same"],
] as const)("D1 P1 %s with probes %s: %s", (health, marks, rulings) => {
  expect(play(start(health), marks)).toBe(rulings);
});

test("a change is near while it is being counted", () => {
  const judgement = start("up");
  expect(isChangeNear(judgement)).toBe(false);
  play(judgement, "-");
  expect(isChangeNear(judgement)).toBe(true);
  play(judgement, "--");
  expect([judgement.health, isChangeNear(judgement)]).toEqual(["down", false]);
  play(judgement, "+");
  expect(isChangeNear(judgement)).toBe(true);
});

test("M7 a restored health is marked until a verdict proves it, and still needs all its bad probes to fall", () => {
  const saved = { id: "x", health: "up", since: wall(5), reason: "was well", fault: null, rises: 0, falls: 9 } as const;
  const judgement = restoreJudgement(saved, check);
  expect(judgement).toMatchObject({ health: "up", since: 5, restored: true, falls: 2 });
  expect(play(judgement, "?")).toBe("same");
  expect(judgement.restored).toBe(true);
  expect(play(judgement, "+")).toBe("cleared");
  expect(judgement.restored).toBe(false);
});

test("M7 a restored failure stays out until it has risen", () => {
  const saved = {
    id: "x",
    health: "down",
    since: wall(5),
    reason: "refused",
    fault: "refused",
    rises: 0,
    falls: 0,
  } as const;
  const judgement = restoreJudgement(saved, check);
  expect(judgement.fault).toBe("refused");
  expect(play(judgement, "+")).toBe("same");
  expect(judgement.health).toBe("down");
  expect(play(judgement, "+")).toBe("up");
});

function fail(judgement: Judgement, ...faults: readonly FaultCode[]): void {
  for (const fault of faults)
    judge(judgement, { kind: "down", tookMs: 1, reason: fault, fault }, { check, at: wall(1) });
}

test("T1 what failed is kept beside health, and changes only when `fall` bad probes in a row found the same other thing", () => {
  const judgement = createJudgement(wall(0));
  play(judgement, "++");
  fail(judgement, "refused", "timed-out", "timed-out");
  expect([judgement.health, judgement.fault]).toEqual(["down", "timed-out"]);
  fail(judgement, "refused", "refused", "timed-out", "refused", "no-reply", "refused");
  expect(judgement.fault).toBe("timed-out");
  fail(judgement, "refused", "refused");
  expect(judgement.fault).toBe("refused");
  play(judgement, "++");
  expect([judgement.health, judgement.fault]).toEqual(["up", null]);
});

test("T1 what a checker finds that is cut off says nothing of a target that is down", () => {
  const judgement = createJudgement(wall(0));
  fail(judgement, "refused", "refused", "refused");
  const before = { ...judgement };
  const late = { kind: "down", tookMs: 1, reason: "no answer", fault: "no-reply" } as const;
  for (let probe = 0; probe < 5; probe++) judge(judgement, late, { check, at: wall(1), isBlind: true });
  expect(judgement).toEqual(before);
});

test("a suspicion that is cleared leaves no fault behind", () => {
  const judgement = createJudgement(wall(0));
  play(judgement, "++");
  fail(judgement, "refused");
  expect(judgement.fault).toBe("refused");
  play(judgement, "+");
  expect(judgement.fault).toBeNull();
});

test("what is judged for the first time says how far that is", () => {
  const reasons = ["+", "-", "--", "---", "-+", "++"].map((probes) => {
    const judgement = createJudgement(wall(0));
    play(judgement, probes);
    return judgement.reason;
  });
  expect(reasons).toEqual([
    "1 of 2 good probes: status 200",
    "1 of 3 bad probes: connection refused",
    "2 of 3 bad probes: connection refused",
    "connection refused",
    "1 of 2 good probes: status 200",
    "2 good probes in a row, last: status 200",
  ]);
});

test("what was never judged says why it cannot be; what is known stays", () => {
  const unknown = { kind: "unknown", tookMs: 1, reason: "agent web1: not heard yet" } as const;
  const [fresh, known] = [start("unproven"), start("up")];
  for (const judgement of [fresh, known]) judge(judgement, unknown, { check, at: wall(1) });
  expect([fresh.reason, known.reason]).toEqual(["agent web1: not heard yet", "not probed yet"]);
});
