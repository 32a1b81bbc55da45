/**
 * Proof of propagation: after each change every nameserver is asked what it serves, soon, then less and less often,
 * until it serves the change (RFC 1982 order). One that is still behind after `audit.lagMsMax` raises one alarm, and
 * the secondaries are told again; when its cause becomes another, and stays so for as long, that is told as well; when it
 * is well again, that is told once, too.
 *
 *  behindSince | alarmed | means
 *  ------------|---------|----------------------------------------------
 *  null        | false   | it serves all that was published
 *  set         | false   | a change is on its way
 *  set         | true    | it is late, and that was told
 *  null        | true    | an audit found another fault, and that was told
 */
import { later, mono, never } from "../../base/time.ts";
import type { NameserverState } from "../../core/view.ts";
import { serialGreater } from "../../dns/serial.ts";
import { addDelay } from "./delays.ts";
import { endpointKey, endpointText, type SeenOutcome } from "./events.ts";
import { startNotify } from "./notify-steps.ts";
import {
  askMsMin,
  newestOf,
  type Publication,
  publicationsMax,
  type Step,
  setTimer,
  type WatchState,
} from "./state.ts";
import type { ZoneState } from "./state.ts";

/** Waits between two questions double up to here. */
const askMsMax = 1000;
/** Behind for so long: asked less often. */
const slowAfterMs = 10_000;
const askSlowMs = 5000;
/** Behind for so long: asked seldom. */
const seldomAfterMs = 600_000;
const askSeldomMs = 60_000;
/** Secondaries that stay behind are told again after so long at most. */
const renotifyMsMin = 1000;
const renotifyMsMax = 600_000;
/** Datagrams get lost: so many questions in a row must be unanswered before a nameserver is called unreachable. */
const silencesMin = 2;

/** A change left: it is pending wherever it was not seen. */
export function expectEverywhere(step: Step, zone: ZoneState, publication: Publication): void {
  for (const watch of zone.watches.values()) {
    if (watch.pending.length < publicationsMax) watch.pending.push(publication);
    const wasWell = watch.behindSince === null;
    watch.behindSince ??= step.now.mono;
    if (wasWell) {
      watch.waitMs = askMsMin;
      watch.askAt = later(step.now.mono, askMsMin);
      watch.alarmAt = watch.alarmed ? never : later(step.now.mono, step.state.audit.lagMsMax);
    }
    setTimer(step.state, watch);
  }
  noteEverywhere(step, zone);
}

/** What is due for a nameserver: a question, an alarm, another NOTIFY. */
export function advanceWatch(step: Step, watch: WatchState): void {
  const { now, effects } = step;
  const newest = newestOf(watch.zone);
  if (!watch.asking && watch.askAt <= now.mono && newest !== null) {
    watch.asking = true;
    watch.askAt = never;
    effects.push({ kind: "ask-soa", origin: watch.zone.origin, watch: watch.config, serial: newest.serial });
  }
  if (watch.alarmAt <= now.mono) raiseAlarm(step, watch);
  if (watch.renotifyAt <= now.mono) renotify(step, watch);
  setTimer(step.state, watch);
}

/** Of a zone of which nothing was published nobody is asked: it has left and come back since the question. */
export function takeSeen(step: Step, watch: WatchState, outcome: SeenOutcome): void {
  if (newestOf(watch.zone) === null) return;
  watch.asking = false;
  watch.lastAskedAt = step.now.wall;
  watch.silences = outcome.kind === "unreachable" ? watch.silences + 1 : 0;
  if (outcome.kind === "serial") takeSerial(step, watch, outcome.serial);
  else takeFailure(step, watch, outcome);
  noteCause(step, watch);
  setTimer(step.state, watch);
}

function takeSerial(step: Step, watch: WatchState, serial: number): void {
  const { zone } = watch;
  const newest = newestOf(zone);
  const moved = watch.serial !== null && serialGreater(serial, watch.serial);
  watch.serial = serial;
  const served = watch.pending.filter((publication) => !serialGreater(publication.serial, serial));
  for (const publication of served) addDelay(watch.delays, step.now.mono - publication.at);
  watch.pending = watch.pending.filter((publication) => serialGreater(publication.serial, serial));
  if (
    newest !== null &&
    serialGreater(serial, newest.serial) &&
    zone.secondaries.has(endpointKey(watch.config.endpoint))
  )
    step.effects.push({ kind: "ahead", origin: zone.origin, serial, endpoint: endpointText(watch.config.endpoint) });
  const isBehind = newest !== null && serialGreater(newest.serial, serial);
  if (isBehind) {
    setState(step, watch, { state: "behind", reason: `serves serial ${serial}, and ${newest.serial} is published` });
    watch.behindSince = oldestPending(watch) ?? watch.behindSince ?? step.now.mono;
    if (!watch.alarmed) watch.alarmAt = later(watch.behindSince, step.state.audit.lagMsMax);
    askAgain(step, watch, moved);
  } else becomeWell(step, watch, serial);
  if (served.length > 0 || !isBehind) noteEverywhere(step, zone);
}

function oldestPending(watch: WatchState): WatchState["behindSince"] {
  return watch.pending[0]?.at ?? null;
}

function takeFailure(step: Step, watch: WatchState, outcome: Exclude<SeenOutcome, { kind: "serial" }>): void {
  const state: NameserverState = outcome.kind === "differs" ? "behind" : outcome.kind;
  if (state !== "unreachable" || watch.silences >= silencesMin)
    setState(step, watch, { state, reason: outcome.reason });
  watch.behindSince ??= step.now.mono;
  if (!watch.alarmed && watch.alarmAt === never) watch.alarmAt = later(watch.behindSince, step.state.audit.lagMsMax);
  askAgain(step, watch, false);
  if (watch.alarmed) noteEverywhere(step, watch.zone);
}

/** Soon again after progress, else later each time. */
function askAgain(step: Step, watch: WatchState, moved: boolean): void {
  const behindMs = step.now.mono - (watch.behindSince ?? step.now.mono);
  const doubled = moved ? askMsMin : Math.min(watch.waitMs * 2, askMsMax);
  const slow = behindMs >= slowAfterMs ? askSlowMs : doubled;
  watch.waitMs = behindMs >= seldomAfterMs ? askSeldomMs : slow;
  watch.askAt = later(step.now.mono, watch.waitMs);
}

function becomeWell(step: Step, watch: WatchState, serial: number): void {
  const lateMs = watch.behindSince === null ? 0 : step.now.mono - watch.behindSince;
  watch.behindSince = null;
  watch.pending = [];
  watch.askAt = never;
  watch.alarmAt = never;
  watch.renotifyAt = never;
  watch.waitMs = askMsMin;
  if (watch.different === null) setState(step, watch, { state: "in-step", reason: `serves serial ${serial}` });
  else setState(step, watch, { state: "different", reason: watch.different });
  const served = `serves serial ${serial} of zone ${watch.zone.origin}, ${secondsText(lateMs)} late`;
  endAlarm(step, watch, watch.different === null ? served : `${served}, though its records differ`);
}

/** An alarm whose cause has become another is told again, unless that one passes. */
export function noteCause(step: Step, watch: WatchState): void {
  if (!watch.alarmed) return;
  const { state } = watchedState(watch);
  // It was told before anything was known.
  if (watch.toldState === "unknown") watch.toldState = state;
  if (state === watch.toldState) watch.alarmAt = never;
  else if (watch.alarmAt === never) watch.alarmAt = later(step.now.mono, step.state.audit.lagMsMax);
}

/** One line when an alarm is over. That records differ is a matter of audits, which tell of it. */
export function endAlarm(step: Step, watch: WatchState, what: string): void {
  if (!watch.alarmed) return;
  watch.alarmed = false;
  watch.toldState = null;
  const over = watch.state === "in-step" ? "is well again" : "is not late any more";
  tell(step, watch, { rule: "nameserver/well", what: `${over}: it ${what}` });
}

function raiseAlarm(step: Step, watch: WatchState): void {
  const { lagMsMax } = step.state.audit;
  watch.alarmAt = never;
  if (watch.alarmed) return tellCause(step, watch);
  watch.alarmed = true;
  const serial = newestOf(watch.zone)?.serial ?? 0;
  const told = watch.zone.secondaries.size > 0 ? "; NOTIFY is sent again" : "";
  const what = `does not serve serial ${serial} of zone ${watch.zone.origin} after ${secondsText(lagMsMax)}`;
  const { reason, state } = watchedState(watch);
  watch.toldState = state;
  tell(step, watch, { rule: `nameserver/${state}`, what: `${what}: ${reason}${told}` });
  tellAgainFrom(step, watch, step.now.mono);
  noteEverywhere(step, watch.zone);
}

/** Goes on with an alarm that was told before a restart: its secondary must hear of the zone again all the same. */
export function resumeAlarm(step: Step, watch: WatchState, toldState: NameserverState): void {
  watch.alarmed = true;
  watch.toldState = toldState;
  if (watch.state === "in-step" && watch.behindSince === null) return endAlarm(step, watch, "serves what was decided");
  watch.alarmAt = never;
  tellAgainFrom(step, watch, later(step.now.mono, step.state.audit.lagMsMax));
  setTimer(step.state, watch);
}

function tellAgainFrom({ state }: Step, watch: WatchState, at: WatchState["renotifyAt"]): void {
  watch.renotifyMs = Math.max(renotifyMsMin, state.audit.lagMsMax);
  watch.renotifyAt = at;
}

function tellCause(step: Step, watch: WatchState): void {
  const { reason, state } = watchedState(watch);
  watch.toldState = state;
  const what = `still does not serve zone ${watch.zone.origin} as it should, now for another cause: ${reason}`;
  tell(step, watch, { rule: `nameserver/${state}`, what });
  noteEverywhere(step, watch.zone);
}

/** Tells the secondary itself again; where it is not one under this address, all secondaries of the zone. */
function renotify(step: Step, watch: WatchState): void {
  const { zone } = watch;
  const newest = newestOf(zone);
  const itself = zone.secondaries.get(endpointKey(watch.config.endpoint));
  for (const secondary of itself === undefined ? zone.secondaries.values() : [itself]) {
    if (newest !== null && secondary.serial === null && secondary.sent === null)
      startNotify(step, secondary, newest.serial);
  }
  watch.renotifyAt = later(step.now.mono, watch.renotifyMs);
  watch.renotifyMs = Math.min(watch.renotifyMs * 2, renotifyMsMax);
}

/**
 * Well as far as it was asked, while a newer serial is published, is late: until it is seen there, nobody may count on
 * it. One lost answer alone calls nobody unreachable.
 */
export function watchedState({ behindSince, reason, serial, state, zone }: WatchState): {
  readonly state: NameserverState;
  readonly reason: string;
} {
  if (state !== "in-step" || behindSince === null) return { state, reason };
  const newest = newestOf(zone)?.serial ?? "unknown";
  return { state: "behind", reason: `not seen to serve serial ${newest} yet, last seen with ${serial ?? "none"}` };
}

export function setState(step: Step, watch: WatchState, found: { state: NameserverState; reason: string }): void {
  if (watch.state !== found.state) watch.since = step.now.wall;
  watch.state = found.state;
  watch.reason = found.reason;
}

/** Marks the changes that no nameserver lacks any more, and says so of the newest of them. */
export function noteEverywhere(step: Step, zone: ZoneState): void {
  let newest: Publication | null = null;
  for (const publication of zone.publications) {
    if (publication.everywhereAt !== null || lacksSome(zone, publication)) continue;
    publication.everywhereAt = step.now.wall;
    newest = publication;
  }
  if (newest === null) return;
  const { serial } = newest;
  step.effects.push({ kind: "served-everywhere", origin: zone.origin, serial, at: step.now.wall });
}

/**
 * A nameserver whose address nobody knows is not asked by resolvers either, and holds up nothing; one whose address is being
 * looked up does.
 */
function lacksSome(zone: ZoneState, publication: Publication): boolean {
  if (zone.unresolved.some(({ pending }) => pending)) return true;
  return [...zone.watches.values()].some((watch) => mayServeOlder(watch, publication));
}

/**
 * One that refuses, or answers SERVFAIL, hands out no data at all; when that has lasted long enough for an alarm it is
 * no passing state such as a restart, after which old data would be served again. Of one that is silent nobody knows.
 */
function mayServeOlder({ alarmed, serial, state }: WatchState, publication: Publication): boolean {
  if (alarmed && (state === "refused" || state === "lame")) return false;
  return serial === null || serialGreater(publication.serial, serial);
}

function tell(step: Step, watch: WatchState, line: { rule: string; what: string }): void {
  const { config, zone } = watch;
  const sentence = `${config.name} (${endpointText(config.endpoint)}) ${line.what}`;
  step.effects.push({ kind: "tell", subject: zone.origin, rule: line.rule, sentence });
}

function secondsText(ms: number): string {
  return `${mono(Math.round(ms / 100) / 10)} s`;
}
