import { describe, expect, test } from "vitest";
import { type Mono, mono, never, wall } from "../base/time.ts";
import { fixtureMember, fixturePool } from "./fixtures.ts";
import type { DataAge, OverrideKind, PoolConfig } from "./model.ts";
import { createPoolMemory, decidePool, failBackNow, type PoolMemory } from "./pool.ts";

const a = fixtureMember("192.0.2.1", { priority: 1, weight: 3 });
const b = fixtureMember("192.0.2.2", { priority: 2, weight: 0 });
const c = fixtureMember("2001:db8::3", { priority: 2, weight: 1 });
const members = [a, b, c];

interface Given {
  readonly fit: string;
  readonly overrides?: Record<string, OverrideKind>;
  readonly memory?: PoolMemory;
  readonly now?: Mono;
  readonly data?: Readonly<Record<string, DataAge>>;
}

/** `fit` names members by letter. */
function decide(changes: Partial<PoolConfig>, given: Given): string {
  const candidates = members.map((member, i) => {
    const letter = "abc"[i] ?? "";
    return {
      member,
      fit: given.fit.includes(letter),
      override: given.overrides?.[letter] ?? null,
      data: given.data?.[letter] ?? null,
    };
  });
  const context = { memory: given.memory ?? createPoolMemory(null), now: given.now ?? mono(0) };
  const decision = decidePool(fixturePool(members, changes), candidates, context);
  const letters = decision.members.map((member) => "abc"[members.indexOf(member)]).join("");
  return `${decision.rule} ${decision.address ?? letters}${decision.lastResort ? " last resort" : ""}`;
}

test.each([
  [{ policy: "round-robin" }, "abc", "pool/round-robin abc"],
  [{ policy: "round-robin" }, "b", "pool/round-robin b"],
  [{ policy: "weighted" }, "abc", "pool/weighted ac"],
  [{ policy: "weighted" }, "b", "pool/weight-zero b"],
  [{ policy: "priority" }, "abc", "pool/priority a"],
  [{ policy: "priority" }, "bc", "pool/priority bc"],
  [{ policy: "round-robin", lastResort: { kind: "all" } }, "", "pool/last-resort-all abc last resort"],
  [{ policy: "priority", lastResort: { kind: "none" } }, "", "pool/last-resort-none  last resort"],
  [
    { policy: "weighted", lastResort: { kind: "address", address: "203.0.113.9" } },
    "",
    "pool/last-resort-address 203.0.113.9 last resort",
  ],
] as const)("P2 %j with %s fit: %s", (changes, fit, decision) => {
  expect(decide(changes, { fit })).toBe(decision);
});

test.each([
  [{ a: "drain" }, "pool/last-resort-all bc last resort"],
  [{ a: "drain", b: "disable", c: "disable" }, "pool/last-resort-all a last resort"],
  [{ a: "disable", b: "disable", c: "disable" }, "pool/last-resort-all abc last resort"],
] as const)("the last resort prefers whom no operator excluded: %j", (overrides, decision) => {
  expect(decide({}, { fit: "", overrides })).toBe(decision);
});

test("D1 failback at once", () => {
  const memory = createPoolMemory(2);
  expect(decide({ policy: "priority" }, { fit: "abc", memory })).toBe("pool/priority a");
});

test("D1 failback after a stable time, counted again when the better one fails meanwhile", () => {
  const memory = createPoolMemory(2);
  const changes = { policy: "priority", failback: { kind: "after", stableMs: 1000 } } as const;
  expect(decide(changes, { fit: "abc", memory, now: mono(0) })).toBe("pool/failback-after bc");
  expect(decide(changes, { fit: "bc", memory, now: mono(500) })).toBe("pool/priority bc");
  expect(decide(changes, { fit: "abc", memory, now: mono(900) })).toBe("pool/failback-after bc");
  expect(decide(changes, { fit: "abc", memory, now: mono(1899) })).toBe("pool/failback-after bc");
  expect(decide(changes, { fit: "abc", memory, now: mono(1900) })).toBe("pool/priority a");
});

test("failback by hand waits for the operator, but never for a member that is gone", () => {
  const memory = createPoolMemory(2);
  const changes = { policy: "priority", failback: { kind: "manual" } } as const;
  expect(decide(changes, { fit: "abc", memory })).toBe("pool/failback-manual bc");
  expect(decide(changes, { fit: "a", memory })).toBe("pool/priority a");
  const again = createPoolMemory(2);
  failBackNow(again);
  expect(decide(changes, { fit: "abc", memory: again })).toBe("pool/priority a");
});

test("a waiting failback says when it will happen", () => {
  const context = { memory: createPoolMemory(2), now: mono(50) };
  const changes = { policy: "priority", failback: { kind: "after", stableMs: 1000 } } as const;
  const candidates = members.map((member) => ({ member, fit: true, override: null, data: null }));
  expect(decidePool(fixturePool(members, changes), candidates, context).wakeAt).toBe(1050);
  expect(decidePool(fixturePool(members), candidates, context).wakeAt).toBe(never);
});

describe("least-stale", () => {
  const of = (seconds: number): DataAge => ({ at: wall(seconds * 1000), staleMs: (1000 - seconds) * 1000 });
  const cases: readonly (readonly [string, Given, string])[] = [
    ["the newest data", { fit: "", data: { a: of(100), b: of(900), c: of(500) } }, "b"],
    ["the same data together", { fit: "", data: { a: of(900), b: of(100), c: of(900) } }, "ac"],
    ["known before not known", { fit: "", data: { c: of(1) } }, "c"],
    ["nothing known: all", { fit: "" }, "abc"],
    ["not one that is drained", { fit: "", data: { a: of(9), b: of(1) }, overrides: { a: "drain" } }, "b"],
  ];
  test.each(cases)("%s", (_title, given, letters) => {
    const found = decide({ lastResort: { kind: "least-stale" } }, given);
    expect(found).toBe(`pool/last-resort-least-stale ${letters} last resort`);
  });

  test("a fit member comes before any last resort", () => {
    expect(decide({ lastResort: { kind: "least-stale" } }, { fit: "a", data: { b: of(900) } })).toBe(
      "pool/round-robin a",
    );
  });

  test("the sentence says who answers, and how old it is", () => {
    const candidates = members.map((member, i) => ({
      member,
      fit: false,
      override: null,
      data: i === 1 ? of(400) : null,
    }));
    const context = { memory: createPoolMemory(null), now: mono(0) };
    const { reason } = decidePool(fixturePool(members, { lastResort: { kind: "least-stale" } }), candidates, context);
    expect(reason).toMatch(/^no member is fit; .* is the least stale, behind the origin by 10 min$/);
  });
});
