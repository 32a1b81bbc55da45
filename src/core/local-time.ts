/**
 * What a clock on the wall shows in a time zone, from Unix time: for quiet hours, reports and texts. Daylight saving
 * comes from the zone's own table, so two o'clock may be there twice, or not at all.
 */
import type { Wall } from "../base/time.ts";
import { wall } from "../base/time.ts";

export interface LocalTime {
  /** `2026-11-21`. */
  readonly date: string;
  /** `07:30:00`. */
  readonly time: string;
  /** Minutes after midnight. */
  readonly minute: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

export const weekdays: readonly string[] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const formats = new Map<string, Intl.DateTimeFormat>();

/** Throws a RangeError for a zone that does not exist. */
export function localTime(at: Wall, timeZone: string): LocalTime {
  const parts = new Map(
    formatFor(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? "";
  return {
    date: `${part("year")}-${part("month")}-${part("day")}`,
    time: `${part("hour")}:${part("minute")}:${part("second")}`,
    minute: Number(part("hour")) * 60 + Number(part("minute")),
    weekday: weekdays.indexOf(part("weekday").toLowerCase()),
  };
}

function formatFor(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const two = "2-digit" as const;
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hourCycle: "h23",
    weekday: "short",
    year: "numeric",
    month: two,
    day: two,
    hour: two,
    minute: two,
    second: two,
  });
  formats.set(timeZone, format);
  return format;
}

/** `2026-11-21 07:30:00`. */
export function localText(at: Wall, timeZone: string): string {
  const { date, time } = localTime(at, timeZone);
  return `${date} ${time}`;
}

const dayMs = 86_400_000;

/**
 * Names the newest occasion of something that is due each day at a minute, or each week on a day: the same text until
 * the next occasion.
 */
export function occasion(
  at: Wall,
  when: { readonly atMinute: number; readonly weekday: number | null; readonly timeZone: string },
): string {
  const { date, minute, weekday } = localTime(at, when.timeZone);
  const isBefore = minute < when.atMinute;
  if (when.weekday === null) return isBefore ? localTime(wall(at - dayMs), when.timeZone).date : date;
  const since = (weekday - when.weekday + 7) % 7;
  const days = since === 0 && isBefore ? 7 : since;
  return localTime(wall(at - days * dayMs), when.timeZone).date;
}

/** The two largest units that matter, such as `3h 12m`. */
export function lengthText(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const units = [
    ["d", dayMs],
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1000],
  ] as const;
  let rest = ms;
  const parts: string[] = [];
  for (const [name, unit] of units) {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    if (count > 0) parts.push(`${count}${name}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(" ");
}
