/**
 * The simulated outside: members that serve, stop, freeze, crawl or lose packets, the checker's own network, a disk
 * that fills, a wall clock that steps. It implements the same ports as the real adapters, over simulated time.
 */
import type { Prng } from "../src/base/prng.ts";
import { type Now, type Wall, wall } from "../src/base/time.ts";
import type { Verdict } from "../src/core/model.ts";
import type { CancelProbe, Prober, ProbeRequest } from "../src/ports/prober.ts";
import type { Agenda } from "./agenda.ts";

export interface SimulatedMember {
  condition: "serving" | "stopped" | "frozen";
  /** Time of one answer in ms. */
  answerMs: number;
  /** Share of packets lost on the way, 0 to 1. */
  loss: number;
  /** Connections that the controller keeps, by target: closing them is what trips. */
  readonly kept: Set<string>;
  /** Connections accepted so far. */
  accepted: number;
  /** Probes that wait for a frozen member. */
  readonly waiting: Set<() => void>;
}

/** Where probes come from: what is broken there is broken for that place alone. */
export interface Site {
  readonly name: string;
  /** It cannot even send: its verdicts are `unknown`. */
  isSick: boolean;
  /** Nothing comes through. */
  isCut: boolean;
  /** Addresses to which nothing comes through. */
  readonly noRoute: Set<string>;
}

export function createSite(name: string): Site {
  return { name, isSick: false, isCut: false, noRoute: new Set() };
}

/** Linux sends a lost SYN again after one second (RFC 6298, 2.1). */
const synRetryMs = 1000;
/** A lost segment on a connection is sent again after about this long. */
const segmentRetryMs = 250;

/** What the wall clock shows when a life begins. */
export const startAt = wall(1_790_000_000_000);

export class World {
  readonly agenda: Agenda;
  readonly members = new Map<string, SimulatedMember>();
  /** Where the controller is. */
  readonly home: Site = createSite("self");
  diskFull = false;
  /** Channels to people that fail. */
  readonly brokenChannels = new Set<string>();
  /** How often the wall clock was set. */
  clockSteps = 0;
  #wallOffsetMs: number;
  readonly #prng: Prng;

  constructor(agenda: Agenda, prng: Prng, startAt: Wall) {
    this.agenda = agenda;
    this.#prng = prng;
    this.#wallOffsetMs = startAt;
  }

  now(): Now {
    return { mono: this.agenda.now, wall: wall(Math.round(this.#wallOffsetMs + this.agenda.now)) };
  }

  stepWallClock(ms: number): void {
    this.#wallOffsetMs += ms;
    this.clockSteps += 1;
  }

  member(address: string): SimulatedMember {
    let member = this.members.get(address);
    if (member === undefined) {
      member = { condition: "serving", answerMs: 5, loss: 0, kept: new Set(), accepted: 0, waiting: new Set() };
      this.members.set(address, member);
    }
    return member;
  }

  /** Changes what a member does. Closed connections trip; thawed probes are answered. */
  setCondition(address: string, condition: SimulatedMember["condition"], trip: (targetId: string) => void): void {
    const member = this.member(address);
    member.condition = condition;
    if (condition === "frozen") return;
    const waiting = [...member.waiting];
    member.waiting.clear();
    for (const answer of waiting) answer();
    if (condition === "serving") return;
    const kept = [...member.kept];
    member.kept.clear();
    for (const targetId of kept) this.agenda.after(this.#travelMs(member), () => trip(targetId));
  }

  #travelMs(member: SimulatedMember): number {
    return 0.1 + this.#prng.next() * member.answerMs;
  }

  /** The prober of one controller, or of a watcher; it dies with it. A watcher's keeps no connections. */
  createProber(site: Site = this.home): Prober & { trip(targetId: string): void } {
    let tripped: (targetId: string, reason: string) => void = () => undefined;
    const running = new Set<CancelProbe>();
    return {
      start: (request, onVerdict) => {
        const cancel = this.#probe(site, request, (verdict) => {
          running.delete(cancel);
          onVerdict(verdict);
        });
        running.add(cancel);
        return cancel;
      },
      onTrip: (listener) => {
        tripped = listener;
      },
      onTrouble: () => undefined,
      trip: (targetId) => tripped(targetId, "the idle connection was closed"),
      forget: (targetId) => {
        if (site !== this.home) return;
        for (const member of this.members.values()) member.kept.delete(targetId);
      },
      close: async () => {
        for (const cancel of running) cancel();
        if (site !== this.home) return;
        for (const member of this.members.values()) member.kept.clear();
      },
    };
  }

  #probe(site: Site, request: ProbeRequest, onVerdict: (verdict: Verdict) => void): CancelProbe {
    const member = this.member(request.target.address);
    const startedAt = this.agenda.now;
    const cancels: (() => void)[] = [];
    const cancel = (): void => {
      for (const each of cancels) each();
      member.waiting.delete(retry);
    };
    const deliver = (verdict: Verdict): void => {
      cancel();
      onVerdict(verdict);
    };
    const tookMs = (): number => this.agenda.now - startedAt;
    const answer = (): void => {
      if (site.isSick) return deliver({ kind: "unknown", tookMs: tookMs(), reason: "no route at all" });
      if (site.isCut || site.noRoute.has(request.target.address)) return;
      if (member.condition === "stopped")
        return deliver({ kind: "down", tookMs: tookMs(), reason: "connection refused", fault: "refused" });
      if (member.condition === "frozen") return void member.waiting.add(retry);
      if (request.fresh || !member.kept.has(request.target.id)) member.accepted += 1;
      if (request.target.check.tripwire && site === this.home) member.kept.add(request.target.id);
      deliver({ kind: "up", tookMs: tookMs(), detail: "status 200" });
    };
    const retry = (): void => void cancels.push(this.agenda.after(this.#travelMs(member), answer));
    cancels.push(this.agenda.after(this.#roundTripMs(member, request.fresh), answer));
    const late = { kind: "down", reason: `no answer within ${request.timeoutMs} ms`, fault: "no-reply" } as const;
    cancels.push(this.agenda.after(request.timeoutMs, () => deliver({ ...late, tookMs: tookMs() })));
    return cancel;
  }

  #roundTripMs(member: SimulatedMember, fresh: boolean): number {
    let ms = this.#travelMs(member);
    const retryMs = fresh ? synRetryMs : segmentRetryMs;
    for (let wait = retryMs; this.#prng.next() < member.loss && wait < 60_000; wait *= 2) ms += wait;
    return ms;
  }
}
