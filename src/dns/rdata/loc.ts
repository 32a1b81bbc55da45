/**
 * LOC (RFC 1876): a place on Earth. The wire has fixed 16 octets; text is degrees, minutes and seconds, then metres.
 */
import { type OctetWriter, readU32 } from "../octets.ts";
import { rrType } from "../rr-types.ts";
import type { Field, RdataType } from "./field.ts";
import type { TokenReader } from "./tokens.ts";

const equator = 0x80000000;
const altitudeZeroCm = 10_000_000;
const hourMs = 3_600_000;

/** Degrees, optional minutes and seconds, then one of two letters: thousandths of a second of arc around 2^31. */
function readAngle(tokens: TokenReader, degreesMax: number, letters: string): number {
  const expected = `degrees [minutes [seconds]] and ${letters[0]} or ${letters[1]}`;
  const parts: number[] = [];
  for (;;) {
    const token = tokens.next(expected);
    if (token === null) return equator;
    const letter = letters.indexOf(token.text.toUpperCase());
    const shaped = parts.length < 2 ? /^[0-9]{1,3}$/ : /^[0-9]{1,2}(?:\.[0-9]{1,3})?$/;
    if (parts.length > 0 && letter >= 0 && token.text.length === 1) return equator + sign(letter) * angleMs(parts);
    if (
      parts.length === 3 ||
      !shaped.test(token.text) ||
      Number(token.text) > (parts.length === 0 ? degreesMax : 59.999)
    ) {
      tokens.reject(token, expected);
      return equator;
    }
    parts.push(Number(token.text));
    if (angleMs(parts) > degreesMax * hourMs) tokens.reject(token, `at most ${degreesMax} degrees`);
  }
}

/** The first letter of "NS" and "EW" counts up. */
function sign(letter: number): number {
  return letter === 0 ? 1 : -1;
}

function angleMs(parts: readonly number[]): number {
  const [degrees = 0, minutes = 0, seconds = 0] = parts;
  return degrees * hourMs + minutes * 60_000 + Math.round(seconds * 1000);
}

/** Centimetres from metres as "12.34m"; null when it is no such number. */
function metresCm(text: string): number | null {
  const match = /^(-?[0-9]{1,8}(?:\.[0-9]{1,2})?)m?$/i.exec(text);
  return match === null ? null : Math.round(Number(match[1]) * 100);
}

/** A digit and a power of ten (RFC 1876, 2). */
function sizeOctet(cm: number): number {
  let power = 0;
  let base = cm;
  while (base > 9) {
    base = Math.floor(base / 10);
    power += 1;
  }
  return (base << 4) | power;
}

function sizeText(octet: number): string {
  return `${((octet >> 4) * 10 ** (octet & 15)) / 100}m`;
}

interface Metres {
  readonly expected: string;
  readonly fallbackCm: number;
  readonly range: readonly [number, number];
}

function readMetres(tokens: TokenReader, { expected, fallbackCm, range }: Metres): number {
  if (tokens.done) return fallbackCm;
  const token = tokens.next(expected);
  const cm = token === null ? null : metresCm(token.text);
  if (cm !== null && cm >= range[0] && cm <= range[1]) return cm;
  if (token !== null) tokens.reject(token, expected);
  return fallbackCm;
}

const range = [0, 9_000_000_000] as const;
const altitudeField: Metres = {
  expected: "an altitude in metres (-100000.00 to 42849672.95)",
  fallbackCm: 0,
  range: [-altitudeZeroCm, 4_284_967_295],
};
/** Defaults of RFC 1876, 3. */
const sizeFields: readonly Metres[] = [
  { expected: "a size in metres", fallbackCm: 100, range },
  { expected: "a horizontal precision in metres", fallbackCm: 1_000_000, range },
  { expected: "a vertical precision in metres", fallbackCm: 1000, range },
];

function readLoc(tokens: TokenReader, out: OctetWriter): void {
  const latitude = readAngle(tokens, 90, "NS");
  const longitude = readAngle(tokens, 180, "EW");
  if (tokens.done) tokens.next(altitudeField.expected);
  const altitude = readMetres(tokens, altitudeField);
  out.u8(0);
  for (const field of sizeFields) out.u8(sizeOctet(readMetres(tokens, field)));
  out.u32(latitude);
  out.u32(longitude);
  out.u32(altitude + altitudeZeroCm);
}

function angleText(value: number, letters: string): string {
  const ms = Math.abs(value - equator);
  const minutes = Math.floor((ms % hourMs) / 60_000);
  const seconds = ((ms % 60_000) / 1000).toFixed(3);
  return `${Math.floor(ms / hourMs)} ${minutes} ${seconds} ${value >= equator ? letters[0] : letters[1]}`;
}

function locText(bytes: Uint8Array, at: number): string {
  const angles = `${angleText(readU32(bytes, at + 4), "NS")} ${angleText(readU32(bytes, at + 8), "EW")}`;
  const altitude = ((readU32(bytes, at + 12) - altitudeZeroCm) / 100).toFixed(2);
  const sizes = [1, 2, 3].map((offset) => sizeText(bytes[at + offset] ?? 0)).join(" ");
  return `${angles} ${altitude}m ${sizes}`;
}

/** Version 0 only, and digits of sizes at most 9, so that the text reads back. */
function skipLoc(bytes: Uint8Array, at: number, end: number): number {
  if (at + 16 > end || bytes[at] !== 0) return -1;
  for (const octet of bytes.subarray(at + 1, at + 4)) if (octet >> 4 > 9 || (octet & 15) > 9) return -1;
  const offsets = [4, 8].map((offset) => Math.abs(readU32(bytes, at + offset) - equator));
  return (offsets[0] ?? 0) > 90 * hourMs || (offsets[1] ?? 0) > 180 * hourMs ? -1 : at + 16;
}

const place: Field = { expected: "a place", read: readLoc, skip: skipLoc, text: locText };

export const locTypes: readonly RdataType[] = [{ type: rrType.LOC, fields: [place] }];
