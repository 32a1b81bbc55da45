import { expect, test } from "vitest";
import { wall } from "../base/time.ts";
import { dayNumber, instantOf, weekdayOf } from "./calendar.ts";
import { localTime } from "./local-time.ts";

const zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"];

test("days are numbered as Unix time numbers them", () => {
  for (let day = -1000; day < 60_000; day += 37) {
    const at = wall(day * 86_400_000);
    const { date, weekday } = localTime(at, "UTC");
    expect([dayNumber(date), weekdayOf(day)]).toEqual([day, weekday]);
  }
});

test.each([
  // Clocks go from 02:00 to 03:00 in Berlin on 2026-03-29, and from 03:00 to 02:00 on 2026-10-25.
  ["2026-03-28", 150, "Europe/Berlin", "2026-03-28T01:30Z"],
  ["2026-03-29", 119, "Europe/Berlin", "2026-03-29T00:59Z"],
  ["2026-03-29", 120, "Europe/Berlin", "2026-03-29T01:00Z"],
  ["2026-03-29", 150, "Europe/Berlin", "2026-03-29T01:30Z"],
  ["2026-03-29", 180, "Europe/Berlin", "2026-03-29T01:00Z"],
  ["2026-03-30", 150, "Europe/Berlin", "2026-03-30T00:30Z"],
  ["2026-10-25", 119, "Europe/Berlin", "2026-10-24T23:59Z"],
  ["2026-10-25", 150, "Europe/Berlin", "2026-10-25T00:30Z"],
  ["2026-10-25", 180, "Europe/Berlin", "2026-10-25T02:00Z"],
  ["2026-10-26", 150, "Europe/Berlin", "2026-10-26T01:30Z"],
  ["2026-03-08", 150, "America/New_York", "2026-03-08T07:30Z"],
  ["2026-11-01", 90, "America/New_York", "2026-11-01T05:30Z"],
  ["2026-11-01", 0, "Asia/Kolkata", "2026-10-31T18:30Z"],
  // Half an hour of daylight saving.
  ["2026-04-05", 105, "Australia/Lord_Howe", "2026-04-04T14:45Z"],
])("%s, minute %d in %s", (date, minute, timeZone, expected) => {
  expect(instantOf(dayNumber(date), minute, timeZone)).toBe(Date.parse(expected));
});

test("the instant shows what was asked for, wherever clocks show it at all", () => {
  for (const timeZone of zones) {
    for (let day = dayNumber("2026-01-01"); day < dayNumber("2027-01-01"); day++) {
      for (const minute of [0, 90, 150, 720, 1439]) {
        const shown = localTime(instantOf(day, minute, timeZone), timeZone);
        const isShown = dayNumber(shown.date) === day && shown.minute === minute;
        // Left out: as long after midnight as on other days, at most an hour later on the clock.
        const aheadMinutes = (dayNumber(shown.date) - day) * 1440 + shown.minute - minute;
        expect(isShown || (aheadMinutes > 0 && aheadMinutes <= 60)).toBe(true);
      }
    }
  }
});
