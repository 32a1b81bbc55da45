/**
 * Keeps one zone's managed sets on one other nameserver by UPDATE (RFC 2136), as a state machine: events in with the
 * time, effects out. It knows what is wanted and what is there, never a list of changes, so it cannot send a stale one:
 * each request carries the newest state of what differs, and as prerequisites what it replaces (RFC 2136, 2.4), so that
 * a late or foreign writer is noticed instead of overwritten. One request is on its way at a time; what changes
 * meanwhile goes together with the next.
 *
 * | outcome                  | then |
 * |--------------------------|---------------------------------------------------------------------|
 * | carried out              | known; looked at again a few times, for a writer that was late         |
 * | prerequisite not met     | asked for; told if it is not muster's; replaced, with what was found   |
 * | lost                     | asked for before anything else is written; everything is compared      |
 * | unreachable              | rest; then everything is asked for, and it gets what it missed         |
 * | refused                  | rest, longer; then asked for and tried again                           |
 * | declined                 | sent in halves, until all is there but what the server does not want    |
 */
import { unreachable } from "../base/assert.ts";
import type { Prng } from "../base/prng.ts";
import { later, type Mono, mono, never, type Now } from "../base/time.ts";
import type { OutletView } from "../core/view.ts";
import { nameText } from "../dns/name.ts";
import { typeText } from "../dns/rr-types.ts";
import type { RRset } from "../dns/types.ts";
import type { WantedZone } from "../ports/outlet.ts";
import { Comparisons } from "./comparisons.ts";
import { type Drift, inOrder, type ManagedSet, ManagedSets, sameData } from "./managed-sets.ts";
import type { FoundSet, SetChange, UpdateOutletEffect, UpdateOutletEvent } from "./update-outlet-effects.ts";
import {
  declinedMax,
  type FailureCause,
  restMs,
  type UpdateOutletLimits,
  updateOutletLimits,
} from "./update-outlet-limits.ts";
import { driftText } from "./update-outlet-text.ts";

/** A set of more octets fits into no message together with what it replaces. */
const setOctetsMax = 60_000;

interface Underway {
  readonly kind: "ask" | "write";
  readonly request: number;
  readonly sets: readonly ManagedSet[];
  readonly changes: readonly SetChange[];
}

export class UpdateOutlet {
  readonly #prng: Prng;
  readonly #limits: UpdateOutletLimits;
  readonly #sets = new ManagedSets();
  #zone: WantedZone | null = null;
  #view: OutletView;
  #underway: Underway | null = null;
  #request = 0;
  #trouble: { readonly state: "unreachable" | "refused"; readonly reason: string } | null = null;
  #drift: string | null = null;
  /** In a row. */
  #failures = 0;
  #restUntil: Mono = mono(Number.NEGATIVE_INFINITY);
  readonly #comparisons: Comparisons;
  /** The last request whose prerequisites failed, until it is known what is there. */
  #stale: Underway | null = null;
  /** Sets of one request at most: halved while it is not clear which prerequisite fails, or what is declined. */
  #writeSetsMax = Number.POSITIVE_INFINITY;
  /** Neither changes nor comparisons wait for more than one request of the other. */
  #wroteLast = false;
  /** The trouble that was told of, until it is over. */
  #toldOf: OutletView["state"] | null = null;

  constructor(start: { zone: string; name: string; now: Now; prng: Prng; limits?: Partial<UpdateOutletLimits> }) {
    this.#prng = start.prng;
    this.#limits = { ...updateOutletLimits, ...start.limits };
    this.#comparisons = new Comparisons(this.#limits, start.prng);
    const { name, now, zone } = start;
    this.#view = { zone, name, state: "behind", since: now.wall, serial: null, reason: "nothing is wanted there yet" };
  }

  /** The same object until something in it changes. */
  get view(): OutletView {
    return this.#view;
  }

  /** When the next `tick` is due. */
  get nextWakeAt(): Mono {
    if (this.#zone === null || this.#underway !== null) return never;
    const { differing, unknown } = this.#sets;
    if (unknown.size + differing.size + this.#comparisons.pending.size > 0) return this.#restUntil;
    return mono(Math.max(this.#restUntil, this.#comparisons.nextAt));
  }

  step(event: UpdateOutletEvent, now: Now): readonly UpdateOutletEffect[] {
    const out: UpdateOutletEffect[] = [];
    this.#take(event, now.mono, out);
    this.#next(now.mono, out);
    this.#look(now, out);
    // Last: what is told may lead to another decision at once, and a request must leave with what it was made for.
    return [...out.filter(({ kind }) => kind !== "tell"), ...out.filter(({ kind }) => kind === "tell")];
  }

  #take(event: UpdateOutletEvent, now: Mono, out: UpdateOutletEffect[]): void {
    switch (event.kind) {
      case "tick":
        return;
      case "wanted":
        return this.#want(event.zone, now);
      case "found":
        return this.#close("ask", event.request, ({ sets }) => this.#found(sets, event.sets, out));
      case "written":
        return this.#close("write", event.request, (request) => this.#written(request, now));
      case "failed":
        return this.#close(null, event.request, (request) => this.#fail(request, event, now));
      default:
        return unreachable(event);
    }
  }

  /** An answer to anything but the request that is on its way is too late to count. */
  #close(kind: "ask" | "write" | null, request: number, take: (request: Underway) => void): void {
    const underway = this.#underway;
    if (underway === null || underway.request !== request || (kind ?? underway.kind) !== underway.kind) return;
    this.#underway = null;
    take(underway);
  }

  #want(zone: WantedZone, now: Mono): void {
    const isWhole = this.#zone === null || zone.changed === null;
    this.#sets.want(isWhole ? { ...zone, changed: null } : zone);
    if (isWhole) this.#comparisons.compareAll(now);
    this.#zone = zone;
  }

  #found(asked: readonly ManagedSet[], answers: readonly FoundSet[], out: UpdateOutletEffect[]): void {
    const drifts: Drift[] = [];
    asked.forEach((set, at) => {
      const answer = answers[at];
      if (answer === undefined) return;
      if (answer.kind === "blocked") return this.#sets.block(set, answer.reason);
      const drift = this.#sets.found(set, answer.set);
      if (drift !== null) drifts.push(drift);
    });
    for (const drift of drifts) {
      this.#drift = driftText(drift);
      out.push({ kind: "tell", level: "drift", sentence: this.#sentence(this.#drift) });
    }
    if (this.#trouble?.state === "unreachable") {
      this.#trouble = null;
      this.#failures = 0;
    }
    this.#solve();
  }

  /**
   * Prerequisites failed, and yet what is answered is what they named: either somebody changed it to and fro, or an
   * answer came from a wildcard and there is no such set. Alone in a request, the culprit is found.
   */
  #solve(): void {
    const stale = this.#stale;
    if (stale === null || stale.sets.some((set) => set.seen === null && this.#sets.has(set))) return;
    this.#stale = null;
    const isPuzzling = stale.sets.every((set, at) => {
      const before = stale.changes[at]?.before;
      return set.seen !== null && before !== undefined && sameData(before, set.seen);
    });
    const [only] = stale.sets;
    if (!isPuzzling || only === undefined) return;
    if (stale.sets.length === 1) this.#sets.turnCovered(only);
    else this.#writeSetsMax = Math.ceil(stale.sets.length / 2);
  }

  #written({ changes, sets }: Underway, now: Mono): void {
    sets.forEach((set, at) => {
      const after = changes[at]?.after;
      if (after !== undefined) this.#sets.written(set, after);
    });
    this.#trouble = null;
    this.#failures = 0;
    this.#comparisons.written(sets, now);
  }

  #fail(request: Underway, { cause, reason }: { cause: FailureCause; reason: string }, now: Mono): void {
    const isGone = cause === "unreachable" || (cause === "lost" && request.kind === "ask");
    this.#failures += 1;
    this.#restUntil = later(now, restMs(isGone ? "unreachable" : cause, this.#failures, this.#prng));
    const isRefused = cause === "refused" || (cause === "declined" && this.#failures > declinedMax);
    if (isGone || isRefused) this.#trouble = { state: isGone ? "unreachable" : "refused", reason };
    request.sets.forEach((set, at) => {
      const after = request.changes[at]?.after;
      if (after === undefined || cause === "unreachable") this.#sets.doubt(set);
      else this.#sets.lose(set, after);
    });
    if (cause === "declined") this.#narrow(request, reason);
    if (cause === "stale") this.#stale = request;
    if (cause === "lost") this.#comparisons.compareAll(now);
    if (isGone) this.#sets.doubtAll();
  }

  /** What the server does not want must not keep back the rest. What it does not want alone waits for a comparison. */
  #narrow({ sets }: Underway, reason: string): void {
    const [only] = sets;
    const isAlone = sets.length === 1;
    this.#writeSetsMax =
      isAlone || this.#failures > declinedMax ? Number.POSITIVE_INFINITY : Math.ceil(sets.length / 2);
    if (isAlone && only !== undefined) this.#sets.block(only, `${typeText(only.type)} is not taken: ${reason}`);
  }

  #next(now: Mono, out: UpdateOutletEffect[]): void {
    if (this.#zone === null || this.#underway !== null || now < this.#restUntil) return;
    this.#comparisons.begin(now, () => this.#sets.all());
    const { differing, unknown } = this.#sets;
    const canAsk = unknown.size + this.#comparisons.pending.size > 0;
    if (differing.size > 0 && !(canAsk && this.#wroteLast)) this.#write(out);
    else if (canAsk) this.#ask(out);
  }

  #ask(out: UpdateOutletEffect[]): void {
    const sets: ManagedSet[] = [];
    for (const from of [this.#sets.unknown, this.#comparisons.pending]) {
      for (const set of from) {
        if (sets.length >= this.#limits.askSetsMax) break;
        this.#comparisons.pending.delete(set);
        if (this.#sets.has(set) && !sets.includes(set)) sets.push(set);
      }
    }
    this.#wroteLast = false;
    if (sets.length === 0) return;
    const request = this.#begin("ask", sets, []);
    out.push({ kind: "ask", request, sets: sets.map(({ owner, type }) => ({ owner, type })) });
  }

  #write(out: UpdateOutletEffect[]): void {
    const sets: ManagedSet[] = [];
    const changes: SetChange[] = [];
    let octets = 0;
    for (const set of inOrder(this.#sets.differing)) {
      if (set.seen === null) continue;
      const change = { before: set.seen, after: set.wanted };
      const size = octetsOf(change.before) + octetsOf(change.after);
      octets += size;
      if (size > setOctetsMax) this.#sets.block(set, "what it has and what it should have do not fit into one message");
      if (set.blocked !== null) continue;
      if (sets.length > 0 && (octets > this.#limits.writeOctetsMax || sets.length >= this.#writeSetsMax)) break;
      sets.push(set);
      changes.push(change);
    }
    this.#wroteLast = true;
    if (sets.length === 0) return;
    for (const set of sets) this.#sets.sending(set);
    out.push({ kind: "write", request: this.#begin("write", sets, changes), changes });
  }

  #begin(kind: "ask" | "write", sets: readonly ManagedSet[], changes: readonly SetChange[]): number {
    this.#request += 1;
    this.#underway = { kind, request: this.#request, sets, changes };
    return this.#request;
  }

  #sentence(clause: string): string {
    return `${this.#view.name}: zone ${this.#view.zone}: ${clause}`;
  }

  /** Puts what is known into the view, and tells when that is news. */
  #look({ wall }: Now, out: UpdateOutletEffect[]): void {
    const before = this.#view;
    const { state, reason } = this.#judge();
    this.#tellOf(state, reason, out);
    const serial = state === "in-step" ? (this.#zone?.serial ?? null) : before.serial;
    if (state === before.state && reason === before.reason && serial === before.serial) return;
    this.#view = { ...before, state, reason, serial, since: state === before.state ? before.since : wall };
  }

  #tellOf(state: OutletView["state"], reason: string, out: UpdateOutletEffect[]): void {
    if ((state === "unreachable" || state === "refused") && state !== this.#toldOf) {
      this.#toldOf = state;
      const then = state === "refused" ? "it is tried again" : "it is asked again, and gets what it missed";
      out.push({ kind: "tell", level: "warn", sentence: this.#sentence(`${reason}; ${then}`) });
    }
    if (state !== "in-step" || this.#toldOf === null) return;
    this.#toldOf = null;
    out.push({ kind: "tell", level: "info", sentence: this.#sentence("it is in step again") });
  }

  #judge(): Pick<OutletView, "state" | "reason"> {
    if (this.#zone === null) return this.#view;
    const { blocked, differing, unknown } = this.#sets;
    const isWriting = this.#underway?.kind === "write";
    if (unknown.size + differing.size === 0 && !isWriting) {
      this.#trouble = null;
      this.#drift = null;
      this.#failures = 0;
      this.#writeSetsMax = Number.POSITIVE_INFINITY;
      for (const set of blocked) return { state: "refused", reason: `${nameText(set.owner)}: ${set.blocked}` };
      return { state: "in-step", reason: "every managed record is there as wanted" };
    }
    if (this.#trouble !== null) return this.#trouble;
    if (this.#drift !== null) return { state: "behind", reason: this.#drift };
    if (unknown.size > 0) return { state: "behind", reason: "it is asked for what it has" };
    return { state: "behind", reason: "changes are on their way" };
  }
}

function octetsOf(set: RRset): number {
  return set.rdata.reduce((sum, rdata) => sum + rdata.length + 12, set.owner.length + 10);
}
