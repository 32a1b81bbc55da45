/** A server that declines some sets, and with them each request that they are in. */
import { expect, test } from "vitest";
import { createPrng } from "../base/prng.ts";
import { mono, type Now, wall } from "../base/time.ts";
import { ownerTypeKey, textName } from "../dns/name.ts";
import { rrType } from "../dns/rr-types.ts";
import type { RRset } from "../dns/types.ts";
import { nothingAt } from "./managed-sets.ts";
import { UpdateOutlet } from "./update-outlet.ts";
import type { UpdateOutletEffect, UpdateOutletEvent } from "./update-outlet-effects.ts";

const minuteMs = 60_000;

function a(name: string, host: number): RRset {
  const owner = textName(`${name}.example.org`);
  return { owner, type: rrType.A, ttlSeconds: 60, rdata: [Uint8Array.of(192, 0, 2, host)] };
}

class Stage {
  readonly there = new Map<string, RRset>();
  readonly declined: Set<string>;
  readonly sentences: string[] = [];
  writes = 0;
  readonly #wanted = new Map<string, RRset>();
  readonly #machine: UpdateOutlet;
  #nowMs = 1000;
  #serial = 0;

  constructor(declined: readonly RRset[]) {
    this.declined = new Set(declined.map(ownerTypeKey));
    const start = { zone: "example.org", name: "update 192.0.2.53:53", prng: createPrng(1) };
    this.#machine = new UpdateOutlet({ ...start, now: this.#now });
  }

  get #now(): Now {
    return { mono: mono(this.#nowMs), wall: wall(1_700_000_000_000 + this.#nowMs) };
  }

  get view(): string {
    const { reason, state } = this.#machine.view;
    return `${state}: ${reason}`;
  }

  want(changed: readonly RRset[]): void {
    for (const set of changed) this.#wanted.set(ownerTypeKey(set), set);
    this.#serial += 1;
    const zone = { origin: textName("example.org"), serial: this.#serial, sets: this.#wanted, changed };
    this.#step({ kind: "wanted", zone });
  }

  pass(ms: number): void {
    const end = this.#nowMs + ms;
    while (this.#machine.nextWakeAt <= end) {
      this.#nowMs = Math.max(this.#nowMs, this.#machine.nextWakeAt);
      this.#step({ kind: "tick" });
    }
    this.#nowMs = end;
  }

  /** Answers come at once. */
  #step(event: UpdateOutletEvent): void {
    const events = [event];
    for (let next = events.shift(); next !== undefined; next = events.shift()) {
      for (const effect of this.#machine.step(next, this.#now)) {
        if (effect.kind === "tell") this.sentences.push(effect.sentence);
        else events.push(this.#serve(effect));
      }
    }
  }

  #serve(effect: Exclude<UpdateOutletEffect, { kind: "tell" }>): UpdateOutletEvent {
    const { request } = effect;
    if (effect.kind === "ask") {
      const sets = effect.sets.map((key) => this.there.get(ownerTypeKey(key)) ?? nothingAt(key));
      return { kind: "found", request, sets: sets.map((set) => ({ kind: "set", set })) };
    }
    this.writes += 1;
    if (effect.changes.some(({ after }) => this.declined.has(ownerTypeKey(after)))) {
      return { kind: "failed", request, cause: "declined", reason: "it answers REFUSED" };
    }
    for (const { after } of effect.changes) this.there.set(ownerTypeKey(after), after);
    return { kind: "written", request };
  }
}

const names = Array.from({ length: 100 }, (_, i) => `h${i}`);
const sets = names.map((name) => a(name, 1));

test("what a server declines keeps nothing else back, and is told by its name", () => {
  for (const at of [[0], [99], [42], [3, 4, 50]]) {
    const bad = at.map((index) => sets[index] as RRset);
    const stage = new Stage(bad);
    stage.want(sets);
    expect([stage.there.size, stage.writes < 20 * bad.length]).toEqual([100 - bad.length, true]);
    expect(stage.view).toBe(`refused: h${at[0]}.example.org.: A is not taken: it answers REFUSED`);
    expect(stage.sentences).toHaveLength(1);
    stage.want([a("h7", 2)]);
    expect(stage.there.get(ownerTypeKey(a("h7", 2)))).toEqual(a("h7", 2));
  }
});

test("it is tried again by each comparison, and taken when the server is willing", () => {
  const stage = new Stage([a("h9", 1)]);
  stage.want(sets);
  const before = stage.writes;
  stage.pass(10 * minuteMs);
  expect(stage.writes - before).toBeLessThanOrEqual(11);
  stage.declined.clear();
  stage.pass(2 * minuteMs);
  expect([stage.there.size, stage.view.split(":")[0]]).toEqual([100, "in-step"]);
  expect(stage.sentences.at(-1)).toContain("it is in step again");
});

test("a server that declines everything is left in peace, and gets everything soon after it is willing", () => {
  const stage = new Stage(sets);
  stage.want(sets);
  expect(stage.view).toBe("refused: it answers REFUSED");
  expect(stage.writes).toBeLessThan(20);
  stage.pass(60 * minuteMs);
  expect(stage.writes).toBeLessThan(200);
  expect(stage.sentences).toHaveLength(1);
  stage.declined.clear();
  stage.pass(3 * minuteMs);
  expect([stage.there.size, stage.view.split(":")[0]]).toEqual([100, "in-step"]);
});
