/**
 * Decisions, as rows. Reading gives back the very values that were saved; a batch is one transaction, so that it is
 * stored whole or not at all.
 */
import type { DatabaseSync } from "node:sqlite";
import type { Override, SavedPool, SavedTarget } from "../../core/model.ts";
import type { SaveBatch, SavedState } from "../../ports/store.ts";
import { inTransaction } from "./transaction.ts";

export function readState(db: DatabaseSync): Omit<SavedState, "lastEventId"> {
  const serials = db.prepare("SELECT zone, serial FROM serial ORDER BY zone").all() as unknown as SerialRow[];
  return {
    targets: plain<SavedTarget>(
      db.prepare("SELECT id, health, since, reason, rises, falls FROM target ORDER BY id").all(),
    ),
    pools: plain<SavedPool>(db.prepare("SELECT name, active_priority AS activePriority FROM pool ORDER BY name").all()),
    overrides: plain<Override>(
      db
        .prepare(
          "SELECT member, kind, owner, reason, set_at AS setAt, expires_at AS expiresAt FROM override ORDER BY member",
        )
        .all(),
    ),
    serials: Object.fromEntries(serials.map((row) => [row.zone, row.serial])),
  };
}

interface SerialRow {
  readonly zone: string;
  readonly serial: number;
}

/** Rows have no prototype; copies do, so that they compare and print like any other value. */
function plain<T>(rows: readonly object[]): readonly T[] {
  return rows.map((row) => ({ ...row }) as T);
}

/** Throws, with nothing stored, when the disk does not take the batch. */
export function writeBatch(db: DatabaseSync, batch: SaveBatch): void {
  inTransaction(db, () => {
    writeTargets(db, batch);
    writePools(db, batch);
    writeOverrides(db, batch);
    const serial = db.prepare("INSERT OR REPLACE INTO serial VALUES (?, ?)");
    for (const [zone, value] of Object.entries(batch.serials)) serial.run(zone, value);
  });
}

function writeTargets(db: DatabaseSync, batch: SaveBatch): void {
  const put = db.prepare("INSERT OR REPLACE INTO target VALUES (?, ?, ?, ?, ?, ?)");
  for (const { id, health, since, reason, rises, falls } of batch.targets)
    put.run(id, health, since, reason, rises, falls);
  const forget = db.prepare("DELETE FROM target WHERE id = ?");
  for (const id of batch.targetsForgotten) forget.run(id);
}

function writePools(db: DatabaseSync, batch: SaveBatch): void {
  const put = db.prepare("INSERT OR REPLACE INTO pool VALUES (?, ?)");
  for (const { name, activePriority } of batch.pools) put.run(name, activePriority);
}

function writeOverrides(db: DatabaseSync, batch: SaveBatch): void {
  const put = db.prepare("INSERT OR REPLACE INTO override VALUES (?, ?, ?, ?, ?, ?)");
  for (const { member, kind, owner, reason, setAt, expiresAt } of batch.overridesSet)
    put.run(member, kind, owner, reason, setAt, expiresAt);
  const clear = db.prepare("DELETE FROM override WHERE member = ?");
  for (const member of batch.overridesCleared) clear.run(member);
}
