/** What may stand under `maintenance`: windows that come again and again. */
import { ok, type Result } from "../base/result.ts";
import { type Hint, refuse } from "./hint.ts";
import { entriesMax } from "./limits.ts";
import { parseTimeOfDay, parseTimeZone, parseWeekday } from "./notify-scalars.ts";
import { durationMs, line, list, map, oneOrMany, text, textOf } from "./schema-parts.ts";

interface Every {
  /** 0 is Sunday; empty: every day. */
  readonly days: readonly number[];
  readonly atMinute: number;
}

export const everyExpected = '"Sun 02:00", "Mon,Thu 23:30" or "daily 04:00"';

/** Days and a time of day. */
export function parseEvery(value: string): Result<Every, Hint> {
  const match = /^(\S+)\s+(\S+)$/.exec(value.trim());
  const atMinute = parseTimeOfDay(match?.[2] ?? "");
  if (match?.[1] === undefined || !atMinute.ok || atMinute.value === minutesOfDay)
    return refuse({ expected: everyExpected });
  if (/^(daily|day)$/i.test(match[1])) return ok({ days: [], atMinute: atMinute.value });
  const days = match[1].split(",").map(parseWeekday);
  const wrong = days.find((day) => !day.ok);
  if (wrong !== undefined) return refuse({ expected: everyExpected, complaint: "names a day that does not exist" });
  return ok({ days: days.flatMap((day) => (day.ok ? [day.value] : [])), atMinute: atMinute.value });
}

const minutesOfDay = 1_440;
const windowsMax = 100;
const names = { what: "a list of names", max: entriesMax } as const;
const name = text("a name", 300);

const windowSchema = map("a window of maintenance", {
  name: line("a name for people", 100).describe("What people call it."),
  every: textOf(parseEvery, everyExpected).describe('When it begins, such as "Sun 02:00" or "daily 04:00".'),
  for: durationMs({ min: "1m", max: "6d" }).describe("How long it lasts."),
  "time-zone": textOf(parseTimeZone, "a time zone").optional().describe("Whose clock is meant. Default UTC."),
  members: oneOrMany(name, names).optional().describe("Members by id, name or address. Default all."),
  pools: oneOrMany(name, names).optional().describe("Pools by name. Default all."),
  reason: line("a reason", 500).optional().describe("Why, for people. Default the name."),
});

export const maintenanceSchema = list(windowSchema, { what: "a list of windows", max: windowsMax });
