/**
 * Plays what was recorded against a configuration: the real controller over simulated time, whose probes find what probes
 * found then. Time in which muster did not run does not exist, and calm time is skipped (`skip-calm`), so that a week
 * takes about as long as its faults.
 */
import { assert } from "../base/assert.ts";
import { Agenda } from "../base/agenda.ts";
import { createPrng } from "../base/prng.ts";
import { mono, type Now, type Wall, wall } from "../base/time.ts";
import type { Config, HistoryEvent, Target } from "../core/model.ts";
import type { RecordedLife, RecordedVantage, RecordedWord } from "../core/recording.ts";
import { type Finding, Look, type Timeline } from "../core/timeline.ts";
import { Controller } from "./controller.ts";
import type { TargetState } from "./controller-state.ts";
import type { ControllerEvent, Effect } from "./effects.ts";
import { addressesOf } from "./pool-steps.ts";
import { PlayVantages, wordsFrom } from "./play-vantages.ts";
import { calmUntil, skipCalm } from "./skip-calm.ts";
import { nothingSaved } from "../ports/store.ts";

export interface PlayTerms {
  /** In the order of time; the first is in force from the beginning. */
  readonly configs: readonly { readonly at: Wall; readonly config: Config }[];
  /** What is known of a target; null: it was never recorded, and is taken to be well. */
  readonly timelineOf: (target: Target) => Timeline | null;
  readonly lives: readonly RecordedLife[];
  /** When each watcher was heard. */
  readonly vantages: readonly RecordedVantage[];
  /** Steps that are played at most, over everything. */
  readonly stepsMax: number;
  /** False: calm time is played like any other. */
  readonly skips: boolean;
}

export interface Played {
  readonly events: readonly HistoryEvent[];
  readonly guessed: number;
  readonly steps: number;
  /** Until when it was played, if the steps ran out. */
  readonly cutAt: Wall | null;
  /** Probes that had run into a timeout shorter than this configuration's. */
  readonly givenUp: number;
}

/** The clock jumps to so long before the next thing that happens. */
const leadMs = 1_000;
/** And only over calm times that are longer than this. */
const jumpMsMin = 3_000;
/** How often it is asked whether all is calm. */
const lookMs = 500;

interface Known {
  readonly look: Look;
  /** One of the bad probes in a row was guessed. */
  guessed: boolean;
}

export function playRecord(terms: PlayTerms): Played {
  return new Play(terms).run();
}

class Play {
  readonly #terms: PlayTerms;
  readonly #agenda = new Agenda();
  readonly #plans = new Agenda();
  readonly #startedAt: Wall;
  readonly #known = new Map<string, Known | null>();
  readonly #events: HistoryEvent[] = [];
  readonly #cancels = new Map<number, () => void>();
  /** What each pool answers, whole. */
  readonly #answers = new Map<string, string | null>();
  readonly #vantages: PlayVantages;
  #controller: Controller;
  #ms = 0;
  #steps = 0;
  #guessed = 0;
  #givenUp = 0;
  #lookedAt = 0;
  /** Moments at which something happens to some target. */
  #edges: readonly number[] = [];
  /** A probe meets a short fault so long after it at most. */
  #settleMs = 0;

  constructor(terms: PlayTerms) {
    this.#terms = terms;
    const [first, ...rest] = terms.configs;
    assert(first !== undefined, "a replay has a configuration");
    this.#startedAt = terms.lives[0]?.from ?? wall(0);
    this.#vantages = new PlayVantages(terms.vantages);
    this.#controller = new Controller({
      config: first.config,
      saved: nothingSaved,
      now: this.#now,
      prng: createPrng(1),
    });
    for (const { at, config } of rest) {
      if (at <= this.#startedAt) continue;
      this.#plans.after(at - this.#startedAt, () => this.#configure(config));
    }
  }

  run(): Played {
    this.#take(this.#controller.start(nothingSaved, this.#now));
    this.#findEdges();
    let cutAt: Wall | null = null;
    for (const { from, to } of this.#terms.lives) {
      this.#ms = Math.max(this.#ms, from - this.#startedAt);
      if (!this.#playUntil(to - this.#startedAt)) {
        cutAt = this.#now.wall;
        break;
      }
    }
    return { events: this.#events, guessed: this.#guessed, steps: this.#steps, cutAt, givenUp: this.#givenUp };
  }

  get #now(): Now {
    return { mono: mono(this.#ms), wall: wall(this.#startedAt + this.#ms) };
  }

  /** False: the steps ran out. */
  #playUntil(endMs: number): boolean {
    while (this.#ms < endMs) {
      if (this.#steps > this.#terms.stepsMax) return false;
      if (this.#terms.skips) this.#skip(endMs);
      const at = Math.min(this.#controller.nextWakeAt(this.#now), this.#agenda.nextAt, this.#plans.nextAt, endMs);
      this.#ms = Math.max(this.#ms, at);
      if (this.#ms >= endMs) return true;
      this.#plans.runUntil(this.#now.mono);
      this.#agenda.runUntil(this.#now.mono);
      if (this.#controller.nextWakeAt(this.#now) <= this.#ms) this.#step({ kind: "tick" });
    }
    return true;
  }

  #skip(endMs: number): void {
    if (this.#ms - this.#lookedAt < lookMs) return;
    this.#lookedAt = this.#ms;
    const { edge, last } = this.#edgesAround();
    if (this.#ms - last < this.#settleMs) return;
    const soonest = Math.min(edge, this.#plans.nextAt, endMs);
    if (soonest - this.#ms < jumpMsMin) return;
    const until = calmUntil(this.#controller.state, this.#now, (target) => this.#isGood(target));
    if (until === null) return;
    const at = Math.min(soonest - leadMs, until - 1);
    if (at - this.#ms < jumpMsMin - leadMs) return;
    // Probes that run find what is so now, and will be so until then.
    this.#agenda.runUntil(mono(Number.MAX_SAFE_INTEGER));
    this.#agenda.now = this.#now.mono;
    if (calmUntil(this.#controller.state, this.#now, (target) => this.#isGood(target)) === null) return;
    this.#ms = at;
    this.#agenda.now = this.#now.mono;
    skipCalm(this.#controller.state, this.#now.mono);
    for (const known of this.#known.values()) known?.look.skipTo(this.#now.wall);
  }

  #isGood({ target }: TargetState): boolean {
    const known = this.#knownOf(target);
    return known === null || known.look.isGood(this.#now.wall);
  }

  #knownOf(target: Target): Known | null {
    const known = this.#known.get(target.id);
    if (known !== undefined) return known;
    const timeline = this.#terms.timelineOf(target);
    const fresh = timeline === null ? null : { look: new Look(timeline, this.#now.wall), guessed: false };
    this.#known.set(target.id, fresh);
    return fresh;
  }

  #edgesAround(): { readonly last: number; readonly edge: number } {
    let low = 0;
    let high = this.#edges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#edges[middle] ?? 0) <= this.#ms) low = middle + 1;
      else high = middle;
    }
    const last = this.#edges[low - 1] ?? Number.NEGATIVE_INFINITY;
    return { last, edge: this.#edges[low] ?? Number.POSITIVE_INFINITY };
  }

  /** Also plans what trips told, which makes probes come early. */
  #findEdges(): void {
    const edges: number[] = [];
    for (const { target } of this.#controller.state.targetBySlot) {
      const known = this.#knownOf(target);
      if (known === null) continue;
      this.#settleMs = Math.max(this.#settleMs, known.look.timeline.stream.intervalMs, target.check.intervalMs);
      for (const { from, run, to } of known.look.timeline.spans) {
        edges.push(from - this.#startedAt, to - this.#startedAt);
        const { trippedAt } = run;
        if (trippedAt === null || trippedAt < this.#startedAt || !target.check.tripwire) continue;
        // The trip of the record came just before the first bad probe; here it must not come too early to find it.
        const at = Math.max(trippedAt, from) - this.#startedAt;
        if (at < this.#ms) continue;
        const reason = "an idle connection closed";
        this.#plans.after(at - this.#plans.now, () => this.#step({ kind: "tripped", targetId: target.id, reason }));
      }
      for (const { at } of known.look.timeline.ages) edges.push(at - this.#startedAt);
      for (const word of known.look.timeline.words) edges.push(word.at - this.#startedAt);
      this.#planWords(target, known.look.timeline.words);
      const slowMs = slowMsOf(target);
      for (const { maxAt, maxMs } of known.look.timeline.paces)
        if (maxMs >= slowMs) edges.push(maxAt - this.#startedAt);
    }
    for (const { from, to } of this.#terms.vantages) edges.push(from - this.#startedAt, to - this.#startedAt);
    this.#edges = edges.toSorted((a, b) => a - b);
  }

  #planWords({ id }: Target, words: readonly RecordedWord[]): void {
    for (const word of wordsFrom(words, this.#now.wall)) {
      const at = Math.max(this.#ms, word.at - this.#startedAt);
      this.#plans.after(at - this.#plans.now, () => this.#say(id, word));
    }
  }

  #say(targetId: string, word: RecordedWord): void {
    if (!this.#controller.state.targets.has(targetId)) return;
    this.#step({ kind: "watcher-reported", report: this.#vantages.reportOf(word, targetId, this.#now) });
  }

  #configure(config: Config): void {
    this.#step({ kind: "configured", config, sentences: [] });
    this.#findEdges();
  }

  #step(event: ControllerEvent): void {
    this.#steps += 1;
    for (const report of this.#vantages.hear(this.#controller.state, this.#now))
      this.#take(this.#controller.step({ kind: "watcher-reported", report }, this.#now));
    this.#take(this.#controller.step(event, this.#now));
  }

  #take(effects: readonly Effect[]): void {
    for (const effect of effects) this.#perform(effect);
  }

  /** Nobody outside is told of anything, and nothing is kept. */
  #perform(effect: Effect): void {
    if (effect.kind === "probe") return this.#probe(effect);
    if (effect.kind === "cancel") {
      this.#cancels.get(effect.probe)?.();
      this.#cancels.delete(effect.probe);
    }
    if (effect.kind === "tell") this.#tell(effect.event);
    if (effect.kind === "load-zone") this.#step({ kind: "zone-loaded", origin: effect.origin, serial: 1 });
    if (effect.kind === "open-zone") {
      const { origin, serial } = effect;
      this.#step({ kind: "zone-opened", origin, proposed: serial, serial });
    }
  }

  #probe({ probe, target, timeoutMs }: Extract<Effect, { kind: "probe" }>): void {
    const known = this.#knownOf(target);
    const { wall: at } = this.#now;
    const found = known?.look.find(at, timeoutMs);
    const verdict = found?.verdict ?? { kind: "up", tookMs: 1, detail: "answers" };
    if (known !== null && found !== undefined) this.#weigh(known, found, timeoutMs);
    const cancel = this.#agenda.after(this.#ms + verdict.tookMs - this.#agenda.now, () => {
      this.#cancels.delete(probe);
      this.#step({ kind: "verdict", targetId: target.id, probe, verdict });
    });
    this.#cancels.set(probe, cancel);
  }

  #weigh(known: Known, { guessed, run, verdict }: Finding, timeoutMs: number): void {
    if (verdict.kind !== "down") {
      known.guessed = false;
      return;
    }
    known.guessed ||= guessed;
    if (run?.late === true && run.tookMsMax < timeoutMs) this.#givenUp += 1;
  }

  #tell(event: HistoryEvent): void {
    this.#events.push(event.kind === "answer" ? this.#whole(event) : event);
    if (event.kind !== "health" || event.from !== "up" || event.to !== "down") return;
    if (this.#known.get(event.subject)?.guessed === true) this.#guessed += 1;
  }

  /** The story names only the first of many members. */
  #whole(event: HistoryEvent): HistoryEvent {
    const decision = this.#controller.state.pools.get(event.subject)?.decision ?? null;
    const to = decision === null ? event.to : addressesOf(decision).join(", ");
    const from = event.from === null ? null : (this.#answers.get(event.subject) ?? event.from);
    this.#answers.set(event.subject, to);
    return { ...event, from, to };
  }
}

/** Slower than this an answer may change what is thought of the target. */
function slowMsOf({ check }: Target): number {
  const { timeout } = check;
  return timeout.kind === "fixed" ? timeout.ms : timeout.minMs;
}
