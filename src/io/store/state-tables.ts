/**
 * Decisions, as rows. Reading gives back the very values that were saved; a batch goes within one transaction, so that it
 * is stored whole or not at all.
 */
import type { DatabaseSync } from "node:sqlite";
import { wall } from "../../base/time.ts";
import { groupKey, type SavedGroup } from "../../core/diagnosis.ts";
import { type FaultCode, faultCodes } from "../../core/fault.ts";
import type { Override, SavedPool, SavedTarget } from "../../core/model.ts";
import type { MaintenanceWindow } from "../../core/maintenance.ts";
import type { Order } from "../../core/order.ts";
import type { RehearsalView } from "../../core/rehearsal.ts";
import { serialGreater } from "../../dns/serial.ts";
import type { SaveBatch, SavedState } from "../../ports/store.ts";
import { type PackedUpdate, packUpdate, readUpdates, writeUpdates } from "./update-table.ts";

/** A batch as it travels to the thread that writes. */
export interface PackedBatch extends Omit<SaveBatch, "updates"> {
  readonly updates: readonly PackedUpdate[];
}

export function packBatch(batch: SaveBatch): PackedBatch {
  return { ...batch, updates: batch.updates.map(packUpdate) };
}

export interface StateRead {
  readonly state: Omit<SavedState, "lastEventId">;
  /** A sentence for each row that was left out. */
  readonly damage: readonly string[];
}

export function readState(db: DatabaseSync): StateRead {
  const rows = (sql: string): readonly object[] => plain(db.prepare(sql).all());
  const targets = rows(
    `SELECT id, health, since, reason, rises, falls, flips, held_until AS heldUntil, hold_reason AS holdReason, fault
     FROM target ORDER BY id`,
  ) as readonly TargetRow[];
  const pools = rows("SELECT name, active_priority AS activePriority FROM pool ORDER BY name");
  const overrides = rows(
    "SELECT member, kind, owner, reason, set_at AS setAt, expires_at AS expiresAt FROM override ORDER BY member",
  );
  const { damage, updates } = readUpdates(db);
  const orders = readBodies(db, { table: "operator_order", key: "id", what: "the operator's order" });
  const windows = readBodies(db, { table: "window_begun", key: "name", what: "the window" });
  const groups = readBodies(db, { table: "group_told", key: "key", what: "the diagnosis of several," });
  const rehearsals = readBodies(db, { table: "rehearsal", key: "pool", what: "the rehearsal of" });
  const state = {
    targets: targets.map((row) => ({ ...row, flips: readFlips(row.flips), fault: readFault(row.fault) })),
    pools: pools as readonly SavedPool[],
    overrides: overrides as readonly Override[],
    orders: orders.found as readonly Order[],
    windowsBegun: windows.found as readonly MaintenanceWindow[],
    groupsTold: groups.found as readonly SavedGroup[],
    rehearsals: rehearsals.found as readonly RehearsalView[],
    serials: readSerials(db),
    updates,
  };
  return { state, damage: [...damage, ...orders.damage, ...windows.damage, ...groups.damage, ...rehearsals.damage] };
}

/** Rows are muster's own JSON; one that is damaged is left out. */
function readBodies(
  db: DatabaseSync,
  { key, table, what }: { readonly table: string; readonly key: string; readonly what: string },
): { readonly found: readonly unknown[]; readonly damage: readonly string[] } {
  const found: unknown[] = [];
  const damage: string[] = [];
  for (const { body, id } of db.prepare(`SELECT ${key} AS id, body FROM ${table} ORDER BY ${key}`).all()) {
    try {
      found.push(JSON.parse(String(body)));
    } catch {
      damage.push(`${what} "${String(id)}" is damaged and was left out`);
    }
  }
  return { found, damage };
}

interface TargetRow extends Omit<SavedTarget, "flips" | "fault"> {
  readonly flips: string;
  readonly fault: string | null;
}

/** A list of instants; what is damaged counts as none. */
function readFlips(text: string): SavedTarget["flips"] {
  try {
    const flips: unknown = JSON.parse(text);
    return Array.isArray(flips) && flips.every((flip) => typeof flip === "number") ? flips.map(wall) : [];
  } catch {
    return [];
  }
}

/** A word of another version is not known here. */
function readFault(text: string | null): FaultCode | null {
  return faultCodes.find((code) => code === text) ?? null;
}

/** Whichever is further: the serial that was saved, or the one at which the zone's past ends. */
function readSerials(db: DatabaseSync): Readonly<Record<string, number>> {
  const serials = new Map<string, number>();
  const sql = "SELECT zone, serial FROM serial UNION ALL SELECT zone, serial FROM past ORDER BY zone";
  for (const { serial, zone } of db.prepare(sql).all() as unknown as readonly SerialRow[]) {
    const known = serials.get(zone);
    if (known === undefined || serialGreater(serial, known)) serials.set(zone, serial);
  }
  return Object.fromEntries(serials);
}

interface SerialRow {
  readonly zone: string;
  readonly serial: number;
}

/** Rows have no prototype; copies do, so that they compare and print like any other value. */
function plain(rows: readonly object[]): readonly object[] {
  return rows.map((row) => ({ ...row }));
}

/** Within a transaction of the caller. Throws when the disk does not take the batch. */
export function writeBatch(db: DatabaseSync, batch: PackedBatch): void {
  writeTargets(db, batch);
  writePools(db, batch);
  writeOverrides(db, batch);
  writeOrders(db, batch);
  if (batch.windowsBegun !== null) writeAll(db, "window_begun", { all: batch.windowsBegun, keyOf: ({ name }) => name });
  if (batch.groupsTold !== null) writeAll(db, "group_told", { all: batch.groupsTold, keyOf: groupKey });
  const serial = db.prepare("INSERT OR REPLACE INTO serial VALUES (?, ?)");
  for (const [zone, value] of Object.entries(batch.serials)) serial.run(zone, value);
  writeUpdates(db, batch.updates);
}

function writeTargets(db: DatabaseSync, batch: PackedBatch): void {
  const put = db.prepare("INSERT OR REPLACE INTO target VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (const { fault, falls, flips, health, heldUntil, holdReason, id, reason, rises, since } of batch.targets)
    put.run(id, health, since, reason, rises, falls, JSON.stringify(flips), heldUntil, holdReason, fault);
  const forget = db.prepare("DELETE FROM target WHERE id = ?");
  for (const id of batch.targetsForgotten) forget.run(id);
}

function writePools(db: DatabaseSync, batch: PackedBatch): void {
  const put = db.prepare("INSERT OR REPLACE INTO pool VALUES (?, ?)");
  for (const { name, activePriority } of batch.pools) put.run(name, activePriority);
  const rehearsed = db.prepare("INSERT OR REPLACE INTO rehearsal VALUES (?, ?)");
  for (const rehearsal of batch.rehearsals) rehearsed.run(rehearsal.pool, JSON.stringify(rehearsal));
  for (const sql of ["DELETE FROM pool WHERE name = ?", "DELETE FROM rehearsal WHERE pool = ?"]) {
    const forget = db.prepare(sql);
    for (const name of batch.poolsForgotten) forget.run(name);
  }
}

function writeOverrides(db: DatabaseSync, batch: PackedBatch): void {
  const put = db.prepare("INSERT OR REPLACE INTO override VALUES (?, ?, ?, ?, ?, ?)");
  for (const { member, kind, owner, reason, setAt, expiresAt } of batch.overridesSet)
    put.run(member, kind, owner, reason, setAt, expiresAt);
  const clear = db.prepare("DELETE FROM override WHERE member = ?");
  for (const member of batch.overridesCleared) clear.run(member);
}

/** The table holds these and no others. */
function writeAll<T>(
  db: DatabaseSync,
  table: string,
  { all, keyOf }: { readonly all: readonly T[]; readonly keyOf: (one: T) => string },
): void {
  db.exec(`DELETE FROM ${table}`);
  const put = db.prepare(`INSERT INTO ${table} VALUES (?, ?)`);
  for (const one of all) put.run(keyOf(one), JSON.stringify(one));
}

function writeOrders(db: DatabaseSync, batch: PackedBatch): void {
  const put = db.prepare("INSERT OR REPLACE INTO operator_order VALUES (?, ?)");
  for (const order of batch.ordersSet) put.run(order.id, JSON.stringify(order));
  const clear = db.prepare("DELETE FROM operator_order WHERE id = ?");
  for (const id of batch.ordersCleared) clear.run(id);
}
