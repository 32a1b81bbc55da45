/** What may stand under `rehearsals`: canaries that are made to fail regularly. */
import { everyExpected, parseEvery } from "./schema-maintenance.ts";
import { parseTimeZone } from "./notify-scalars.ts";
import { durationMs, list, map, text, textOf } from "./schema-parts.ts";

const rehearsalsMax = 100;

export const rehearsalsSchema = list(
  map("a rehearsal", {
    pool: text("a pool's name", 300).describe("A pool with `canary: true`."),
    every: textOf(parseEvery, everyExpected).describe('When it is held, such as "Sun 03:00" or "daily 04:00".'),
    for: durationMs({ min: "1s", max: "10m" }).optional().describe("How long the fault lasts at most. Default 30s."),
    "time-zone": textOf(parseTimeZone, "a time zone").optional().describe("Whose clock is meant. Default UTC."),
  }),
  { what: "a list of rehearsals", max: rehearsalsMax },
);
