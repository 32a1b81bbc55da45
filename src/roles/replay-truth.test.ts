/**
 * A replay against what really happened: the controller lives through faults that a seed made up, the recorder listens,
 * and the record is played with the same configuration. Outages are long enough for every probe to fall into them, so
 * both must count the same.
 */
import { expect, test } from "vitest";
import { Agenda } from "../base/agenda.ts";
import { createPrng, type Prng } from "../base/prng.ts";
import { mono, type Now, wall } from "../base/time.ts";
import { fixtureCheck, fixtureConfig, fixtureMember, fixturePool } from "../core/fixtures.ts";
import type { CheckConfig, Config, HistoryEvent, ProbeConfig, Verdict } from "../core/model.ts";
import type { Recorded, RecordedPace, RecordedRun } from "../core/recording.ts";
import type { ReplayColumn } from "../core/replay.ts";
import { makeTarget } from "../core/target.ts";
import { nothingSaved } from "../ports/store.ts";
import { Controller } from "./controller.ts";
import type { ControllerEvent, Effect } from "./effects.ts";
import { Recorder } from "./recorder.ts";
import { replayRecord } from "./replay.ts";

const startAt = wall(1_900_000_000_000);
const endMs = 900_000;
const addresses = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];
const probe: ProbeConfig = { kind: "exec", command: ["a page"], port: null, warning: "up", environment: [] };

/** A server that hangs answers when it goes on; one that is ended instead drops who waits. */
interface Spell {
  readonly from: number;
  readonly to: number;
  readonly way: "refuses" | "resets" | "hangs" | "own fault";
  readonly isLast: boolean;
}

type Truth = ReadonlyMap<string, readonly Spell[]>;

function makeTruth(prng: Prng, leastMs: number): Truth {
  const ways = ["refuses", "resets", "hangs", "hangs", "own fault"] as const;
  const spells = addresses.map((address) => {
    const found: Spell[] = [];
    for (let ms = 20_000 + prng.int(90_000); ms < endMs - 150_000; ms += 30_000 + prng.int(60_000)) {
      const count = 1 + prng.int(3);
      for (let i = 0; i < count; i += 1) {
        const to = ms + leastMs + prng.int(15_000);
        found.push({ from: ms, to, way: ways[prng.int(ways.length)] ?? "hangs", isLast: i === count - 1 });
        ms = to;
      }
    }
    return [address, found] as const;
  });
  return new Map(spells);
}

class Life {
  readonly events: HistoryEvent[] = [];
  readonly runs = new Map<string, RecordedRun>();
  readonly paces: RecordedPace[] = [];
  readonly #agenda = new Agenda();
  readonly #recorder = new Recorder();
  readonly #cancels = new Map<number, () => void>();
  readonly #controller: Controller;
  readonly #truth: Truth;
  readonly #prng: Prng;
  #ms = 0;

  constructor(config: Config, truth: Truth, prng: Prng) {
    this.#truth = truth;
    this.#prng = prng;
    this.#controller = new Controller({ config, saved: nothingSaved, now: this.#now, prng });
  }

  get #now(): Now {
    return { mono: mono(this.#ms), wall: wall(startAt + this.#ms) };
  }

  run(): void {
    this.#take(this.#controller.start(nothingSaved, this.#now));
    for (let flushAt = 0; this.#ms < endMs; ) {
      this.#ms = Math.max(this.#ms, Math.min(this.#controller.nextWakeAt(this.#now), this.#agenda.nextAt, flushAt));
      if (this.#ms >= flushAt) {
        this.#flush();
        flushAt += 10_000;
      }
      this.#agenda.runUntil(this.#now.mono);
      if (this.#controller.nextWakeAt(this.#now) <= this.#ms) this.#step({ kind: "tick" });
    }
    this.#flush();
  }

  #flush(): void {
    const { paces, runs } = this.#recorder.take(this.#now.wall);
    for (const run of runs) this.runs.set(`${run.target} ${run.from}`, run);
    this.paces.push(...paces);
  }

  #step(event: ControllerEvent): void {
    this.#take(this.#controller.step(event, this.#now));
  }

  #take(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === "probe") this.#probe(effect);
      if (effect.kind === "cancel") this.#cancels.get(effect.probe)?.();
      if (effect.kind === "tell") this.events.push(effect.event);
      if (effect.kind === "load-zone") this.#step({ kind: "zone-loaded", origin: effect.origin, serial: 1 });
      if (effect.kind !== "open-zone") continue;
      this.#step({ kind: "zone-opened", origin: effect.origin, proposed: effect.serial, serial: effect.serial });
    }
  }

  #probe({ probe: number, target, timeoutMs }: Extract<Effect, { kind: "probe" }>): void {
    const verdict = this.#find(target.address, timeoutMs);
    const cancel = this.#agenda.after(this.#ms + verdict.tookMs - this.#agenda.now, () => {
      this.#recorder.note(target, verdict, { endedAt: this.#now.wall, timeoutMs });
      this.#step({ kind: "verdict", targetId: target.id, probe: number, verdict });
    });
    this.#cancels.set(number, cancel);
  }

  #find(address: string, timeoutMs: number): Verdict {
    const spells = this.#truth.get(address) ?? [];
    const spell = spells.find(({ from, to }) => this.#ms >= from && this.#ms < to);
    const tookMs = 1 + this.#prng.int(5);
    if (spell === undefined) return { kind: "up", tookMs, detail: "answers" };
    if (spell.way === "own fault") return { kind: "unknown", tookMs, reason: "no route from here" };
    if (spell.way !== "hangs") return { kind: "down", tookMs, reason: `it ${spell.way}` };
    const waitMs = spell.to - this.#ms;
    if (waitMs >= timeoutMs) return { kind: "down", tookMs: timeoutMs, reason: `no answer within ${timeoutMs} ms` };
    if (spell.isLast) return { kind: "up", tookMs: waitMs, detail: "answers" };
    return { kind: "down", tookMs: waitMs, reason: "the connection was dropped" };
  }
}

function configOf(prng: Prng): Config {
  const check: Partial<CheckConfig> = {
    probe,
    intervalMs: [500, 1000, 3000][prng.int(3)] ?? 1000,
    rise: 1 + prng.int(3),
    fall: 1 + prng.int(4),
    timeout: prng.int(2) === 0 ? { kind: "fixed", ms: 500 } : { kind: "auto", minMs: 600, maxMs: 5000 },
  };
  return fixtureConfig([
    fixturePool(addresses.map((address) => fixtureMember(address, { check: fixtureCheck(check) }))),
  ]);
}

function recordedOf(life: Life, config: Config): Recorded {
  const members = config.pools.flatMap((pool) => pool.members);
  return {
    streams: members.map((member) => {
      const { address, check } = member;
      return { target: makeTarget(member).id, key: "a page", address, intervalMs: check.intervalMs };
    }),
    runs: [...life.runs.values()].toSorted((a, b) => a.from - b.from),
    paces: life.paces,
    ages: [],
    words: [],
    vantages: [],
    lives: [{ from: startAt, to: wall(startAt + endMs) }],
    configs: [],
  };
}

function counted(column: ReplayColumn | undefined): Partial<ReplayColumn> {
  const { failovers, falseAlarms, missed, removals } = column ?? {};
  return { failovers, removals, falseAlarms, missed } as Partial<ReplayColumn>;
}

test("what is replayed with the configuration that ran comes out as it happened", () => {
  for (let seed = 1; seed <= 16; seed += 1) {
    const prng = createPrng(seed);
    const config = configOf(prng);
    const life = new Life(config, makeTruth(prng, 12_000), prng);
    life.run();
    const report = replayRecord({
      from: startAt,
      to: wall(startAt + endMs),
      outageMs: 2000,
      recorded: recordedOf(life, config),
      running: config,
      ran: [],
      others: [],
      events: life.events.filter(({ kind }) => kind === "health" || kind === "answer"),
      answersAfter: {},
      notes: [],
      stepsMax: 5_000_000,
    });
    const [happened, played] = report.columns.map(counted);
    expect(happened, `seed ${seed}`).toMatchObject({ falseAlarms: 0, missed: 0 });
    expect(played, `seed ${seed}`).toEqual(happened);
  }
});
