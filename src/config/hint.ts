/**
 * What a schema knows about a mistake: what was expected, which words are known there, and, where it can tell, a
 * sentence of its own. Zod carries one string per issue, so a hint travels in it as JSON.
 */
import type { z } from "zod";
import { fail } from "../base/result.ts";

export interface Hint {
  readonly expected: string;
  /** Continues "KEY ...", as in "must be ...". Left out: made from `expected`. */
  readonly complaint?: string;
  readonly nearest?: string;
  /** What a map with unknown keys is, as in "a check". */
  readonly what?: string;
  /** Keys or values that are known here: the nearest is looked for among them. */
  readonly words?: readonly string[];
}

/** The complaint about a list without entries. */
export const isEmpty = "is empty";

export function refuse(hint: Hint): { readonly ok: false; readonly error: Hint } {
  return fail(hint);
}

/** The `error` parameter of a zod schema. */
export function withHint(hint: Hint): { error: () => string } {
  const encoded = JSON.stringify(hint);
  return { error: () => encoded };
}

/** As `withHint`, but looking at the value that was found. */
export function withHintFor(make: (input: unknown) => Hint): { error: (issue: { input?: unknown }) => string } {
  return { error: (issue) => JSON.stringify(make(issue.input)) };
}

export function addHint(context: z.RefinementCtx, input: unknown, hint: Hint): never {
  context.issues.push({ code: "custom", input, message: JSON.stringify(hint) });
  return undefined as never;
}

/** Every schema of this folder gives hints; what zod words by itself becomes the expectation. */
export function decodeHint(message: string): Hint {
  return message.startsWith("{") ? (JSON.parse(message) as Hint) : { expected: message };
}
