/**
 * One look at a zone's primaries. Each is asked for its SOA; what it says decides:
 *
 *  it says                | then
 *  -----------------------|---------------------------------------------------------------------------------
 *  a newer serial         | transfer from it: differences if something is held, else the whole zone
 *  the serial that is held| confirmed: the round ends, unless NOTIFY spoke of a newer one that others may have
 *  an older serial        | the next is asked; if none is better, it is told of, and kept off (see `endRound`)
 *  nothing, or a refusal  | the next is asked
 *
 * Differences that are refused or do not fit what is held are followed by the whole zone, from the same primary. Whatever
 * is not taken whole changes nothing.
 */
import { later, mono } from "../../base/time.ts";
import type { PeerConfig } from "../../core/model.ts";
import { serialGreater } from "../../dns/serial.ts";
import type { PrimaryFault, SoaNumbers, SoaOutcome, TransferOutcome } from "./events.ts";
import { expireMs, noNews, refreshAt, retryAt, type Round, setTimer, type Step, type ZoneState } from "./state.ts";
import { tellFailure, tellWell } from "./words.ts";

/** Shortest distance between the beginnings of two rounds, however many NOTIFYs come. */
const roundGapMs = 100;

/** Looks now, or as soon as what is under way has ended. Calls that come meanwhile make one round. */
export function wantRound(step: Step, zone: ZoneState, news: ZoneState["next"]): void {
  if (zone.round !== null || zone.restoring) {
    zone.again = news;
    return;
  }
  zone.next = news;
  zone.dueAt = mono(Math.max(step.now.mono, zone.lastBeganAt + roundGapMs));
  beginDue(step, zone);
}

/** Begins the round that is due. */
export function beginDue(step: Step, zone: ZoneState): void {
  if (zone.round === null && !zone.restoring && zone.dueAt <= step.now.mono && zone.primaries.length > 0) {
    begin(step, zone);
  }
  setTimer(step.state, zone);
}

function begin(step: Step, zone: ZoneState): void {
  const { from, hint } = zone.next;
  zone.next = noNews;
  zone.lastBeganAt = step.now.mono;
  const round: Round = {
    request: 0,
    order: zone.primaries.toSorted((a, b) => Number(b.address === from) - Number(a.address === from)),
    at: 0,
    stage: "asking",
    promised: 0,
    whole: false,
    hint,
    confirmed: false,
    behind: null,
    faults: [],
  };
  zone.round = round;
  askNext(step, zone, round);
}

function newRequest({ state }: Step, round: Round): number {
  state.lastRequest += 1;
  round.request = state.lastRequest;
  return round.request;
}

function askNext(step: Step, zone: ZoneState, round: Round): void {
  const primary = round.order[round.at];
  if (primary === undefined) return endRound(step, zone, round);
  round.stage = "asking";
  round.whole = false;
  step.effects.push({ kind: "ask-soa", origin: zone.origin, request: newRequest(step, round), primary });
}

function failPrimary(step: Step, zone: ZoneState, fault: PrimaryFault): void {
  const { round } = zone;
  const primary = round?.order[round.at];
  if (round === null || primary === undefined) return;
  round.faults.push({ primary, fault });
  round.at += 1;
  askNext(step, zone, round);
}

export function takeSoa(step: Step, zone: ZoneState, outcome: SoaOutcome): void {
  const { held, round } = zone;
  const primary = round?.order[round.at];
  if (round === null || primary === undefined) return;
  if (outcome.kind === "fault") return failPrimary(step, zone, outcome.fault);
  const { serial } = outcome.soa;
  if (held === null || serialGreater(serial, held.serial)) return transfer(step, zone, { primary, serial });
  if (serial !== held.serial) round.behind ??= { primary, serial };
  else {
    round.confirmed = true;
    if (round.hint === null || !serialGreater(round.hint, serial)) return endRound(step, zone, round);
  }
  round.at += 1;
  askNext(step, zone, round);
}

function transfer(step: Step, zone: ZoneState, source: { primary: PeerConfig; serial: number }): void {
  const { held, round } = zone;
  if (round === null) return;
  const { primary, serial: promised } = source;
  round.stage = "transferring";
  round.promised = promised;
  const from = held === null || round.whole ? null : held.serial;
  const request = newRequest(step, round);
  step.effects.push({ kind: "transfer", origin: zone.origin, request, primary, from, promised });
}

export function takeTransfer(step: Step, zone: ZoneState, outcome: TransferOutcome): void {
  const { held, round } = zone;
  const primary = round?.order[round.at] ?? round?.behind?.primary;
  if (round === null || primary === undefined) return;
  if (outcome.kind === "taken") {
    zone.held = outcome.soa;
    return endWell(step, zone, primary);
  }
  if (outcome.whole && held !== null && !round.whole) {
    round.whole = true;
    return transfer(step, zone, { primary, serial: round.promised });
  }
  if (round.at < round.order.length) return failPrimary(step, zone, outcome.fault);
  round.faults.push({ primary, fault: outcome.fault });
  endInVain(step, zone, round);
}

/**
 * All have been asked. A zone that went back is most often an accident at the primary (an old backup, a serial that was
 * counted in another way), and what is served is better: it is kept until an operator reads the configuration again, or
 * until the zone has expired. Then the older one is taken, whole.
 */
function endRound(step: Step, zone: ZoneState, round: Round): void {
  const { behind } = round;
  if (round.confirmed && zone.held !== null) return endWell(step, zone, round.order[0] ?? null);
  if (behind === null) return endInVain(step, zone, round);
  if (!zone.acceptOlder) return endInVain(step, zone, round);
  round.at = round.order.length;
  round.whole = true;
  transfer(step, zone, behind);
}

function endWell(step: Step, zone: ZoneState, primary: PeerConfig | null): void {
  const { now } = step;
  const { held } = zone;
  if (held === null) return;
  confirm(zone, held, now);
  zone.dueAt = refreshAt(step, held);
  step.effects.push({ kind: "confirmed", origin: zone.origin });
  tellWell(step, zone, primary);
  goOn(step, zone);
}

function confirm(zone: ZoneState, held: SoaNumbers, now: Step["now"]): void {
  zone.confirmedAt = now.wall;
  zone.expiresAt = later(now.mono, expireMs(held));
  zone.expired = false;
  zone.acceptOlder = false;
  zone.failures = 0;
}

function endInVain(step: Step, zone: ZoneState, round: Round): void {
  zone.failures += 1;
  zone.acceptOlder = zone.expired;
  zone.dueAt = retryAt(step, zone);
  tellFailure(step, zone, round);
  goOn(step, zone);
}

/** The round is over; what came up during it begins the next. */
function goOn(step: Step, zone: ZoneState): void {
  const { again } = zone;
  zone.round = null;
  zone.again = null;
  if (again === null) return setTimer(step.state, zone);
  // A reload that came during the round asks for another one all the same.
  wantRound(step, zone, again);
}
