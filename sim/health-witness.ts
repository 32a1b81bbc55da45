/**
 * Who may leave and who may return, judged from outside with counters of its own: by verdicts and `rise` and `fall`, by
 * the references that must have answered, by the brake's share, and where several vantage points judge, by their votes.
 */
import { type Mono, mono } from "../src/base/time.ts";
import type { CheckConfig, Config, HistoryEvent, PoolConfig } from "../src/core/model.ts";
import { makeTarget } from "../src/core/target.ts";
import { isProbeForWatchers, type WatcherReport, type WatcherWord } from "../src/core/vantage.ts";
import type { SavedState } from "../src/ports/store.ts";
import type { ControllerEvent } from "../src/roles/effects.ts";
import type { Host } from "./host.ts";
import { BrokenPromise } from "./zone-witness.ts";
import { runningProbes } from "../src/core/check-cycle.ts";

export type Believed = "unproven" | "up" | "down";

/** What the controller's own verdicts say of a target. */
interface Belief {
  health: Believed;
  good: number;
  bad: number;
  /** When the present row of bad verdicts began. */
  badSince: Mono;
  /** A verdict of this life agrees with it. */
  proven: boolean;
  /** The last verdict would have made it down, and no reference had answered since it began to fail. */
  cutOff: boolean;
}

interface Heard {
  at: Mono;
  sick: boolean;
  readonly words: Map<string, WatcherWord>;
}

const longAgo = mono(Number.NEGATIVE_INFINITY);

export class HealthPromises {
  readonly #beliefs = new Map<string, Belief>();
  /** What was told of each target last. */
  readonly #told = new Map<string, Believed>();
  readonly #heard = new Map<string, Heard>();
  /** Departures, oldest first; without an id when the target has left the configuration since. */
  #falls: { readonly targetId: string; readonly at: Mono }[] = [];
  #releasedAt: Mono = longAgo;
  #referenceAt: Mono = longAgo;
  /** Whose verdict the running step takes. */
  #judged: string | null = null;

  onStart(saved: SavedState, { config, world }: Host): void {
    this.#beliefs.clear();
    this.#told.clear();
    this.#heard.clear();
    this.#falls = [];
    this.#releasedAt = longAgo;
    this.#referenceAt = longAgo;
    const members = config.pools.flatMap((pool) => pool.members.map((one) => [makeTarget(one).id, one.check] as const));
    const checks = new Map([...members, ...config.references.map(({ check, id }) => [id, check] as const)]);
    for (const { falls, health, id, rises } of saved.targets) {
      if (health === "flapping") continue;
      // One more verdict is needed at least.
      const bad = Math.min(falls, (checks.get(id)?.fall ?? 1) - 1);
      this.#told.set(id, health);
      this.#beliefs.set(id, { ...unproven(), health, good: rises, bad, badSince: world.agenda.now });
    }
  }

  /** Whoever leaves the configuration is forgotten, and unproven when it returns. */
  onReload({ pools, references }: Config): void {
    const members = pools.flatMap((pool) => pool.members.map((member) => makeTarget(member).id));
    const known = new Set([...members, ...references.map(({ id }) => id)]);
    for (const map of [this.#beliefs, this.#told]) for (const id of map.keys()) if (!known.has(id)) map.delete(id);
    this.#falls = this.#falls.map((fall) => (known.has(fall.targetId) ? fall : { ...fall, targetId: "" }));
    for (const { words } of this.#heard.values()) for (const id of words.keys()) if (!known.has(id)) words.delete(id);
  }

  /** What the pools are to go by. */
  healthOf(targetId: string): Believed {
    return this.#told.get(targetId) ?? "unproven";
  }

  /** Called before the controller takes it. */
  onEvent(event: ControllerEvent, host: Host): void {
    if (event.kind === "verdict") this.#takeVerdict(event, host);
    if (event.kind === "watcher-reported") this.#takeReport(event.report, host);
    if (event.kind === "brake-released") this.#releasedAt = mono(host.world.agenda.now + 1);
  }

  #takeReport({ sick, watcher, words }: WatcherReport, host: Host): void {
    const heard = this.#heard.get(watcher) ?? { at: longAgo, sick: false, words: new Map<string, WatcherWord>() };
    this.#heard.set(watcher, heard);
    heard.at = host.world.agenda.now;
    heard.sick = sick !== null;
    for (const word of words) heard.words.set(word.targetId, word);
  }

  #takeVerdict(event: Extract<ControllerEvent, { kind: "verdict" }>, host: Host): void {
    const { probe, targetId, verdict } = event;
    const target = host.controller?.state.targets.get(targetId);
    if (target === undefined || !runningProbes(target.cycle).includes(probe)) return;
    if (verdict.kind === "unknown") return;
    const now = host.world.agenda.now;
    const isReference = host.config.references.some(({ id }) => id === targetId);
    if (verdict.kind === "up" && isReference) this.#referenceAt = now;
    const belief = this.#beliefs.get(targetId) ?? unproven();
    this.#beliefs.set(targetId, belief);
    if (belief.bad === 0 && verdict.kind === "down") belief.badSince = now;
    belief.good = verdict.kind === "up" ? belief.good + 1 : 0;
    belief.bad = verdict.kind === "down" ? belief.bad + 1 : 0;
    this.#judge(belief, target.target.check, !isReference && host.config.references.length > 0);
    // What fails while the checker itself is cut off proves nothing.
    const isBlind = verdict.kind === "down" && !isReference && host.controller?.state.guard.sickSince !== null;
    if (verdict.kind === belief.health && !isBlind) belief.proven = true;
    if (!isReference && !isShared(target.target.check, host)) this.#judged = targetId;
  }

  #judge(belief: Belief, { fall, rise }: CheckConfig, hasReferences: boolean): void {
    belief.cutOff = false;
    if (belief.good >= rise) belief.health = "up";
    if (belief.bad < fall || belief.health === "down") return;
    belief.cutOff = belief.health === "up" && hasReferences && this.#referenceAt < belief.badSince;
    if (!belief.cutOff) belief.health = "down";
  }

  onTell(event: HistoryEvent, host: Host): void {
    const { from, kind, rule, subject, to } = event;
    if (kind !== "health" || rule === "health/flap" || from === "flapping" || rule === "health/still-down") return;
    if (to !== "up" && to !== "down") return;
    const isReference = host.config.references.some(({ id }) => id === subject);
    const check = host.controller?.state.targets.get(subject)?.target.check;
    if (isReference || check === undefined || !isShared(check, host)) this.#checkAlone(event, to);
    else this.#checkVotes(event, to, host);
    if (to === "down" && !isReference && !rule.startsWith("maintenance/")) this.#checkBrake(event, host);
    this.#told.set(subject, to);
  }

  #checkAlone({ subject }: HistoryEvent, to: Believed): void {
    const belief = this.#beliefs.get(subject) ?? unproven();
    if (belief.cutOff && to === "down")
      throw new BrokenPromise(`${subject} went down, and no reference has answered since it began to fail`);
    if (belief.health !== to) throw new BrokenPromise(`${subject} went ${to}, the verdicts say ${belief.health}`);
  }

  #checkVotes({ from, subject }: HistoryEvent, to: Believed, host: Host): void {
    const check = host.controller?.state.targets.get(subject)?.target.check;
    const { watch } = host.config;
    if (check === undefined || watch === null) return;
    const seats = watch.watchers.filter(({ votes }) => votes).length + (watch.selfVotes ? 1 : 0);
    const { quorum = "majority" } = check;
    const asked = quorum === "any" ? 1 : quorum === "majority" ? Math.floor(seats / 2) + 1 : quorum;
    const needed = Math.min(asked, seats);
    const downs = this.#downs(subject, check, host);
    if (to === "down" && from === "up" && downs.length < needed)
      throw new BrokenPromise(
        `${subject} was removed by ${downs.join(", ") || "nobody"}, where ${needed} must say down`,
      );
    if (to === "up" && downs.length >= needed)
      throw new BrokenPromise(`${subject} returned against ${downs.join(", ")}, where ${needed} decide`);
  }

  /** Who says down and has a vote: neither late, nor sick, nor unproven, nor a listener. */
  #downs(subject: string, check: CheckConfig, host: Host): readonly string[] {
    const { watch } = host.config;
    const now = host.world.agenda.now;
    const lateMs = Math.max(check.intervalMs, 1000) * 3 + 500;
    const own = this.#beliefs.get(subject) ?? unproven();
    const isSick = host.controller?.state.guard.sickSince !== null;
    const self = watch?.selfVotes === true && own.health === "down" && own.proven && !isSick ? ["self"] : [];
    const others = (watch?.watchers ?? []).filter(({ name, votes }) => {
      const heard = this.#heard.get(name);
      const word = heard?.words.get(subject);
      if (heard === undefined || word === undefined || !votes || heard.sick || !word.able) return false;
      return word.health === "down" && now - heard.at <= lateMs;
    });
    return [...self, ...others.map(({ name }) => name)];
  }

  #checkBrake({ from, subject }: HistoryEvent, host: Host): void {
    const limit = from === "up" ? this.#braked(subject, host) : null;
    if (limit !== null) throw new BrokenPromise(`${subject} left although the brake allows no more in ${limit}`);
    this.#falls.push({ targetId: subject, at: host.world.agenda.now });
  }

  /** The scope in which nobody may leave any more, if the target may not. */
  #braked(subject: string, { config, world }: Host): string | null {
    const { brake, pools } = config;
    if (brake === null) return null;
    const from = Math.max(world.agenda.now - brake.withinMs, this.#releasedAt);
    const left = this.#falls.filter(({ at }) => at >= from);
    const targets = (pool: PoolConfig): readonly string[] => pool.members.map((member) => makeTarget(member).id);
    const all = new Set(pools.flatMap(targets));
    if (left.length >= allowed(all.size, brake.all)) return "all";
    for (const pool of pools) {
      const ids = targets(pool);
      const gone = new Set(left.map(({ targetId }) => targetId).filter((id) => ids.includes(id)));
      if (ids.includes(subject) && gone.size >= allowed(ids.length, brake.pool)) return pool.name;
    }
    return null;
  }

  /** After a step: whoever has failed or succeeded often enough is judged so, unless the brake holds it back. */
  onStepped(host: Host): void {
    const id = this.#judged;
    this.#judged = null;
    const belief = id === null ? undefined : this.#beliefs.get(id);
    if (id === null || belief === undefined || host.controller === null) return;
    const told = this.healthOf(id);
    if (told === belief.health || belief.health === "unproven") return;
    if (belief.health !== "down" || told !== "up" || this.#braked(id, host) === null)
      throw new BrokenPromise(`${id} is taken for ${told}, and the verdicts say ${belief.health}`);
    belief.health = "up";
  }
}

/** Several vantage points judge it. */
function isShared({ probe }: CheckConfig, { config }: Host): boolean {
  return (config.watch?.watchers ?? []).length > 0 && isProbeForWatchers(probe);
}

function allowed(members: number, share: number): number {
  return Math.max(1, Math.floor(members * share));
}

function unproven(): Belief {
  return { health: "unproven", good: 0, bad: 0, badSince: longAgo, proven: false, cutOff: false };
}
