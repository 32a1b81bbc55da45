/**
 * Zod schemas for the small parts, each with a hint for every way to get it wrong. `io: "input"` of zod's JSON Schema
 * sees what stands in the file, the transforms give what the program works with.
 */
import { z } from "zod";
import type { Result } from "../base/result.ts";
import { addHint, type Hint, isEmpty, withHint, withHintFor } from "./hint.ts";
import { type Bounds, chooseWord, durationHint, listWords, parseDuration, parseSize, sizeHint } from "./scalars.ts";

type Read<T> = (text: string) => Result<T, Hint>;

/** A text that a reader understands. */
export function textOf<T>(read: Read<T>, expected: string) {
  return z.string(withHint({ expected })).transform((text, context): T => {
    const result = read(text);
    return result.ok ? result.value : addHint(context, text, result.error);
  });
}

/** Milliseconds. */
export function durationMs(bounds: Bounds) {
  return quantity(bounds, durationHint, parseDuration);
}

/** Bytes. */
export function sizeBytes(bounds: Bounds) {
  return quantity(bounds, sizeHint, parseSize);
}

function quantity(bounds: Bounds, hint: typeof durationHint, parse: typeof parseDuration) {
  return z
    .string(withHintFor((input) => hint(bounds, input)))
    .transform((text, context): number => {
      const result = parse(text, bounds);
      return result.ok ? result.value : addHint(context, text, result.error);
    })
    .meta({ examples: [bounds.min, bounds.max] });
}

/** A duration in whole seconds, as every TTL is. */
export function durationSeconds(bounds: Bounds) {
  return durationMs(bounds).transform((ms, context): number => {
    if (ms % 1_000 === 0) return ms / 1_000;
    return addHint(context, ms, { expected: "a duration in whole seconds", complaint: "is not whole seconds" });
  });
}

export function integer(min: number, max: number) {
  const hint = withHint({ expected: `a whole number from ${min} to ${max}` });
  return z.number(hint).int(hint).min(min, hint).max(max, hint);
}

export function truth() {
  const meant: Readonly<Record<string, string>> = { yes: "true", on: "true", no: "false", off: "false" };
  return z.boolean(
    withHintFor((input) => {
      const nearest = typeof input === "string" ? meant[input.toLowerCase()] : undefined;
      return { expected: "true or false", ...(nearest === undefined ? {} : { nearest }) };
    }),
  );
}

export function text(expected: string, max = 4_096) {
  const hint = withHint({ expected });
  return z
    .string(hint)
    .min(1, hint)
    .max(max, withHint({ expected: `${expected}, at most ${max} characters` }));
}

/** One line for people: something to see, and nothing that a terminal would obey. */
export function line(expected: string, max: number) {
  return text(expected, max)
    .regex(/^$|\S/, withHint({ expected, complaint: "is blank" }))
    .regex(/^[^\p{Cc}]*$/u, withHint({ expected: `${expected}, on one line`, complaint: "has control characters" }));
}

export function word<const T extends readonly string[]>(words: T) {
  return z.enum(
    words,
    withHintFor((input): Hint => {
      const chosen = typeof input === "string" ? chooseWord(input, words) : null;
      return chosen === null || chosen.ok ? { expected: listWords(words) } : chosen.error;
    }),
  );
}

/** A map whose keys are all known: any other is refused, with the nearest known one. */
export function map<T extends z.ZodRawShape>(what: string, shape: T) {
  const words = Object.keys(shape);
  return z.strictObject(shape, withHint({ expected: `a map with ${listWords(words)}`, what, words }));
}

export function list<T extends z.ZodType>(item: T, { what, max }: { what: string; max: number }) {
  return z
    .array(item, withHint({ expected: what }))
    .min(1, withHint({ expected: what, complaint: isEmpty }))
    .max(max, withHint({ expected: `at most ${max} entries`, complaint: `has more than ${max} entries` }));
}

export function oneOf<const T extends readonly [z.ZodType, ...z.ZodType[]]>(expected: string, options: T) {
  return z.union(options, withHint({ expected }));
}

/** A list, or one entry that stands for a list of one. */
export function oneOrMany<T extends z.ZodType>(item: T, { what, max }: { what: string; max: number }) {
  return oneOf(what, [item, list(item, { what, max })]).transform((value) => {
    return Array.isArray(value) ? value : [value];
  });
}
