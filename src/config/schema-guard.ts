/** What may stand under `references` and `brake`. */
import { parseAddressText } from "./scalars.ts";
import { checkSchema } from "./schema-check.ts";
import { durationMs, list, map, oneOf, textOf, word } from "./schema-parts.ts";
import { shareSchema } from "./schema-publish.ts";

/** References that are probed; a few that have nothing in common are worth more than many. */
const referencesMax = 32;

export const referencesSchema = map("the references", {
  check: checkSchema.describe("How they are judged."),
  addresses: list(textOf(parseAddressText, "an IPv4 or IPv6 address"), {
    what: "a list of addresses",
    max: referencesMax,
  }).describe("Addresses outside the members' networks, such as the gateway and other people's nameservers."),
});

export const brakeSchema = oneOf("off, or {all: 50%, pool: 75%, within: 1m}", [
  word(["off"]),
  map("a brake", {
    all: shareSchema.optional().describe("Share of all members that may leave within the window. Default 100%."),
    pool: shareSchema.optional().describe("Share of each pool that may leave within the window. Default 100%."),
    within: durationMs({ min: "1s", max: "24h" }).optional().describe("The window. Default 1m."),
  }),
]);
