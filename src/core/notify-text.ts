/**
 * Notifications in words. The line of a message fits on a telephone's screen and into one text message: what is most
 * important comes first, and what does not fit is cut at the end. What strange servers answered is in it, so control
 * characters and marks that turn the writing direction are taken out.
 */
import type { HistoryEvent } from "./model.ts";
import { lengthText, localText } from "./local-time.ts";
import { isAtLeast, type Line, type LineState, type Message, type Severity } from "./notify.ts";
import type { SubjectName } from "./notify-names.ts";

/** Characters of the line. */
export const lineCharsMax = 160;
/** Characters of one event's text in the details. */
const textCharsMax = 600;

interface Told {
  readonly event: HistoryEvent;
  readonly state: LineState;
  readonly severity: Severity;
  readonly name: SubjectName | undefined;
  /** How long it lasted, or has lasted; null: it did not. */
  readonly lastedMs: number | null;
}

export function eventText({ event, lastedMs, name, severity, state }: Told): string {
  const lasted = lastedMs === null ? "" : ` after ${lengthText(lastedMs)}`;
  const health = event.kind === "health" ? healthText(event, name, lasted) : null;
  if (health !== null) return cleanText(health, textCharsMax);
  if (state === "resolved") return cleanText(`RESOLVED${lasted}: ${event.sentence}`, textCharsMax);
  const word = state === "problem" || severity !== "info" ? `${severity.toUpperCase()}: ` : "";
  return cleanText(word + event.sentence, textCharsMax);
}

/** `DOWN web1 (www.example.org): connection refused`. */
function healthText({ rule, sentence, subject, to }: HistoryEvent, name: SubjectName | undefined, lasted: string) {
  const who = name?.text ?? subject;
  if (rule === "operator/release" || rule === "health/hold-over") return `RELEASED ${who}${lasted}: ${sentence}`;
  if (to === null) return null;
  const why = sentence.includes(": ") ? sentence.slice(sentence.indexOf(": ") + 2) : sentence;
  return `${to.toUpperCase()} ${who}${lasted}: ${why}`;
}

/** The line of an incident that goes on. */
export function stillText(text: string, lastedMs: number): string {
  return cleanText(`STILL after ${lengthText(lastedMs)}: ${text}`, textCharsMax);
}

/** At most 160 characters on one line. */
export function messageLine({ details, lines, omitted }: Message): string {
  const [first] = inOrder(lines);
  if (first === undefined) return cleanText(details ?? "nothing happened", lineCharsMax);
  const others = lines.length - 1 + omitted;
  const rest = others === 0 ? "" : ` (+${others} more)`;
  return cleanText(first.text, lineCharsMax - rest.length) + rest;
}

/** Everything, a paragraph an event. */
export function messageDetails(message: Message, timeZone: string): string {
  if (message.details !== null) return message.details;
  const { dropped, lines, omitted } = message;
  const told = lines.map(({ at, event, rule, subject, text }) => {
    return `${localText(at, timeZone)}  ${text}\n    ${cleanText(subject, textCharsMax)} · ${rule}${event === 0 ? "" : ` · event ${event}`}`;
  });
  const more = omitted === 0 ? [] : [`${omitted} more are not listed here; muster events tells them.`];
  const lost = dropped === 0 ? [] : [`${dropped} earlier messages were dropped, because too many were waiting.`];
  return [...told, ...more, ...lost, `Times are in ${timeZone}.`].join("\n");
}

/** The worst first; among equals what is open before what is over, then the order in which it happened. */
function inOrder(lines: readonly Line[]): readonly Line[] {
  const rank = ({ severity, state }: Line): number =>
    (severity === "critical" ? 0 : severity === "warning" ? 2 : 4) + (state === "resolved" ? 1 : 0);
  return lines.toSorted((a, b) => rank(a) - rank(b));
}

/** One line of at most so many characters; an ellipsis where it is cut. */
export function cleanText(text: string, charsMax: number): string {
  const clean = text
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]+/gu, " ")
    .replace(/ {2,}/g, " ")
    .trim();
  const chars = Array.from(clean);
  return chars.length <= charsMax
    ? clean
    : `${chars
        .slice(0, charsMax - 1)
        .join("")
        .trimEnd()}…`;
}

/** 1 (low) to 5 (urgent), as ntfy and mail programs count. */
export function urgency({ lines, severity }: Message): number {
  const isOver = lines.length > 0 && lines.every(({ state }) => state === "resolved");
  if (isOver) return 3;
  return isAtLeast(severity, "critical") ? 5 : isAtLeast(severity, "warning") ? 4 : 2;
}
