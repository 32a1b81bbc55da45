/** What may stand in a check: one probe of some kind, and its pace. */
import { parseQuorum, quorumExpected } from "./quorum-text.ts";
import { addHint } from "./hint.ts";
import { probeShape } from "./probes/list.ts";
import { durationMs, integer, map, oneOf, text, textOf, truth, word } from "./schema-parts.ts";

const flapSchema = oneOf("off, {changes, within, hold}, or {half-life, suppress, reuse}", [
  word(["off"]),
  map("a limit on flapping", {
    changes: integer(1, 200).optional().describe("More changes than these begin a hold. Default 30."),
    within: durationMs({ min: "1s", max: "7d" }).optional().describe("Within so long. Default 1h."),
    hold: durationMs({ min: "1s", max: "30d" }).optional().describe("How long it is held out. Default 1h."),
    "half-life": durationMs({ min: "1s", max: "7d" })
      .optional()
      .describe("A penalty instead: 1000 for each change, half of it forgotten after so long."),
    suppress: integer(1_000, 100_000).optional().describe("Above this penalty it is held out. Default 12000."),
    reuse: integer(1, 100_000).optional().describe("Below this penalty it is back. Default 750."),
  }),
]);

/** Also directly under a pool. */
export const quorumSchema = oneOf(quorumExpected, [
  word(["any", "majority"]),
  integer(1, 17),
  textOf(parseQuorum, quorumExpected),
]);

const pace = {
  interval: durationMs({ min: "10ms", max: "24h" }).optional().describe("From one probe to the next. Default 1s."),
  timeout: oneOf("auto, a duration such as 2s, or a map with min and max", [
    word(["auto"]),
    durationMs({ min: "5ms", max: "5m" }),
    map("a timeout", {
      min: durationMs({ min: "5ms", max: "5m" }).optional().describe("Never less. Default 400ms."),
      max: durationMs({ min: "5ms", max: "5m" }).optional().describe("Never more. Default 5s."),
    }).transform((bounds, context) => {
      const { min = 0, max = Number.POSITIVE_INFINITY } = bounds;
      if (min <= max) return bounds;
      return addHint(context, bounds, { expected: "min below max", complaint: "has a min above its max" });
    }),
  ])
    .optional()
    .describe("How long a probe may take. Default auto, which learns within 400ms and 5s."),
  rise: integer(1, 100).optional().describe("Good probes in a row that make a member up. Default 2."),
  fall: integer(1, 100).optional().describe("Bad probes in a row that make a member down. Default 3."),
  confirm: durationMs({ min: "1ms", max: "1m" }).optional().describe("Between confirming probes. Default 30ms."),
  suspect: durationMs({ min: "1ms", max: "5m" })
    .optional()
    .describe("A probe unanswered for so long raises suspicion. Default 150ms, or the timeout if that is smaller."),
  tripwire: truth().optional().describe("Keep an idle connection and probe at once when it closes. Default true."),
  "fresh-every": integer(1, 1_000)
    .optional()
    .describe("Every n-th probe is on a new connection. Default 5 for http, 1 for others."),
  quorum: quorumSchema
    .optional()
    .describe("How many vantage points must say down, where there are watchers. Default majority."),
  flapping: flapSchema
    .optional()
    .describe("When a member that changes often is held out. Default more than 30 changes within 1h, held for 1h."),
};

/** What a check inherits when it says nothing itself. */
export const defaultsSchema = map("the defaults of checks", pace);

export const checkMapSchema = map("a check", {
  ...probeShape(),
  ...pace,
});

export const checkSchema = oneOf("a check, or the name of one under checks", [
  text("the name of a check", 253),
  checkMapSchema,
]);
