/** Reads a zone's master file and checks it as the nameserver would, without serving it. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fail, ok, type Result } from "../base/result.ts";
import type { ZoneConfig } from "../core/model.ts";
import { textName } from "../dns/name.ts";
import type { ZoneFault } from "../dns/zone-file/fault.ts";
import { loadZone } from "../dns/zone-load.ts";

/** Faults and warnings; none for a zone without a file. */
export function checkZoneFile({ origin, file }: ZoneConfig): readonly ZoneFault[] {
  if (file === null) return [];
  const text = readText(file);
  if (!text.ok) return [{ severity: "error", file, line: 0, column: 0, sentence: text.error }];
  const loaded = loadZone({
    origin: textName(origin),
    file,
    text: text.value,
    readIncluded: (path) => readText(resolve(dirname(file), path)),
  });
  return loaded.ok ? loaded.value.warnings : loaded.error;
}

/** Latin1: one unit an octet, as the parser wants it. */
function readText(path: string): Result<string, string> {
  try {
    return ok(readFileSync(path, "latin1"));
  } catch (error) {
    return fail(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
