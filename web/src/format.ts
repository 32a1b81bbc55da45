/**
 * Numbers, times and lists in the words of the page. Spans are rounded down to one unit, or to two where the second
 * one still says something, so that a reader compares them without arithmetic.
 */
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Number and unit stay on one line. */
const tight = "\u00a0";

/** `3 s`, `2 min`, `1 h 20 min`, `4 d 3 h`; negative spans read as `0 s`, because two clocks never agree fully. */
export function formatSpan(ms: number): string {
  const span = Math.max(0, ms);
  if (span < minute) return `${Math.floor(span / second)}${tight}s`;
  if (span < hour) return `${Math.floor(span / minute)}${tight}min`;
  if (span < day) return pair(span, { unit: hour, name: "h" }, { unit: minute, name: "min" });
  return pair(span, { unit: day, name: "d" }, { unit: hour, name: "h" });
}

interface Unit {
  readonly unit: number;
  readonly name: string;
}

function pair(span: number, large: Unit, small: Unit): string {
  const rest = Math.floor((span % large.unit) / small.unit);
  const head = `${Math.floor(span / large.unit)}${tight}${large.name}`;
  return rest === 0 ? head : `${head}${tight}${rest}${tight}${small.name}`;
}

/** How long ago, from the reader's side: `just now`, `40 s ago`. */
export function formatAgo(at: number, now: number): string {
  return now - at < 2 * second ? "just now" : `${formatSpan(now - at)} ago`;
}

/** An answering time: `0.4 ms`, `12 ms`, `1.3 s`. */
export function formatMs(ms: number): string {
  if (ms < 9.95) return `${ms.toFixed(1)}${tight}ms`;
  if (ms < second) return `${Math.round(ms)}${tight}ms`;
  return `${(ms / second).toFixed(1)}${tight}s`;
}

/** `1 member`, `1,200 members`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}

/** `a`, `a and b`, `a, b and c`, `a, b and 4 more`. */
export function listWords(words: readonly string[], most = 3): string {
  const shown = words.length > most ? [...words.slice(0, most - 1), `${words.length - most + 1} more`] : [...words];
  const last = shown.pop();
  if (last === undefined) return "";
  return shown.length === 0 ? last : `${shown.join(", ")} and ${last}`;
}

/** The controller's reasons come without a full stop; beside other sentences they need one. */
export function endSentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** A capital for a plain word; names and addresses stay as they are. */
export function startSentence(text: string): string {
  return /^[a-z]+[ ,:]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

/** Local time of day, always 24 hours: logs elsewhere are read beside it. */
export function formatClock(at: number): string {
  return new Date(at).toLocaleTimeString("en-GB", { hour12: false });
}

/** `29 Nov, 14:05`, in local time. */
export function formatDateTime(at: number): string {
  return new Date(at).toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}

/** Of a span that begins at `from`: the time alone where the day is the same. */
export function formatEnd(from: number, to: number): string {
  const text = formatDateTime(to);
  return dayNumber(new Date(from)) === dayNumber(new Date(to)) ? text.slice(text.indexOf(",") + 2) : text;
}

/** `Friday 20 November`, with `Today` and `Yesterday` said as such. */
export function formatDay(at: number, now: number): string {
  const date = new Date(at);
  const words = date.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long" });
  const back = dayNumber(new Date(now)) - dayNumber(date);
  if (back === 0) return `Today, ${words}`;
  return back === 1 ? `Yesterday, ${words}` : words;
}

/** Calendar days in local time; the hours of a day with a clock change do not matter. */
export function dayNumber(date: Date): number {
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / day);
}
