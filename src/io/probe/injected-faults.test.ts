import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { mono, wall } from "../../base/time.ts";
import { fixtureCheck } from "../../core/fixtures.ts";
import type { Verdict } from "../../core/model.ts";
import { makeReference } from "../../core/target.ts";
import type { Prober } from "../../ports/prober.ts";
import { faultMsMax, withInjectedFaults } from "./injected-faults.ts";

const target = makeReference({ address: "192.0.2.1", family: 4, check: fixtureCheck() });
const other = makeReference({ address: "192.0.2.2", family: 4, check: fixtureCheck() });

/** Finds everybody up, at once. */
const well: Prober = {
  start: (_, onVerdict) => {
    queueMicrotask(() => onVerdict({ kind: "up", tookMs: 1, detail: "connected" }));
    return () => undefined;
  },
  onTrip: () => undefined,
  onTrouble: () => undefined,
  forget: () => undefined,
  close: async () => undefined,
};

function open() {
  const at = { ms: 0 };
  const prober = withInjectedFaults(well, { now: () => ({ mono: mono(at.ms), wall: wall(at.ms) }) });
  const probe = (whom = target): Promise<Verdict> =>
    new Promise((resolve) => prober.start({ target: whom, timeoutMs: 50, fresh: true }, resolve));
  return { at, prober, probe };
}

afterEach(() => void vi.useRealTimers());

const fault = { manner: "refused", reason: "a rehearsal of ops", forMs: 1000 } as const;

test("a fault is seen by probes of its target, and by no others", async () => {
  const { probe, prober } = open();
  prober.inject(target.id, fault);
  expect(await probe()).toMatchObject({
    kind: "down",
    fault: "refused",
    reason: expect.stringContaining("a rehearsal of ops"),
  });
  expect(await probe(other)).toMatchObject({ kind: "up" });
  prober.heal(target.id);
  expect(await probe()).toMatchObject({ kind: "up" });
});

test("a silent fault lasts for the probe's timeout", async () => {
  const { probe, prober } = open();
  prober.inject(target.id, { ...fault, manner: "silent" });
  expect(await probe()).toMatchObject({ kind: "down", tookMs: 50, fault: "timed-out" });
});

test("no fault outlives its limit, nor the longest there is, whoever forgets to end it", async () => {
  const { at, probe, prober } = open();
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 2 * faultMsMax }), fc.nat(3 * faultMsMax), async (forMs, laterMs) => {
      const startedAt = at.ms;
      prober.inject(target.id, { ...fault, forMs });
      at.ms = startedAt + laterMs;
      const { kind } = await probe();
      expect(kind).toBe(laterMs < Math.min(forMs, faultMsMax) ? "down" : "up");
    }),
    { numRuns: 100 },
  );
});

test("a probe that is cancelled has no verdict", async () => {
  vi.useFakeTimers();
  const { prober } = open();
  prober.inject(target.id, fault);
  const verdicts: Verdict[] = [];
  prober.start({ target, timeoutMs: 50, fresh: true }, (verdict) => verdicts.push(verdict))();
  await vi.advanceTimersByTimeAsync(1000);
  expect(verdicts).toEqual([]);
});
