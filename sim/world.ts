/**
 * The simulated outside: members that serve, stop, freeze, crawl or lose packets, the checker's own network, a disk
 * that fills, a wall clock that steps.
 */
import type { Prng } from "../src/base/prng.ts";
import { type Now, type Wall, wall } from "../src/base/time.ts";
import type { MountState } from "../src/core/agent.ts";
import type { Agenda } from "./agenda.ts";
import type { Mirror, Origin } from "./data.ts";

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
  /** What its agent sees of its mount point. */
  mount: MountState;
  readonly mirror: Mirror;
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

/** The origin has newer data so often. */
const dataMs = 1000;

/** What the wall clock shows when a life begins. */
export const startAt = wall(1_790_000_000_000);

export class World {
  readonly agenda: Agenda;
  readonly members = new Map<string, SimulatedMember>();
  /** Where the controller is. */
  readonly home: Site = createSite("self");
  /** What the data of mirrors comes from. */
  readonly origin: Origin;
  readonly prng: Prng;
  diskFull = false;
  /** Channels to people that fail. */
  readonly brokenChannels = new Set<string>();
  /** How often the wall clock was set. */
  clockSteps = 0;
  #wallOffsetMs: number;

  constructor(agenda: Agenda, prng: Prng, startAt: Wall) {
    this.agenda = agenda;
    this.prng = prng;
    this.#wallOffsetMs = startAt;
    this.origin = { at: startAt, isReadable: true };
    this.#renewData();
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
      member = {
        condition: "serving",
        answerMs: 5,
        loss: 0,
        kept: new Set(),
        accepted: 0,
        waiting: new Set(),
        mount: "ok",
        mirror: { state: "follows", at: this.origin.at },
      };
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
    for (const targetId of kept) this.agenda.after(this.travelMs(member), () => trip(targetId));
  }

  #renewData(): void {
    this.agenda.after(dataMs, () => {
      this.origin.at = wall(this.origin.at + dataMs);
      for (const { mirror } of this.members.values()) if (mirror.state === "follows") mirror.at = this.origin.at;
      this.#renewData();
    });
  }

  travelMs(member: SimulatedMember): number {
    return 0.1 + this.prng.next() * member.answerMs;
  }
}
