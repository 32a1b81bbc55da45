/**
 * $GENERATE, BIND's shorthand for many like records: `$` in owner and data stands for a number that counts up, and
 * `${offset,width,base}` shapes it (bases d o x X, and n N for the reversed nibbles of ip6.arpa).
 */
import { fail, ok, type Result } from "../../base/result.ts";

/** Records that all directives of one zone may make together. */
export const generatedRecordsMax = 1_000_000;
/** Digits that a width may ask for. */
const widthMax = 64;
const rangeMax = 0x7fffffff;

export interface Range {
  readonly start: number;
  readonly stop: number;
  readonly step: number;
}

/** `start-stop` or `start-stop/step`. */
export function parseRange(text: string): Result<Range, string> {
  const parts = /^([0-9]{1,10})-([0-9]{1,10})(?:\/([0-9]{1,10}))?$/.exec(text);
  if (parts === null) return fail("a range such as 1-10 or 0-100/5");
  const range = { start: Number(parts[1]), stop: Number(parts[2]), step: Number(parts[3] ?? 1) };
  if (range.start > range.stop || range.step < 1 || Math.max(range.stop, range.step) > rangeMax) {
    return fail("a range that counts up, with a step of at least 1, within 31 bits");
  }
  return ok(range);
}

export function rangeLength(range: Range): number {
  return Math.floor((range.stop - range.start) / range.step) + 1;
}

/** The low nibbles in reverse with dots between, at least `width` characters (dots counted). */
function nibbles(value: number, width: number): string {
  const digits = Array.from(value.toString(16)).reverse();
  while (digits.length * 2 - 1 < width) digits.push("0");
  return digits.join(".");
}

function shapeNumber(value: number, width: number, base: string): string {
  if (base === "n") return nibbles(value, width);
  if (base === "N") return nibbles(value, width).toUpperCase();
  const radix = base === "o" ? 8 : base === "d" ? 10 : 16;
  const digits = Math.abs(value)
    .toString(radix)
    .padStart(value < 0 ? width - 1 : width, "0");
  return `${value < 0 ? "-" : ""}${base === "X" ? digits.toUpperCase() : digits}`;
}

/** The number as the modifier between braces shapes it. */
function applyModifier(modifier: string, counter: number): Result<string, string> {
  const parts = /^(-?[0-9]{1,10})(?:,([0-9]{1,3})(?:,([doxXnN]))?)?$/.exec(modifier);
  const width = Number(parts?.[2] ?? 0);
  if (parts === null || width > widthMax) {
    return fail(
      `found "\${${modifier}}", expected \${offset,width,base} with a width of at most ${widthMax} and base d o x X n N`,
    );
  }
  const value = counter + Number(parts[1]);
  const base = parts[3] ?? "d";
  if (value < 0 && base !== "d") return fail(`"\${${modifier}}" gives ${value}, only base d writes negative numbers`);
  return ok(shapeNumber(value, width, base));
}

/** `template` with every `$` replaced. `\$` and `$$` stand for a dollar sign. */
export function expandTemplate(template: string, counter: number): Result<string, string> {
  let text = "";
  let at = 0;
  while (at < template.length) {
    const character = template[at];
    if (character === "\\") {
      text += template.slice(at, at + 2);
      at += 2;
    } else if (character !== "$") {
      text += character;
      at += 1;
    } else if (template[at + 1] === "$") {
      text += "\\$";
      at += 2;
    } else if (template[at + 1] !== "{") {
      text += String(counter);
      at += 1;
    } else {
      const close = template.indexOf("}", at);
      if (close < 0) return fail(`found "${template.slice(at)}", expected a closing brace`);
      const shaped = applyModifier(template.slice(at + 2, close), counter);
      if (!shaped.ok) return shaped;
      text += shaped.value;
      at = close + 1;
    }
  }
  return ok(text);
}
