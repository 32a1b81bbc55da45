/** What may stand under `watch` and `watchers`. */
import { z } from "zod";
import { endpointExpected, parseEndpoint } from "./scalars.ts";
import { referencesSchema } from "./schema-guard.ts";
import { map, textOf, truth } from "./schema-parts.ts";

export const watchPortDefault = 8_054;

export const watchSchema = map("the settings of watch", {
  listen: textOf((value) => parseEndpoint(value, watchPortDefault), endpointExpected)
    .optional()
    .describe("Where watchers report to, over TLS. Default nowhere."),
  vote: truth().optional().describe("Whether the controller's own opinion counts. Default true."),
});

export const watcherSchema = map("a watcher", {
  vote: truth().optional().describe("Whether its opinion counts. Default true."),
  references: referencesSchema.optional().describe("Targets that tell whether the watcher itself is well."),
});

export const watchersSchema = z.record(z.string(), watcherSchema);
