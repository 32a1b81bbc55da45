/**
 * One simulated nameserver with RFC 2136's prerequisites, and controllers that write to it over a network which loses,
 * doubles and delays. What must hold whatever happens: an older plan is never applied after a newer one without being
 * noticed and mended, nothing is lost, and when the faults stop everything is in step.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Agenda } from "../../sim/agenda.ts";
import { createPrng, type Prng } from "../base/prng.ts";
import { mono, type Now, wall } from "../base/time.ts";
import { ownerTypeKey, textName } from "../dns/name.ts";
import { rrType } from "../dns/rr-types.ts";
import type { RRset, SetKey } from "../dns/types.ts";
import { nothingAt, sameContent, sameData } from "./managed-sets.ts";
import { UpdateOutlet } from "./update-outlet.ts";
import type { FoundSet, SetChange, UpdateOutletEffect, UpdateOutletEvent } from "./update-outlet-effects.ts";

const names = ["a", "b", "c"] as const;
const timeoutMs = 2000;
/** A request or an answer is held up by so much at most. */
const delayMsMax = 180_000;
const calmMs = 600_000;

/** A value that says which plan it is from; no number: nothing. */
function plan(name: string, number: number | null): RRset {
  const owner = textName(`${name}.example.org`);
  const rdata = number === null ? [] : [Uint8Array.of(10, number >>> 16, (number >>> 8) & 255, number & 255)];
  return { owner, type: rrType.A, ttlSeconds: number === null ? 0 : 60, rdata };
}

function planNumber(set: RRset): number | null {
  const [first] = set.rdata;
  return first === undefined ? null : ((first[1] ?? 0) << 16) | ((first[2] ?? 0) << 8) | (first[3] ?? 0);
}

class SimServer {
  readonly sets = new Map<string, RRset>();
  /** Each plan in the order in which it came to be served, by name. */
  readonly applied = new Map<string, (number | null)[]>();
  /** `null`: up. */
  down: "unreachable" | "refusing" | null = null;

  get(key: SetKey): RRset {
    return this.sets.get(ownerTypeKey(key)) ?? nothingAt(key);
  }

  /** All or nothing (RFC 2136, 3.2 and 3.4). */
  write(changes: readonly SetChange[]): boolean {
    if (!changes.every(({ before }) => sameData(this.get(before), before))) return false;
    for (const { after } of changes) this.put(after);
    return true;
  }

  put(set: RRset): void {
    const key = ownerTypeKey(set);
    this.sets.set(key, set);
    this.applied.set(key, [...(this.applied.get(key) ?? []), planNumber(set)]);
  }
}

interface Network {
  /** Shares from 0 to 1. */
  readonly lost: number;
  readonly doubled: number;
  readonly late: number;
}

const calm: Network = { lost: 0, doubled: 0, late: 0 };

interface World {
  readonly agenda: Agenda;
  readonly server: SimServer;
  readonly prng: Prng;
  network: Network;
}

type Outcome = Extract<UpdateOutletEvent, { request: number }>;

/** A controller: the machine, and what a network makes of its requests. */
class Writer {
  readonly sentences: string[] = [];
  readonly wanted = new Map<string, RRset>();
  readonly #world: World;
  readonly #machine: UpdateOutlet;
  #alive = true;
  #serial = 0;
  #cancelWake: (() => void) | null = null;
  readonly #waiting = new Set<number>();

  constructor(world: World, name: string) {
    this.#world = world;
    const start = { zone: "example.org", name, now: this.#now, prng: createPrng(world.prng.int(1000)) };
    this.#machine = new UpdateOutlet(start);
  }

  get state(): string {
    return this.#machine.view.state;
  }

  get #now(): Now {
    const { now } = this.#world.agenda;
    return { mono: mono(now), wall: wall(1_700_000_000_000 + now) };
  }

  want(sets: readonly RRset[]): void {
    this.#serial += 1;
    for (const set of sets) this.wanted.set(ownerTypeKey(set), set);
    const changed = this.#serial === 1 ? null : sets;
    const zone = { origin: textName("example.org"), serial: this.#serial, sets: this.wanted, changed };
    this.step({ kind: "wanted", zone });
  }

  /** It stops to think: nothing more is decided. What it has sent goes on its way. */
  stop(): void {
    this.#alive = false;
    this.#cancelWake?.();
  }

  resume(): void {
    this.#alive = true;
    for (const request of this.#waiting) this.step({ kind: "failed", request, cause: "lost", reason: "it slept" });
    this.step({ kind: "tick" });
  }

  step(event: UpdateOutletEvent): void {
    if (!this.#alive) return;
    for (const effect of this.#machine.step(event, this.#now)) this.#perform(effect);
    this.#cancelWake?.();
    const wait = Math.max(1, this.#machine.nextWakeAt - this.#world.agenda.now);
    if (Number.isFinite(wait)) this.#cancelWake = this.#world.agenda.after(wait, () => this.step({ kind: "tick" }));
  }

  #perform(effect: UpdateOutletEffect): void {
    if (effect.kind === "tell") return void this.sentences.push(effect.sentence);
    const { agenda, network, prng, server } = this.#world;
    const { request } = effect;
    this.#waiting.add(request);
    const failed = (cause: "lost" | "unreachable" | "refused"): void =>
      this.#answer({ kind: "failed", request, cause, reason: cause });
    if (server.down === "unreachable") return void agenda.after(1, () => failed("unreachable"));
    agenda.after(timeoutMs, () => failed("lost"));
    const copies = prng.next() < network.lost ? 0 : prng.next() < network.doubled ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      agenda.after(this.#delayMs(), () => {
        const event = this.#serve(effect);
        if (prng.next() >= network.lost) agenda.after(this.#delayMs(), () => this.#answer(event));
      });
    }
  }

  #delayMs(): number {
    const { network, prng } = this.#world;
    return prng.next() < network.late ? prng.next() * delayMsMax : 1 + prng.next() * 5;
  }

  #serve(effect: Exclude<UpdateOutletEffect, { kind: "tell" }>): Outcome {
    const { server } = this.#world;
    const { request } = effect;
    if (server.down !== null) return { kind: "failed", request, cause: "refused", reason: "it answers SERVFAIL" };
    if (effect.kind === "ask") {
      const sets = effect.sets.map((key): FoundSet => ({ kind: "set", set: server.get(key) }));
      return { kind: "found", request, sets };
    }
    if (server.write(effect.changes)) return { kind: "written", request };
    return { kind: "failed", request, cause: "stale", reason: "a prerequisite" };
  }

  /** The first thing that comes of a request is its outcome. */
  #answer(event: Outcome): void {
    if (!this.#alive || !this.#waiting.delete(event.request)) return;
    this.step(event);
  }
}

function createWorld(seed: number, network: Network): World {
  return { agenda: new Agenda(), server: new SimServer(), prng: createPrng(seed), network };
}

function pass(world: World, ms: number): void {
  world.agenda.runUntil(mono(world.agenda.now + ms));
}

/** The faults stop, late requests arrive, and everything that is wanted is there. */
function expectInStep(world: World, writer: Writer): void {
  world.network = calm;
  world.server.down = null;
  pass(world, calmMs);
  for (const set of writer.wanted.values()) expect(sameContent(world.server.get(set), set)).toBe(true);
  expect(writer.state).toBe("in-step");
  expect(world.server.get(foreign)).toBe(foreign);
}

const foreign = plan("foreign", 1);

const faults = fc.record({
  lost: fc.constantFrom(0, 0.1, 0.5),
  doubled: fc.constantFrom(0, 0.3),
  late: fc.constantFrom(0, 0.1, 0.5),
});
const downs = fc.constantFrom(null, null, null, "unreachable", "refusing");
const steps = fc.array(
  fc.record({ waitMs: fc.constantFrom(0, 3, 500, 5000, 70_000), touched: fc.nat(7), down: downs }),
  {
    minLength: 1,
    maxLength: 12,
  },
);

/** The names that a step touches: a bit each, the first when there is none. */
function touchedBy(bits: number): readonly string[] {
  const touched = names.filter((_, at) => ((bits >>> at) & 1) === 1);
  return touched.length === 0 ? [names[0]] : touched;
}

function expectRising(server: SimServer): void {
  for (const [key, plans] of server.applied) {
    const numbers = plans.map((number) => number ?? -1);
    expect([key, numbers]).toEqual([key, [...new Set(numbers)].sort((a, b) => a - b)]);
  }
}

test("one controller, any faults: no plan is served after a newer one, nothing is lost, all ends in step", () => {
  fc.assert(
    fc.property(fc.nat(), faults, steps, (seed, network, life) => {
      const world = createWorld(seed, network);
      world.server.sets.set(ownerTypeKey(foreign), foreign);
      const writer = new Writer(world, "one");
      life.forEach(({ down, touched, waitMs }, at) => {
        world.server.down = down;
        writer.want(touchedBy(touched).map((name) => plan(name, at + 1)));
        pass(world, waitMs);
      });
      expectRising(world.server);
      expectInStep(world, writer);
      expectRising(world.server);
      expect(writer.sentences.filter((sentence) => sentence.includes("though muster knew"))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test("P4 an old controller's requests, however late, never put an older plan over a newer one", () => {
  fc.assert(
    fc.property(fc.nat(), faults, steps, steps, (seed, network, before, after) => {
      const world = createWorld(seed, network);
      world.server.sets.set(ownerTypeKey(foreign), foreign);
      const old = new Writer(world, "old");
      before.forEach(({ touched, waitMs }, at) => {
        old.want(touchedBy(touched).map((name) => plan(name, at + 1)));
        pass(world, waitMs);
      });
      old.stop();
      const next = new Writer(world, "new");
      next.want(names.map((name) => plan(name, 1000)));
      after.forEach(({ down, touched, waitMs }, at) => {
        world.server.down = down;
        next.want(touchedBy(touched).map((name) => plan(name, 1001 + at)));
        pass(world, waitMs);
      });
      expectInStep(world, next);
      expectRising(world.server);
    }),
    { numRuns: 300 },
  );
});

test("two controllers that both live, and values that return: what the old one wrote is mended when it is gone", () => {
  fc.assert(
    fc.property(fc.nat(), faults, steps, (seed, network, life) => {
      const world = createWorld(seed, network);
      world.server.sets.set(ownerTypeKey(foreign), foreign);
      const value = (): number | null => world.prng.int(3) || null;
      const old = new Writer(world, "old");
      const next = new Writer(world, "new");
      old.want(names.map((name) => plan(name, 1)));
      next.want(names.map((name) => plan(name, 2)));
      life.forEach(({ down, touched, waitMs }, at) => {
        world.server.down = down;
        if (at % 3 === 1) old.stop();
        if (at % 3 === 2) old.resume();
        for (const writer of at % 2 === 0 ? [next, old] : [next]) {
          writer.want(touchedBy(touched).map((name) => plan(name, value())));
        }
        pass(world, waitMs);
      });
      old.stop();
      expectInStep(world, next);
    }),
    { numRuns: 300 },
  );
});

test("P4 a late plan that fits because a value came back is noticed, told and mended", () => {
  const world = createWorld(1, calm);
  world.server.sets.set(ownerTypeKey(foreign), foreign);
  world.server.put(plan("a", 1));
  const next = new Writer(world, "new");
  next.want([plan("a", 2)]);
  pass(world, 100);
  next.want([plan("a", 1)]);
  pass(world, 100);
  expect(world.server.write([{ before: plan("a", 1), after: plan("a", 7) }])).toBe(true);
  pass(world, 2500);
  expect(world.server.applied.get(ownerTypeKey(plan("a", 1)))).toEqual([1, 2, 1, 7, 1]);
  expect(next.sentences.join()).toContain("a.example.org. A is 10.0.0.7 (TTL 60) there");
  expectInStep(world, next);
});
