/** What may stand under `recording`: how much is kept of what probes find. */
import type { z } from "zod";
import type { RecordingKeep } from "../core/recording.ts";
import { durationMs, map, oneOf, sizeBytes, word } from "./schema-parts.ts";

const dayMs = 86_400_000;
const keepDefault: RecordingKeep = { ms: 30 * dayMs, bytes: 64 * 1024 * 1024 };

export const recordingSchema = oneOf("off, or {keep: 30d, size: 64MiB}", [
  word(["off"]),
  map("a recording", {
    keep: durationMs({ min: "1h", max: "400d" }).optional().describe("How long. Default 30d."),
    size: sizeBytes({ min: "1MiB", max: "4096MiB" }).optional().describe("About how much. Default 64MiB."),
  }),
]);

export function buildRecording(settings: z.output<typeof recordingSchema> | null): RecordingKeep | null {
  if (settings === "off") return null;
  return { ms: settings?.keep ?? keepDefault.ms, bytes: settings?.size ?? keepDefault.bytes };
}
