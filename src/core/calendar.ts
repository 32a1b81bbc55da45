/**
 * From what a clock on the wall shows to the instant at which it shows that. Days are numbered from 1970-01-01, so that
 * weeks are plain arithmetic; the time zone says how far the clock is from UTC. When clocks are put forward, a time that
 * is left out means as long after midnight as on other days (half past two is then half past three); when they are put
 * back, a time that comes twice means the first.
 */
import { type Wall, wall } from "../base/time.ts";
import { localTime } from "./local-time.ts";

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** The day's number, from `2026-11-21`; proleptic Gregorian. */
export function dayNumber(date: string): number {
  const [year = 1970, month = 1, day = 1] = date.split("-").map(Number);
  // March begins the year here, so that the leap day is its last.
  const shifted = month > 2 ? year : year - 1;
  const sinceMarch = (month + 9) % 12;
  const leapDays = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  return shifted * 365 + leapDays + Math.floor((sinceMarch * 153 + 2) / 5) + day - 719_469;
}

/** 0 is Sunday. */
export function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

/** Milliseconds that clocks in the zone are ahead of UTC. */
function offsetAt(at: Wall, timeZone: string): number {
  const { date, minute } = localTime(at, timeZone);
  const shown = dayNumber(date) * dayMs + minute * minuteMs;
  return shown - Math.floor(at / minuteMs) * minuteMs;
}

/** The instant at which clocks in the zone show that minute of that day. */
export function instantOf(day: number, minute: number, timeZone: string): Wall {
  const shown = day * dayMs + minute * minuteMs;
  const before = offsetAt(wall(shown - dayMs), timeZone);
  const after = offsetAt(wall(shown + dayMs), timeZone);
  const first = wall(shown - before);
  const second = wall(shown - after);
  const isLater = offsetAt(first, timeZone) !== before && offsetAt(second, timeZone) === after;
  return isLater ? second : first;
}
