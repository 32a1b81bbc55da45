/** Reads a zone's master file and checks it as the nameserver would, without serving it. */
import { dirname } from "node:path";
import { recordTypes } from "../core/member-record.ts";
import type { PoolConfig, ZoneConfig } from "../core/model.ts";
import { textName } from "../dns/name.ts";
import { includeFrom, readZoneText } from "../io/zone-text.ts";
import type { ZoneFault } from "../dns/zone-file/fault.ts";
import { loadZone } from "../dns/zone-load.ts";

/** Faults and warnings, also of pools that the zone would hide; none for a zone without a file. */
export function checkZoneFile({ origin, file }: ZoneConfig, pools: readonly PoolConfig[]): readonly ZoneFault[] {
  if (file === null) return [];
  const text = readZoneText(file);
  if (!text.ok) return [{ severity: "error", file, line: 0, column: 0, sentence: text.error }];
  const readIncluded = includeFrom(dirname(file));
  const laidOver = pools
    .filter(({ zone }) => zone === origin)
    .map(({ name, record }) => ({ owner: textName(name), types: recordTypes(record) }));
  const loaded = loadZone({ origin: textName(origin), file, text: text.value, readIncluded }, laidOver);
  return loaded.ok ? loaded.value.warnings : loaded.error;
}
