/**
 * What clients put by UPDATE (RFC 2136), a row a set. A row that is damaged is left out, named, and left where it is:
 * the sets beside it are none the worse, and a new UPDATE writes over it.
 */
import type { DatabaseSync } from "node:sqlite";
import type { RRset } from "../../dns/types.ts";
import { nameText, readName } from "../../dns/name.ts";
import type { SavedUpdate } from "../../ports/store.ts";
import { packSet, packSetKey, type SetKeyRow, type SetRow, unpackSet } from "./set-rows.ts";

/** A change as it travels to the thread that writes. */
export interface PackedUpdate {
  readonly zone: string;
  readonly put: readonly SetRow[];
  readonly remove: readonly SetKeyRow[];
}

export function packUpdate({ put, remove, zone }: SavedUpdate): PackedUpdate {
  return { zone, put: put.map(packSet), remove: remove.map(packSetKey) };
}

/** To be called within a transaction. */
export function writeUpdates(db: DatabaseSync, updates: readonly PackedUpdate[]): void {
  const gone = db.prepare("DELETE FROM update_set WHERE zone = ? AND owner_key = ? AND type = ?");
  const replace = db.prepare("INSERT OR REPLACE INTO update_set VALUES (?, ?, ?, ?, ?, ?)");
  for (const { put, remove, zone } of updates) {
    for (const { ownerKey, type } of remove) gone.run(zone, ownerKey, type);
    for (const { owner, ownerKey, rdata, ttlSeconds, type } of put)
      replace.run(zone, ownerKey, type, owner, ttlSeconds, rdata);
  }
}

interface UpdateRow extends Omit<SetRow, "ownerKey"> {
  readonly zone: string;
}

export interface UpdatesRead {
  readonly updates: Readonly<Record<string, readonly RRset[]>>;
  /** A sentence for each row that was left out. */
  readonly damage: readonly string[];
}

export function readUpdates(db: DatabaseSync): UpdatesRead {
  const sql = "SELECT zone, owner, type, ttl AS ttlSeconds, rdata FROM update_set ORDER BY zone, owner_key, type";
  const zones = new Map<string, RRset[]>();
  const damage: string[] = [];
  for (const row of db.prepare(sql).all() as unknown as readonly UpdateRow[]) {
    const set = unpackSet(row);
    if (set === null) {
      damage.push(describeDamage(row));
      continue;
    }
    const sets = zones.get(row.zone) ?? [];
    zones.set(row.zone, sets);
    sets.push(set);
  }
  return { updates: Object.fromEntries(zones), damage };
}

function describeDamage({ owner, type, zone }: UpdateRow): string {
  const name = readName(owner, 0);
  const whose = name === null ? "a name that cannot be read" : nameText(name.name);
  return `The records of type ${type} of ${whose} in ${zone}, put by UPDATE, are damaged on disk and left out; send that UPDATE again.`;
}
