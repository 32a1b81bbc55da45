/** Values of options that several commands take. */
import { line } from "../api/contract-parts.ts";
import { InvalidArgumentError } from "@commander-js/extra-typings";
import { parseDuration } from "./duration.ts";

/** A name or a reason, as the API takes it. */
export function parseLineOption(text: string): string {
  const read = line.safeParse(text);
  if (read.success) return read.data;
  throw new InvalidArgumentError("Expected one line of text, which is not empty and has at most 500 characters.");
}

/** What is longer was meant to be without an end. */
const durationMsMax = 3_650 * 86_400_000;

/** Milliseconds; commander tells the user when it throws. */
export function parseDurationOption(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms === 0) throw new InvalidArgumentError("Expected a duration such as 90s, 10m, 1h30m or 2d.");
  if (ms > durationMsMax) throw new InvalidArgumentError("Expected ten years (3650d) at most.");
  return ms;
}
