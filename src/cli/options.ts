/** Values of options that several commands take. */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import { parseDuration } from "./duration.ts";

/** Milliseconds; commander tells the user when it throws. */
export function parseDurationOption(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms === 0) throw new InvalidArgumentError("Expected a duration such as 90s, 10m, 1h30m or 2d.");
  return ms;
}
