/**
 * NOTIFY (RFC 1996): each secondary is told at once that a zone has changed. What changes while a NOTIFY is under way,
 * or within `notifyGapMs` after one, goes with the next. Without an answer it is repeated with a growing wait until it
 * is answered, superseded, or was tried `notifyTriesMax` times; then the checks of what is served take over, which
 * begin anew when the secondary stays behind.
 *
 *  serial | sent | means
 *  -------|------|--------------------------------------
 *  null   | null | nothing to tell
 *  set    | null | to be sent at `nextAt`
 *  any    | set  | under way; `serial` waits for its end
 */
import { later, mono, never } from "../../base/time.ts";
import { endpointText } from "./events.ts";
import { type SecondaryState, type Step, setTimer } from "./state.ts";

/** Shortest distance between two NOTIFY for one zone to one secondary. */
const notifyGapMs = 20;
/** Waits between tries: this, then twice as long each time, up to the other. */
const retryMsMin = 500;
const retryMsMax = 60_000;
export const notifyTriesMax = 12;

const noError = 0;

/** Tells a secondary that there is a newer serial. */
export function startNotify(step: Step, secondary: SecondaryState, serial: number): void {
  secondary.serial = serial;
  secondary.tries = 0;
  secondary.nextAt = mono(Math.max(step.now.mono, secondary.lastSentAt + notifyGapMs));
  advanceNotify(step, secondary);
}

/** Sends what is due. */
export function advanceNotify(step: Step, secondary: SecondaryState): void {
  const { serial } = secondary;
  if (secondary.sent === null && serial !== null && secondary.nextAt <= step.now.mono) {
    step.effects.push({ kind: "notify", origin: secondary.zone.origin, peer: secondary.peer, serial });
    secondary.sent = serial;
    secondary.serial = null;
    secondary.tries += 1;
    secondary.lastSentAt = step.now.mono;
    secondary.nextAt = never;
  }
  if (secondary.sent !== null) secondary.nextAt = never;
  setTimer(step.state, secondary);
}

export function notifyAnswered(step: Step, secondary: SecondaryState, rcode: number): void {
  complain(step, secondary, rcode);
  endTry(step, secondary);
}

export function notifySilent(step: Step, secondary: SecondaryState): void {
  const { sent, tries } = secondary;
  if (secondary.serial !== null || sent === null || tries >= notifyTriesMax) return endTry(step, secondary);
  secondary.serial = sent;
  secondary.sent = null;
  secondary.nextAt = later(step.now.mono, Math.min(retryMsMin * 2 ** (tries - 1), retryMsMax));
  setTimer(step.state, secondary);
}

/** What came up meanwhile goes next. */
function endTry(step: Step, secondary: SecondaryState): void {
  secondary.sent = null;
  const { serial } = secondary;
  if (serial !== null) return startNotify(step, secondary, serial);
  secondary.nextAt = never;
  setTimer(step.state, secondary);
}

/** A secondary that answers and refuses will never transfer: one line, and one when it takes them. */
function complain(step: Step, secondary: SecondaryState, rcode: number): void {
  if (secondary.complained === (rcode !== noError)) return;
  secondary.complained = rcode !== noError;
  const { origin } = secondary.zone;
  const who = endpointText(secondary.peer);
  const sentence = secondary.complained
    ? `${who} does not accept NOTIFY for zone ${origin} (${refusal(rcode)}); ${advice(secondary)}`
    : `${who} accepts NOTIFY for zone ${origin} again`;
  const rule = secondary.complained ? "notify/refused" : "notify/accepted";
  step.effects.push({ kind: "tell", subject: origin, rule, sentence });
}

const refusals: Readonly<Record<number, string>> = { 4: "NOTIMP", 5: "REFUSED", 9: "NOTAUTH" };

function refusal(rcode: number): string {
  return refusals[rcode] ?? `rcode ${rcode}`;
}

function advice({ peer }: SecondaryState): string {
  const key = peer.key === null ? "no key" : `the key ${peer.key}`;
  return `it must have the zone as a secondary of this server and allow NOTIFY from it with ${key}`;
}
