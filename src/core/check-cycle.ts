/**
 * When a target is probed next. Calm by default: one regular probe each interval, never two at once. As soon as
 * something looks wrong, fast: confirming probes follow `confirmMs` apart, on new connections, side by side when
 * they hang, until `fall` of them agree or one succeeds. A target that is not proved yet is treated the same way, so
 * a start takes a few tens of milliseconds and not several intervals.
 *
 * Three times drive it, each `never` when it does not apply: `regularAt` (the next regular probe), `slowAt` (the
 * running regular probe becomes suspicious), `confirmAt` (the next confirming probe).
 */
import { later, type Mono, mono, never } from "../base/time.ts";
import type { CheckConfig } from "./model.ts";

export type ProbeRole = "regular" | "confirm";

export interface Cycle {
  regularAt: Mono;
  slowAt: Mono;
  confirmAt: Mono;
  /** Confirming probes sent in this suspicion. */
  confirmsSent: number;
  /** Regular probes since the last one on a new connection. */
  sinceFresh: number;
  /** Number of the regular probe that runs; 0: none does. Written in place: a calm target leaves no garbage. */
  regular: number;
  /** Numbers of the confirming probes that run. */
  readonly confirms: number[];
}

/** Confirming probes in one suspicion are at most this many times `fall`; then the regular ones decide. */
const confirmRoundsMax = 3;

/**
 * Regular probes fall on common instants so far apart: the program then wakes up once for many of them, and so do the
 * answers. Confirming probes are never delayed.
 */
const gridMs = 10;

function alignToGrid(at: Mono): Mono {
  return mono(Math.ceil(at / gridMs) * gridMs);
}

export function createCycle(firstAt: Mono): Cycle {
  return {
    regularAt: alignToGrid(firstAt),
    slowAt: never,
    confirmAt: never,
    confirmsSent: 0,
    sinceFresh: 0,
    regular: 0,
    confirms: [],
  };
}

export function nextWake(cycle: Cycle): Mono {
  return Math.min(cycle.regularAt, cycle.slowAt, cycle.confirmAt) as Mono;
}

export function isConfirming(cycle: Cycle): boolean {
  return cycle.confirmsSent > 0 || cycle.confirmAt !== never;
}

/** Sets when the first regular probe is due. */
export function scheduleFirst(cycle: Cycle, at: Mono): void {
  cycle.regularAt = alignToGrid(at);
}

/** Starts, or goes on with, confirming probes; the next one is due `inMs` from now. */
export function confirmSoon(cycle: Cycle, check: CheckConfig, at: { now: Mono; inMs: number }): void {
  cycle.slowAt = never;
  const due = later(at.now, at.inMs);
  if (cycle.confirmsSent < check.fall * confirmRoundsMax && due < cycle.confirmAt) cycle.confirmAt = due;
}

export function beginProbe(cycle: Cycle, number: number, role: ProbeRole): void {
  if (role === "confirm") cycle.confirms.push(number);
  else cycle.regular = number;
}

export function isProbing({ confirms, regular }: Cycle): boolean {
  return regular !== 0 || confirms.length > 0;
}

/** Numbers of all that run. */
export function runningProbes({ confirms, regular }: Cycle): readonly number[] {
  return regular === 0 ? [...confirms] : [regular, ...confirms];
}

/** The suspicion is over, either way: back to one probe an interval. Returns the probes that nobody needs any more. */
export function endConfirming(cycle: Cycle, check: CheckConfig, now: Mono): readonly number[] {
  const unneeded = runningProbes(cycle);
  cycle.regular = 0;
  cycle.confirms.length = 0;
  cycle.confirmAt = never;
  cycle.slowAt = never;
  cycle.confirmsSent = 0;
  if (cycle.regularAt <= now || cycle.regularAt === never) cycle.regularAt = alignToGrid(later(now, check.intervalMs));
  return unneeded;
}

/** True when a confirming probe is due and there is room for one more beside those that hang. */
export function takeConfirm(cycle: Cycle, check: CheckConfig, now: Mono): boolean {
  if (cycle.confirmAt > now) return false;
  cycle.confirmAt = never;
  if (cycle.confirmsSent >= check.fall * confirmRoundsMax) return false;
  if (cycle.confirms.length >= check.fall) return false;
  cycle.confirmsSent += 1;
  if (cycle.confirmsSent < check.fall) cycle.confirmAt = later(now, check.confirmMs);
  return true;
}

/**
 * True when the regular probe is due. Nothing overlaps: while a probe runs, the next one waits for its end. And while a
 * confirming probe is to come it waits for that one: however short the interval, a problem is looked at again `confirmMs`
 * later, and not sooner.
 */
export function takeRegular(cycle: Cycle, check: CheckConfig, now: Mono): boolean {
  if (cycle.regularAt > now) return false;
  if (isProbing(cycle) || cycle.confirmAt !== never) {
    cycle.regularAt = never;
    return false;
  }
  const onTime = later(cycle.regularAt, check.intervalMs);
  cycle.regularAt = onTime > now ? onTime : alignToGrid(later(now, check.intervalMs));
  return true;
}

/** Whether the next regular probe uses a new connection, so that a dead listener is not missed. */
export function takeFreshness(cycle: Cycle, check: CheckConfig): boolean {
  cycle.sinceFresh += 1;
  if (cycle.sinceFresh < check.freshEvery) return false;
  cycle.sinceFresh = 0;
  return true;
}

/** Takes the probe with this number out of the running ones; false when it was given up before. */
export function endProbe(cycle: Cycle, number: number, now: Mono): boolean {
  if (number === cycle.regular) {
    cycle.regular = 0;
    cycle.slowAt = never;
  } else {
    const index = cycle.confirms.indexOf(number);
    if (index < 0) return false;
    cycle.confirms.splice(index, 1);
  }
  if (!isProbing(cycle) && cycle.regularAt === never) cycle.regularAt = now;
  return true;
}
