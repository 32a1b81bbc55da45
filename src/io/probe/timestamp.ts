/**
 * Finds the time that a timestamp document tells: Unix seconds, ISO 8601, RFC 2822 (also the form of HTTP, RFC 9110,
 * 5.6.7), the form of date(1), or whatever a pattern captures, in one of these forms. A document tells its time at the
 * beginning of its first line that is not empty. Strict: a text that is no date is none, and neither is 31 February.
 */
import { type Wall, wall } from "../../base/time.ts";
import type { StampFormat } from "../../core/model.ts";

type Read = (text: string) => number | null;

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Hours from UTC; letters of RFC 2822, 4.3, that are still in use. */
const zoneHours: Readonly<Record<string, number>> = {
  "": 0,
  Z: 0,
  UT: 0,
  UTC: 0,
  GMT: 0,
  EST: -5,
  EDT: -4,
  CST: -6,
  CDT: -5,
  MST: -7,
  MDT: -6,
  PST: -8,
  PDT: -7,
};

/**
 * Unix time in ms; null: there is none. `text` is the document, or the header's value under `last-modified`; `match` is
 * what the pattern of `matches` found in it.
 */
export function readTimestamp(text: string, format: StampFormat, match: RegExpExecArray | null): Wall | null {
  const found = format.kind === "matches" ? captured(match) : firstLine(text);
  if (found === null) return null;
  const at = readers[format.kind](found);
  return at === null || !Number.isFinite(at) ? null : wall(at);
}

function firstLine(text: string): string | null {
  const line = /^\s*([^\r\n]{1,200})/.exec(text)?.[1];
  return line === undefined ? null : line.replace(/^date:\s*/i, "");
}

function captured(match: RegExpExecArray | null): string | null {
  return match === null ? null : (match[1] ?? match[0]).trim();
}

/** Not in seconds: 13 digits are milliseconds, as some programs write them. */
function readUnix(text: string): number | null {
  const [, digits = "", fraction = ""] = /^(\d{9,13})(\.\d{1,9})?(?:\s|$)/.exec(text) ?? [];
  if (digits.length === 13 && fraction === "") return Number(digits);
  return digits === "" || digits.length > 11 ? null : Math.floor(Number(digits + fraction) * 1000);
}

const isoForm =
  /^(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?)? ?(Z|UTC|GMT|[+-]\d\d:?(?:\d\d)?)?(?:\s|$)/i;

/** A date without a zone is taken as UTC. */
function readIso(text: string): number | null {
  const match = isoForm.exec(text);
  if (match === null) return null;
  const [, year = "", month = "", day = "", hour = "0", minute = "0", second = "0", fraction = "0", zone = ""] = match;
  const at = utc({ year, month: Number(month), day, hour, minute, second }, zone);
  return at === null ? null : at + Math.floor(Number(`0.${fraction}`) * 1000);
}

const mailForm =
  /^(?:[a-z]{3}, ?)?(\d{1,2})[ -]([a-z]{3})[ -](\d{4}) (\d\d):(\d\d)(?::(\d\d))? ?([+-]\d{4}|[a-z]{1,3})?(?:\s|$)/i;
const programForm = /^[a-z]{3} ([a-z]{3}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d) (?:([a-z]{1,3}) )?(\d{4})(?:\s|$)/i;

function readMail(text: string): number | null {
  const match = mailForm.exec(text);
  if (match === null) return readProgram(text);
  const [, day = "", name = "", year = "", hour = "", minute = "", second = "0", zone = ""] = match;
  return utc({ year, month: monthOf(name), day, hour, minute, second }, zone);
}

/** `Sat Nov 21 02:00:11 UTC 2026`, as date(1) writes it, and asctime() without the zone. */
function readProgram(text: string): number | null {
  const match = programForm.exec(text);
  if (match === null) return null;
  const [, name = "", day = "", hour = "", minute = "", second = "", zone = "", year = ""] = match;
  return utc({ year, month: monthOf(name), day, hour, minute, second }, zone);
}

function monthOf(name: string): number {
  return months.indexOf(name.toLowerCase()) + 1;
}

interface Parts {
  readonly year: string;
  readonly month: number;
  readonly day: string;
  readonly hour: string;
  readonly minute: string;
  readonly second: string;
}

const minuteMs = 60_000;

function utc({ day, hour, minute, month, second, year }: Parts, zone: string): number | null {
  const offset = offsetMs(zone.toUpperCase());
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  // A leap second is the first of the next minute.
  if (offset === null || month < 1 || month > 12 || h > 23 || m > 59 || s > 60) return null;
  const midnight = Date.UTC(Number(year), month - 1, Number(day));
  if (new Date(midnight).getUTCDate() !== Number(day)) return null;
  return midnight + (h * 60 + m) * minuteMs + s * 1000 - offset;
}

function offsetMs(zone: string): number | null {
  const known = zoneHours[zone];
  if (known !== undefined) return known * 60 * minuteMs;
  const [, sign, hours = "", minutes = "0"] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  if (sign === undefined || Number(hours) > 23 || Number(minutes) > 59) return null;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * minuteMs;
}

function readAny(text: string): number | null {
  return readUnix(text) ?? readIso(text) ?? readMail(text);
}

const readers: Readonly<Record<StampFormat["kind"], Read>> = {
  auto: readAny,
  unix: readUnix,
  iso: readIso,
  rfc2822: readMail,
  "last-modified": readMail,
  matches: readAny,
};
