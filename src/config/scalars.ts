/**
 * The small texts of a configuration: durations, sizes, names, ports, endpoints. Each reader takes the text and gives
 * the value, or a hint that says what was expected and, where it can be guessed, what was probably meant.
 */
import { ok, type Result } from "../base/result.ts";
import type { Endpoint } from "../core/model.ts";
import { parseAddress } from "./address.ts";
import { type Hint, refuse } from "./hint.ts";
import { findNearest } from "../base/nearest.ts";

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const unitBytes: Readonly<Record<string, number>> = { B: 1, KiB: 1_024, MiB: 1_048_576, kB: 1_000, MB: 1_000_000 };

/** Inclusive bounds with the words they are quoted in, such as `1s` and `7d`. */
export interface Bounds {
  readonly min: string;
  readonly max: string;
}

export function durationHint({ min, max }: Bounds, input: unknown): Hint {
  const expected = `a duration from ${min} to ${max}, such as 250ms, 30s, 10m or 24h`;
  if (typeof input !== "number" || !Number.isFinite(input)) return { expected };
  return { expected, complaint: "has no unit", nearest: `${input}s` };
}

/** Milliseconds. */
export function parseDuration(text: string, bounds: Bounds): Result<number, Hint> {
  return parseQuantity(text, bounds, duration);
}

/** A number with a unit. */
interface Quantity {
  readonly units: Readonly<Record<string, number>>;
  /** The value in the smallest unit; null: not readable. */
  readonly measure: (text: string) => number | null;
  readonly hint: (bounds: Bounds, input: unknown) => Hint;
  readonly less: string;
  readonly more: string;
}

const duration: Quantity = { units: unitMs, measure: durationMs, hint: durationHint, less: "shorter", more: "longer" };
const size: Quantity = { units: unitBytes, measure: sizeBytes, hint: sizeHint, less: "smaller", more: "larger" };

function parseQuantity(text: string, bounds: Bounds, quantity: Quantity): Result<number, Hint> {
  const { hint, less, measure, more, units } = quantity;
  const { expected } = hint(bounds, text);
  const value = measure(text);
  if (value === null) return refuse({ expected, ...nearestUnit(text, Object.keys(units)) });
  if (value < (measure(bounds.min) ?? 0)) return refuse({ expected, complaint: `is ${less} than ${bounds.min}` });
  if (value > (measure(bounds.max) ?? 0)) return refuse({ expected, complaint: `is ${more} than ${bounds.max}` });
  return ok(value);
}

function durationMs(text: string): number | null {
  const match = /^(\d{1,15}(?:\.\d{1,6})?) ?(ms|s|m|h|d|w)$/.exec(text);
  const ms =
    match === null ? Number.NaN : Math.round(Number(match[1]) * (unitMs[match[2] ?? ""] ?? Number.NaN) * 1e3) / 1e3;
  return Number.isInteger(ms) ? ms : null;
}

const otherUnits: Readonly<Record<string, string>> = {
  sec: "s",
  secs: "s",
  second: "s",
  seconds: "s",
  min: "m",
  mins: "m",
  minute: "m",
  minutes: "m",
  hour: "h",
  hours: "h",
  hr: "h",
  hrs: "h",
  day: "d",
  days: "d",
  week: "w",
  weeks: "w",
  msec: "ms",
  millis: "ms",
  milliseconds: "ms",
  k: "KiB",
  kb: "KiB",
  kib: "KiB",
  mb: "MiB",
  mib: "MiB",
  b: "B",
  bytes: "B",
};

function nearestUnit(text: string, units: readonly string[]): { nearest?: string } {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(text);
  if (match === null) return {};
  const [, count = "", unit = ""] = match;
  const known = otherUnits[unit.toLowerCase()] ?? unit.toLowerCase();
  return units.includes(known) ? { nearest: count + known } : {};
}

export function sizeHint({ min, max }: Bounds, input: unknown): Hint {
  const expected = `a size from ${min} to ${max}, such as 512B, 64KiB or 1MiB`;
  return typeof input === "number" && Number.isFinite(input)
    ? { expected, complaint: "has no unit", nearest: `${input}B` }
    : { expected };
}

/** Bytes. */
export function parseSize(text: string, bounds: Bounds): Result<number, Hint> {
  return parseQuantity(text, bounds, size);
}

function sizeBytes(text: string): number | null {
  const match = /^(\d{1,12}) ?(B|KiB|MiB|kB|MB)$/.exec(text);
  return match === null ? null : Number(match[1]) * (unitBytes[match[2] ?? ""] ?? Number.NaN);
}

/** Host and zone names: letters, digits, hyphens and underscores (service names have them), no wildcard. */
export function parseName(text: string): Result<string, Hint> {
  const expected = "a name such as www.example.org";
  const name = text.toLowerCase().replace(/\.$/, "");
  if (name === "") return refuse({ expected });
  if (/[^\x20-\x7e]/.test(name))
    return refuse({ expected, complaint: "has letters outside ASCII; write its xn-- form" });
  if (name.length > 253) return refuse({ expected, complaint: "is longer than 253 characters (RFC 1035)" });
  const bad = name.split(".").find((label) => !/^(?!-)[a-z0-9_-]{1,63}(?<!-)$/.test(label));
  if (bad === undefined) return ok(name);
  if (bad === "") return refuse({ expected, complaint: "has an empty label (two dots, or a dot in front)" });
  if (bad.length > 63) return refuse({ expected, complaint: "has a label longer than 63 characters (RFC 1035)" });
  return refuse({ expected, complaint: `has the label ${JSON.stringify(bad)}, which no host name has` });
}

/** The name of a pool may begin with a wildcard label (RFC 4592). */
export function parsePoolName(text: string): Result<string, Hint> {
  if (!text.startsWith("*.")) return parseName(text);
  const rest = parseName(text.slice(2));
  return rest.ok ? ok(`*.${rest.value}`) : rest;
}

export function parseContact(text: string): Result<string, Hint> {
  const expected = "a mail address such as hostmaster@example.org";
  const at = text.lastIndexOf("@");
  const domain = parseName(text.slice(at + 1));
  if (at < 1 || !domain.ok || !/^[\w.+-]{1,63}$/.test(text.slice(0, at))) return refuse({ expected });
  return ok(`${text.slice(0, at)}@${domain.value}`);
}

/** An address in the one spelling that is used from here on. */
export function parseAddressText(text: string): Result<string, Hint> {
  const expected = "an IPv4 or IPv6 address";
  const address = parseAddress(text);
  if (address !== null) return ok(address.text);
  if (/^\d+(\.\d+){3}$/.test(text))
    return refuse({ expected, complaint: "has a part above 255 or with a leading zero" });
  if (/^[0-9a-f:]+%/i.test(text)) return refuse({ expected, complaint: "names an interface of this machine with %" });
  const withoutPort = /^(.*[^:]):\d+$/.exec(text)?.[1];
  if (withoutPort !== undefined && parseAddress(withoutPort) !== null)
    return refuse({ expected, complaint: "has a port; the port belongs into the check", nearest: withoutPort });
  if (/^[a-z][\w.-]*$/i.test(text)) return refuse({ expected, complaint: "is a name, not an address" });
  return refuse({ expected });
}

export const endpointExpected = 'ADDRESS:PORT, such as 127.0.0.1:5300 or "[::1]:5300"';

export function parseEndpoint(text: string, portDefault: number): Result<Endpoint, Hint> {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,6}))?$/.exec(text);
  const address = parseAddress(match?.[1] ?? text);
  if (address === null) return refuse({ expected: endpointExpected, ...namedEndpoint(text) });
  const port = match?.[2] === undefined ? portDefault : Number(match[2]);
  if (port > 65_535) return refuse({ expected: endpointExpected, complaint: "has a port above 65535" });
  return ok({ address: address.text, port });
}

function namedEndpoint(text: string): Partial<Hint> {
  const port = /^localhost(:\d+)?$/i.exec(text);
  if (port !== null) return { complaint: "is a name", nearest: `127.0.0.1${port[1] ?? ""}` };
  const bare = /^:(\d+)$/.exec(text);
  return bare === null ? {} : { complaint: "has no address", nearest: `0.0.0.0:${bare[1]}` };
}

/** Inclusive ranges of status codes: 200, or "300-399". */
export function parseStatus(text: string): Result<{ from: number; to: number }, Hint> {
  const expected = 'a status code from 100 to 599, or a range such as "300-399"';
  const match = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(text);
  const range = match === null ? null : { from: Number(match[1]), to: Number(match[2] ?? match[1]) };
  const family = /^([1-5])xx$/i.exec(text)?.[1];
  if (family !== undefined) return refuse({ expected, nearest: `"${family}00-${family}99"` });
  if (range === null) return refuse({ expected });
  return range.from <= range.to ? ok(range) : refuse({ expected, complaint: "ends before it begins" });
}

/** A choice among words, with the nearest for a mistyped one. */
export function chooseWord<T extends string>(text: string, words: readonly T[]): Result<T, Hint> {
  const word = words.find((candidate) => candidate === text);
  if (word !== undefined) return ok(word);
  const nearest = findNearest(text, words);
  return refuse({ expected: listWords(words), ...(nearest === null ? {} : { nearest }) });
}

export function listWords(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
