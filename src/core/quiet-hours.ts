/** When only what is critical is told. */
import type { Wall } from "../base/time.ts";
import { localTime } from "./local-time.ts";
import type { QuietHours } from "./notify.ts";

export function isQuiet(hours: readonly QuietHours[], at: Wall, timeZone: string): boolean {
  if (hours.length === 0) return false;
  const { minute, weekday } = localTime(at, timeZone);
  return hours.some((one) => holds(one, minute, weekday));
}

function holds({ days, fromMinute, toMinute }: QuietHours, minute: number, weekday: number): boolean {
  const begins = (day: number): boolean => days.length === 0 || days.includes(day);
  if (fromMinute < toMinute) return begins(weekday) && minute >= fromMinute && minute < toMinute;
  return (begins(weekday) && minute >= fromMinute) || (begins((weekday + 6) % 7) && minute < toMinute);
}
