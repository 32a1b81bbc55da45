/**
 * A vantage point: it judges targets as the controller does, with the same steps, and decides nothing. What it is told
 * to look at comes from the controller; what it finds is asked for as words, each only when it has changed.
 */
import type { Prng } from "../base/prng.ts";
import type { Mono, Now } from "../base/time.ts";
import { confirmSoon, isConfirming, nextWake, runningProbes } from "../core/check-cycle.ts";
import type { Config, MemberConfig, Target, Verdict } from "../core/model.ts";
import type { WatcherWord } from "../core/vantage.ts";
import { applyConfig, type ControllerState, createState, livePast, type TargetState } from "./controller-state.ts";
import type { Effect } from "./effects.ts";
import { dropReferences } from "./guard-steps.ts";
import { Outbox } from "./outbox.ts";
import { takeTrip, takeVerdict, wakeTarget } from "./target-steps.ts";
import { nothingSaved } from "../ports/store.ts";

/** A watcher that could not look at a target for so many intervals, and this, says so. */
const blindIntervals = 3;
const blindSlackMs = 500;

export type WatcherEvent =
  | { readonly kind: "tick" }
  | { readonly kind: "verdict"; readonly targetId: string; readonly probe: number; readonly verdict: Verdict }
  | { readonly kind: "tripped"; readonly targetId: string }
  | { readonly kind: "assigned"; readonly targets: readonly Target[]; readonly references: readonly Target[] }
  | { readonly kind: "confirm"; readonly targetId: string };

export class Watcher {
  readonly #state: ControllerState;
  readonly #prng: Prng;
  /** What was said of each target last. */
  #said = new Map<string, string>();
  /** Ids that the controller has for what is probed here. */
  #idOf = new Map<TargetState, string>();
  #byId = new Map<string, TargetState>();

  constructor(start: { readonly config: Config; readonly now: Now; readonly prng: Prng }) {
    this.#state = createState(start.config, nothingSaved, start.now);
    this.#prng = start.prng;
  }

  nextWakeAt(): Mono {
    return this.#state.timers.nextAt;
  }

  /** Effects to carry out: probes to start and to cancel, targets to forget. */
  step(event: WatcherEvent, now: Now): readonly Effect[] {
    const out = new Outbox(this.#state, now);
    this.#take(event, out);
    return out.effects;
  }

  /** Words that have changed since the last call, or after `all` every one; and why it cannot judge, if so. */
  report(now: Now, all: boolean): { readonly words: readonly WatcherWord[]; readonly sick: string | null } {
    if (all) this.#said.clear();
    const words = [...this.#idOf].flatMap(([target, id]) => this.#wordOn(target, { id, now }) ?? []);
    return { words, sick: this.#sickness() };
  }

  /** The word on what was just probed, if it has changed. */
  reportOn(targetId: string, now: Now): { readonly words: readonly WatcherWord[]; readonly sick: string | null } {
    const target = this.#state.targets.get(targetId);
    const id = target === undefined ? undefined : this.#idOf.get(target);
    const word = target === undefined || id === undefined ? null : this.#wordOn(target, { id, now });
    return { words: word === null ? [] : [word], sick: this.#sickness() };
  }

  #sickness(): string | null {
    return this.#state.guard.sickSince === null ? null : "none of its own references answers";
  }

  #wordOn(target: TargetState, { id, now }: { id: string; now: Now }): WatcherWord | null {
    const { falls, fault, health, reason, since } = target.judgement;
    const suspected = health === "up" && falls > 0;
    const able = isAble(target, now);
    const word = { targetId: id, health, reason: reason.slice(0, 300), fault, since, suspected, able };
    const key = `${health} ${suspected} ${able} ${fault} ${reason}`;
    if (this.#said.get(id) === key) return null;
    this.#said.set(id, key);
    return word;
  }

  #take(event: WatcherEvent, out: Outbox): void {
    const state = this.#state;
    if (event.kind === "tick") {
      for (let slot = state.timers.takeDue(out.now.mono); slot !== null; slot = state.timers.takeDue(out.now.mono)) {
        const target = state.targetBySlot[slot];
        if (target !== undefined) wakeTarget(state, target, out);
      }
      return;
    }
    if (event.kind === "assigned") return this.#assign(event, out);
    if (event.kind === "confirm") {
      const asked = this.#byId.get(event.targetId);
      if (asked !== undefined) this.#confirm(asked, out);
      return;
    }
    const target = state.targets.get(event.targetId);
    if (target === undefined) return;
    if (event.kind === "verdict") takeVerdict(state, target, { ...event, out });
    else takeTrip(state, target, out);
  }

  #confirm(target: TargetState, out: Outbox): void {
    const { cycle, judgement } = target;
    if (judgement.health !== "up" || isConfirming(cycle)) return;
    confirmSoon(cycle, target.target.check, { now: out.now.mono, inMs: 0 });
    this.#state.timers.set(target.slot, nextWake(cycle));
  }

  /** What is looked at already goes on; the rest begins, or ends. */
  #assign(list: { targets: readonly Target[]; references: readonly Target[] }, out: Outbox): void {
    const state = this.#state;
    const members = list.targets.map(memberOf);
    const pools = [{ ...watched, members }];
    const config = { ...state.config, pools, references: list.references };
    for (const gone of applyConfig(state, config, { past: livePast(state, this.#prng), now: out.now })) {
      for (const number of runningProbes(gone.cycle)) out.push({ kind: "cancel", probe: number });
      out.push({ kind: "forget", targetId: gone.target.id });
    }
    for (const [slot, { cycle }] of state.targetBySlot.entries()) state.timers.set(slot, nextWake(cycle));
    dropReferences(state, out);
    const pool = state.pools.get(watched.name);
    this.#idOf = new Map(pool?.members.map(({ config: { id }, target }) => [target, id]));
    this.#byId = new Map([...this.#idOf].map(([target, id]) => [id, target]));
    this.#said.clear();
  }
}

/** It has looked lately, and nothing keeps it from judging. */
function isAble({ heldBack, judgedAt, target }: TargetState, now: Now): boolean {
  const { intervalMs, timeout } = target.check;
  const limitMs = timeout.kind === "fixed" ? timeout.ms : timeout.maxMs;
  return heldBack === null && now.mono - judgedAt <= intervalMs * blindIntervals + limitMs + blindSlackMs;
}

/** A pool that is never answered: it holds what is watched. */
const watched = {
  name: "watched",
  zone: "",
  policy: "round-robin",
  answersMax: null,
  lastResort: { kind: "none" },
  failback: { kind: "at-once" },
  record: { kind: "address" },
  canary: false,
  recoveryMs: null,
  aliases: [],
} as const;

function memberOf({ address, check, family, id }: Target): MemberConfig {
  return { id, pool: watched.name, label: address, address, family, target: null, weight: 1, priority: 1, check };
}
