/** What may stand under `agents` and `agent`: who reports, and what all of them or one of them look at. */
import { z } from "zod";
import { agentMountsMax, agentProofsMax } from "./limits.ts";
import { parseAddressText } from "./scalars.ts";
import { checkSchema } from "./schema-check.ts";
import { durationMs, list, map, oneOf, oneOrMany, text, textOf, word } from "./schema-parts.ts";

const address = textOf(parseAddressText, "an IPv4 or IPv6 address");

const proofSchema = map("a proof", {
  check: checkSchema.describe("How it is judged, from the machine itself."),
  address: address.optional().describe("Where it is asked. Default the agent's first address."),
});

const reachSchema = map("somebody to reach", {
  address: address.describe("Its address."),
  check: checkSchema.describe("How it is judged, from the machine."),
  role: word(["witness", "peer", "gateway"]).optional().describe("What it is to the machine. Default witness."),
});

const path = text("an absolute path", 1_024).regex(/^\/[^\p{Cc}]*$/u);

const work = {
  prove: z
    .record(z.string(), proofSchema)
    .optional()
    .describe("What must be up, or the machine is unfit, by name. Default nothing."),
  mounts: oneOrMany(path, { what: "a list of mount points", max: agentMountsMax })
    .optional()
    .describe("Mount points to look at; one that is hung or gone alerts. Default none."),
  reach: z
    .record(z.string(), reachSchema)
    .optional()
    .describe("Others that are looked at from the machine, by name. Default nobody."),
  "silent-after": durationMs({ min: "2s", max: "7d" })
    .optional()
    .describe("Without a report for so long, an agent weighs as much as an unfit one. Default 12s."),
};

const addressesText = { what: "a list of addresses", max: agentProofsMax };

/** For every agent that says nothing else. */
export const agentWorkSchema = map("the settings of agents", work);

const agentMapSchema = map("an agent", {
  address: oneOrMany(address, addressesText).describe(
    "Addresses of its machine; it speaks for members that have one of them.",
  ),
  ...work,
});

export const agentSchema = oneOf("an address, a list of addresses, or an agent's settings", [
  address,
  list(address, addressesText),
  agentMapSchema,
]);

export const agentsSchema = z.record(z.string(), agentSchema);
