/**
 * What a zone's pools decided, record by record: what every nameserver of the zone should serve of them, whoever asks
 * it. What hides a foreign CNAME at a pool's name is no set of a pool.
 */
import type { Now } from "../base/time.ts";
import type { RecordSetView, RecordsView } from "../core/view.ts";
import { nameText } from "../dns/name.ts";
import { rdataText } from "../dns/rdata/index.ts";
import { rrType, typeText } from "../dns/rr-types.ts";
import type { RRset } from "../dns/types.ts";
import type { ControllerState } from "./controller-state.ts";
import { servedSerial } from "./zone-state.ts";

/** Null: no such zone. A pool that waits for its first verdicts has no sets yet. */
export function viewRecords(state: ControllerState, origin: string, now: Now): RecordsView | null {
  const zone = state.zones.get(origin);
  if (zone === undefined) return null;
  const pools = state.poolBySlot.filter(({ config }) => config.zone === origin);
  const sets = pools.flatMap((pool) => pool.sets.filter(({ type }) => type !== rrType.CNAME).map(viewSet));
  const aliases = pools.flatMap(({ config }) => config.aliases.map((alias) => ({ alias, pool: config.name })));
  return { origin, at: now.wall, serial: servedSerial(zone), sets, aliases };
}

function viewSet({ owner, rdata, ttlSeconds, type }: RRset): RecordSetView {
  const name = nameText(owner).replace(/\.$/, "");
  return { name, type: typeText(type), ttlSeconds, data: rdata.map((one) => rdataText(type, one)) };
}
