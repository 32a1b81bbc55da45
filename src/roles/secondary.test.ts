import fc from "fast-check";
import { expect, test } from "vitest";
import { createPrng } from "../base/prng.ts";
import { mono, type Now, wall } from "../base/time.ts";
import { serialGreater } from "../dns/serial.ts";
import { Secondary } from "./secondary.ts";
import type { SecondaryEffect, SecondaryEvent, SoaNumbers, SoaOutcome } from "./secondary/events.ts";

const origin = "example.org";
const first = { address: "192.0.2.1", port: 53, key: null };
const second = { address: "192.0.2.2", port: 53, key: "k" };
const startWall = 1_800_000_000_000;

function soa(serial: number): SoaNumbers {
  return { serial, refreshSeconds: 3600, retrySeconds: 600, expireSeconds: 86_400 };
}

function seen(serial: number): SoaOutcome {
  return { kind: "soa", soa: soa(serial) };
}

const silence: SoaOutcome = { kind: "fault", fault: { kind: "silent", reason: "no answer within 2000 ms" } };
const refusal: SoaOutcome = { kind: "fault", fault: { kind: "refused", reason: "it answered REFUSED" } };

/** A machine with a clock, and what it wants done next. */
class Life {
  readonly machine = new Secondary(createPrng(7));
  ms = 0;
  effects: readonly SecondaryEffect[] = [];
  readonly told: string[] = [];

  get now(): Now {
    return { mono: mono(this.ms), wall: wall(startWall + this.ms) };
  }

  step(event: SecondaryEvent): void {
    this.effects = this.machine.step(event, this.now);
    for (const effect of this.effects) if (effect.kind === "tell") this.told.push(effect.sentence);
  }

  /** What is wanted, in short. */
  get wants(): string {
    return this.effects
      .filter(({ kind }) => kind !== "tell")
      .map((effect) => {
        if (effect.kind === "ask-soa") return `ask ${effect.primary.address}`;
        if (effect.kind === "transfer") return `transfer ${effect.primary.address} ${effect.from ?? "whole"}`;
        return effect.kind;
      })
      .join(", ");
  }

  get request(): number {
    const found = this.effects.findLast((effect) => effect.kind === "ask-soa" || effect.kind === "transfer");
    if (found === undefined) throw new Error("nothing is under way");
    return found.request;
  }

  follow(): void {
    this.step({ kind: "followed", origin, primaries: [first, second] });
  }

  soa(outcome: SoaOutcome): void {
    this.step({ kind: "soa-seen", origin, request: this.request, outcome });
  }

  taken(serial: number): void {
    this.step({ kind: "transferred", origin, request: this.request, outcome: { kind: "taken", soa: soa(serial) } });
  }

  broken(whole: boolean, reason = "it was cut off"): void {
    const fault = { kind: "false" as const, reason };
    this.step({ kind: "transferred", origin, request: this.request, outcome: { kind: "fault", whole, fault } });
  }

  notify(serial: number | null, from = "192.0.2.2"): void {
    this.step({ kind: "notified", origin, serial, from });
  }

  /** Waits until the machine wants to be woken. */
  wake(): void {
    this.ms = Math.max(this.ms, this.machine.nextWakeAt);
    this.step({ kind: "tick" });
  }

  get view(): ReturnType<Secondary["view"]>[number] {
    const [view] = this.machine.view();
    if (view === undefined) throw new Error("the zone is not followed");
    return view;
  }

  /** Holds a serial, all well. */
  static holding(serial: number): Life {
    const life = new Life();
    life.follow();
    life.step({ kind: "restored", origin, held: null });
    life.soa(seen(serial));
    life.taken(serial);
    life.ms += 1000;
    return life;
  }
}

test("a zone that is new is restored, then asked for, then taken whole", () => {
  const life = new Life();
  life.follow();
  expect(life.wants).toBe("restore");
  life.step({ kind: "restored", origin, held: null });
  expect(life.wants).toBe("ask 192.0.2.1");
  life.soa(seen(7));
  expect(life.wants).toBe("transfer 192.0.2.1 whole");
  expect(life.machine.isSettled(origin)).toBe(false);
  life.taken(7);
  expect(life.wants).toBe("confirmed");
  expect(life.view).toMatchObject({ state: "current", serial: 7, reason: null });
  expect(life.told).toEqual([]);
});

test("the next look comes after the zone's refresh time, shortened by a fifth at most", () => {
  const life = Life.holding(7);
  const wait = life.machine.nextWakeAt - (life.ms - 1000);
  expect(wait).toBeGreaterThanOrEqual(3600 * 800);
  expect(wait).toBeLessThanOrEqual(3600 * 1000);
  life.wake();
  expect(life.wants).toBe("ask 192.0.2.1");
  life.soa(seen(7));
  expect(life.wants).toBe("confirmed");
});

test("a newer serial brings differences, around the end of the 32 bits too", () => {
  const life = Life.holding(0xffffffff);
  life.notify(3);
  life.soa(seen(3));
  expect(life.wants).toBe("transfer 192.0.2.2 4294967295");
  life.taken(3);
  expect(life.view.serial).toBe(3);
});

test("NOTIFY asks its sender first; one about what is held costs nothing", () => {
  const life = Life.holding(7);
  for (const old of [7, 6, 1]) {
    life.notify(old);
    expect(life.wants).toBe("");
  }
  life.notify(null, "192.0.2.2");
  expect(life.wants).toBe("ask 192.0.2.2");
});

test("a storm of NOTIFY makes one round now and one after it", () => {
  const life = Life.holding(7);
  life.notify(8);
  life.soa(seen(8));
  const { request } = life;
  for (let serial = 9; serial < 1008; serial++) {
    life.notify(serial);
    expect(life.wants).toBe("");
  }
  life.step({ kind: "transferred", origin, request, outcome: { kind: "taken", soa: soa(8) } });
  expect(life.view.serial).toBe(8);
  life.wake();
  expect(life.wants).toBe("ask 192.0.2.2");
  life.soa(seen(1007));
  life.taken(1007);
  expect(life.machine.nextWakeAt).toBeGreaterThan(life.ms + 1_000_000);
});

test("when the sender of NOTIFY has nothing newer yet, the others are asked too", () => {
  const life = Life.holding(7);
  life.notify(8);
  life.soa(seen(7));
  expect(life.wants).toBe("ask 192.0.2.1");
  life.soa(seen(7));
  expect(life.wants).toBe("confirmed");
});

test("differences that are of no use are followed by the whole zone, once", () => {
  const life = Life.holding(7);
  life.notify(8, "192.0.2.1");
  life.soa(seen(8));
  life.broken(true);
  expect(life.wants).toBe("transfer 192.0.2.1 whole");
  life.broken(true);
  expect(life.wants).toBe("ask 192.0.2.2");
  life.soa(seen(8));
  expect(life.wants).toBe("transfer 192.0.2.2 7");
});

test("primaries that fail are told of once, tried again ever later, and told of when they are well", () => {
  const life = Life.holding(7);
  life.notify(8, "192.0.2.1");
  life.soa(silence);
  life.soa(refusal);
  expect(life.told).toEqual([
    "zone example.org cannot be refreshed: 192.0.2.1:53: no answer within 2000 ms; 192.0.2.2:53: it answered REFUSED; serial 7 is served on",
  ]);
  expect(life.view).toMatchObject({ state: "stale", serial: 7 });
  const waits: number[] = [];
  for (let round = 0; round < 12; round++) {
    const before = life.ms;
    life.wake();
    waits.push(life.ms - before);
    life.soa(silence);
    life.soa(refusal);
  }
  expect(life.told).toHaveLength(1);
  expect(waits[0]).toBeLessThanOrEqual(1000);
  expect(Math.max(...waits)).toBeLessThanOrEqual(600_000);
  expect(waits.at(-1)).toBeGreaterThanOrEqual(480_000);
  life.wake();
  life.soa(seen(7));
  expect(life.told.slice(1)).toEqual(["zone example.org is well again: 192.0.2.1:53 confirms serial 7"]);
  expect(life.view).toMatchObject({ state: "current", reason: null });
});

test("another fault is told anew", () => {
  const life = Life.holding(7);
  life.notify(null);
  life.soa(silence);
  life.soa(silence);
  life.wake();
  life.soa(refusal);
  life.soa(refusal);
  expect(life.told).toHaveLength(2);
});

test("a serial that went back is told and not followed, until a reload", () => {
  const life = Life.holding(7);
  life.notify(null, "192.0.2.1");
  life.soa(seen(5));
  life.soa(silence);
  expect(life.told[0]).toContain("192.0.2.1:53 went back from serial 7 to 5, which is taken at the next reload");
  life.wake();
  life.soa(seen(5));
  life.soa(silence);
  expect(life.wants).toBe("");
  expect(life.told).toHaveLength(1);
  life.ms += 1000;
  life.follow();
  life.soa(seen(5));
  life.soa(seen(4));
  expect(life.wants).toBe("transfer 192.0.2.1 whole");
  life.taken(5);
  expect(life.view).toMatchObject({ state: "current", serial: 5 });
  expect(life.told.at(-1)).toContain("well again");
});

test("a serial that went back does not matter while another primary has ours", () => {
  const life = Life.holding(7);
  life.follow();
  life.soa(seen(5));
  life.soa(seen(7));
  expect(life.wants).toBe("confirmed");
  expect(life.told).toEqual([]);
});

test("a zone that expires is marked and stays; then an older serial is taken", () => {
  const life = Life.holding(7);
  while (life.ms < 86_400_000 + 3_600_000) {
    life.wake();
    for (let asked = 0; asked < 2 && life.wants.startsWith("ask"); asked++) life.soa(silence);
  }
  expect(life.view).toMatchObject({ state: "expired", serial: 7 });
  const expired = life.told.filter((sentence) => sentence.includes("has expired"));
  expect(expired[0]).toContain("no primary has confirmed it for 24 h");
  expect(expired[0]).toContain("serial 7 is served on");
  life.wake();
  life.soa(seen(5));
  life.soa(silence);
  expect(life.wants).toBe("transfer 192.0.2.1 whole");
  life.taken(5);
  expect(life.view).toMatchObject({ state: "current", serial: 5 });
});

test("what was kept is served at a start; its age counts", () => {
  const life = new Life();
  life.follow();
  life.step({ kind: "restored", origin, held: { soa: soa(7), confirmedAt: wall(startWall - 86_500_000) } });
  expect(life.view.state).toBe("expired");
  expect(life.wants).toBe("ask 192.0.2.1");
  life.soa(seen(7));
  expect(life.view.state).toBe("current");
});

test("a copy from the future counts as fresh", () => {
  const life = new Life();
  life.follow();
  life.step({ kind: "restored", origin, held: { soa: soa(7), confirmedAt: wall(startWall + 1e9) } });
  expect(life.view.state).toBe("current");
});

test("a zone that nobody has ever given says so, and is settled", () => {
  const life = new Life();
  life.follow();
  life.step({ kind: "restored", origin, held: null });
  life.soa(silence);
  life.soa(silence);
  expect(life.told[0]).toMatch(/^zone example.org cannot be taken yet: .* it is not served until a primary gives it$/);
  expect(life.machine.isSettled(origin)).toBe(true);
  expect(life.view.state).toBe("waiting");
});

test("a zone that is forgotten wants nothing more", () => {
  const life = Life.holding(7);
  life.notify(8);
  const { request } = life;
  life.step({ kind: "forgotten", origin });
  life.step({ kind: "soa-seen", origin, request, outcome: seen(8) });
  expect(life.wants).toBe("");
  expect(life.machine.nextWakeAt).toBe(Number.POSITIVE_INFINITY);
});

const anyOutcome = fc.record({ serial: fc.integer({ min: 1, max: 12 }), fate: fc.constantFrom("soa", "dead", "cut") });

test("whatever primaries do, at most one request is under way, and the serial falls only when the zone has expired", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(anyOutcome, fc.constantFrom("notify", "tick", "answer")), { maxLength: 80 }),
      (steps) => {
        const life = Life.holding(6);
        let open: SecondaryEffect | null = null;
        for (const one of steps) {
          const before = life.view;
          if (one === "notify") life.notify(null);
          else if (one === "tick") life.wake();
          else if (one === "answer" || open === null) life.step({ kind: "tick" });
          else if (open.kind === "ask-soa") {
            const outcome = one.fate === "soa" ? seen(one.serial) : silence;
            life.step({ kind: "soa-seen", origin, request: open.request, outcome });
            open = null;
          } else if (open.kind === "transfer") {
            const fault = { kind: "silent" as const, reason: "cut" };
            const outcome =
              one.fate === "soa"
                ? { kind: "taken" as const, soa: soa(open.promised) }
                : { kind: "fault" as const, whole: one.fate === "cut", fault };
            life.step({ kind: "transferred", origin, request: open.request, outcome });
            open = null;
          }
          const asked = life.effects.filter(({ kind }) => kind === "ask-soa" || kind === "transfer");
          expect(asked.length + (open === null ? 0 : 1)).toBeLessThanOrEqual(1);
          open = asked[0] ?? open;
          const [was, is] = [before.serial ?? 0, life.view.serial ?? 0];
          expect(is === was || serialGreater(is, was) || before.state === "expired").toBe(true);
        }
      },
    ),
  );
});
