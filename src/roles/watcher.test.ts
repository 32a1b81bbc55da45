/** A vantage point, driven by hand: what it says, when, and when it says that it cannot judge. */
import { expect, test } from "vitest";
import { createPrng } from "../base/prng.ts";
import { mono, type Now, wall } from "../base/time.ts";
import { fixtureCheck, fixtureConfig } from "../core/fixtures.ts";
import type { Target, Verdict } from "../core/model.ts";
import { makeReference } from "../core/target.ts";
import { good } from "./drive.ts";
import { Watcher } from "./watcher.ts";

const bad: Verdict = { kind: "down", tookMs: 1, reason: "timed out" };
const unknown: Verdict = { kind: "unknown", tookMs: 1, reason: "no route" };

function targetAt(address: string): Target {
  return makeReference({ address, family: 4, check: fixtureCheck() });
}

const member = targetAt("192.0.2.1");
const reference = targetAt("192.0.2.53");

class Hand {
  ms = 0;
  readonly watcher = new Watcher({ config: fixtureConfig([]), now: this.now, prng: createPrng(1) });

  constructor(references: readonly Target[] = []) {
    this.watcher.step({ kind: "assigned", targets: [member], references }, this.now);
  }

  get now(): Now {
    return { mono: mono(this.ms), wall: wall(1_900_000_000_000 + this.ms) };
  }

  run(ms: number, verdictOn: (address: string) => Verdict): number {
    let probes = 0;
    for (const end = this.ms + ms; this.ms < end; this.ms++) {
      for (const effect of this.watcher.step({ kind: "tick" }, this.now)) {
        if (effect.kind !== "probe") continue;
        probes += 1;
        const { probe, target } = effect;
        const verdict = verdictOn(target.address);
        this.watcher.step({ kind: "verdict", targetId: target.id, probe, verdict }, this.now);
      }
    }
    return probes;
  }
}

test("P9 each word is said once, under the controller's id, and everything again after a new connection", () => {
  const hand = new Hand();
  hand.run(2000, () => good);
  const word = { targetId: member.id, health: "up", suspected: false, able: true };
  expect(hand.watcher.report(hand.now, false)).toMatchObject({ sick: null, words: [word] });
  hand.run(5000, () => good);
  expect(hand.watcher.report(hand.now, false).words).toEqual([]);
  expect(hand.watcher.report(hand.now, true).words).toMatchObject([word]);
  hand.run(2000, () => bad);
  expect(hand.watcher.report(hand.now, false).words).toMatchObject([{ health: "down", reason: "timed out" }]);
});

test("asked to confirm, it looks at once", () => {
  const hand = new Hand();
  hand.run(3000, () => good);
  hand.watcher.step({ kind: "confirm", targetId: member.id }, hand.now);
  expect(hand.run(5, () => good)).toBe(1);
});

test("D6 with its own references gone it says that it is sick, and changes no opinion", () => {
  const hand = new Hand([reference]);
  hand.run(3000, () => good);
  hand.run(8000, () => bad);
  const { sick, words } = hand.watcher.report(hand.now, true);
  expect(sick).toBe("none of its own references answers");
  expect(words).toMatchObject([{ health: "up", able: false }]);
  hand.run(3000, () => good);
  expect(hand.watcher.report(hand.now, true)).toMatchObject({ sick: null, words: [{ health: "up", able: true }] });
});

test("D6 what it could not look at lately it has no vote on", () => {
  const hand = new Hand();
  hand.run(3000, () => good);
  hand.run(10_000, () => unknown);
  expect(hand.watcher.report(hand.now, true).words).toMatchObject([{ health: "up", able: false }]);
});

test("targets that are not asked for any more are forgotten", () => {
  const hand = new Hand();
  hand.run(2000, () => good);
  const effects = hand.watcher.step({ kind: "assigned", targets: [], references: [] }, hand.now);
  expect(effects).toContainEqual({ kind: "forget", targetId: member.id });
  expect(hand.run(3000, () => good)).toBe(0);
});
