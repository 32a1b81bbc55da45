/**
 * The story, one row an event. Ids are handed out by the controller before anything is on disk, so a crash could
 * let it hand out the same ids twice, for different events. Therefore ids are reserved ahead in blocks, as a number
 * on disk that is never smaller than any id in use: after a crash the controller goes on above it, at the price of
 * a gap. A clean end gives the rest of the block back.
 */
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { nameOfRule } from "../../core/diagnosis.ts";
import type { HistoryEvent, ToldDiagnosis } from "../../core/model.ts";
import type { HistoryQuery } from "../../ports/store.ts";
import type { StoreLimits } from "./limits.ts";
import { inTransaction } from "./transaction.ts";

export function largestStoredId(db: DatabaseSync): number {
  return numberFrom(db, "SELECT max(id) AS n FROM event");
}

/** The largest id that may have been handed out. */
export function largestEventId(db: DatabaseSync): number {
  return Math.max(largestStoredId(db), numberFrom(db, "SELECT reserved AS n FROM event_id"));
}

function numberFrom(db: DatabaseSync, sql: string): number {
  return Number(db.prepare(sql).get()?.["n"] ?? 0);
}

/** The number of a fresh reservation: ids up to it may be handed out. */
export function reserveEventIds(db: DatabaseSync, upTo: number): number {
  inTransaction(db, () => {
    db.prepare("UPDATE event_id SET reserved = ?").run(upTo);
  });
  return upTo;
}

/** Events that are there already (a batch repeated after a failure) are left as they are. */
export function insertEvents(db: DatabaseSync, events: readonly HistoryEvent[]): void {
  inTransaction(db, () => {
    const put = db.prepare("INSERT OR IGNORE INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    for (const { by, diagnosis, id, at, kind, subject, rule, sentence, from, to } of events) {
      const more = [by?.owner ?? null, by?.reason ?? null, diagnosis?.rule ?? null, diagnosis?.sentence ?? null];
      put.run(id, at, kind, subject, rule, sentence, from, to, ...more);
    }
  });
}

/** With `afterId` the first events after it, for reading on; otherwise the newest. Always newest last. */
export function queryEvents(db: DatabaseSync, query: HistoryQuery): readonly HistoryEvent[] {
  const conditions: string[] = ["1"];
  const values: SQLInputValue[] = [];
  const add = (condition: string, value: SQLInputValue | undefined): void => {
    if (value === undefined) return;
    conditions.push(condition);
    values.push(value);
  };
  add("id > ?", query.afterId);
  add("at >= ?", query.sinceMs);
  add("subject = ?", query.subject);
  add("kind = ?", query.kind);
  if (query.operator === true) conditions.push("owner IS NOT NULL");
  const order = query.afterId === undefined ? "DESC" : "ASC";
  const rows = db
    .prepare(
      `SELECT id, at, kind, subject, rule, sentence, from_state AS "from", to_state AS "to", owner, reason, diagnosis,
         diagnosed
       FROM event
       WHERE ${conditions.join(" AND ")} ORDER BY id ${order} LIMIT ?`,
    )
    .all(...values, query.limit)
    .map((row) => eventOf({ ...row } as unknown as EventRow));
  return order === "DESC" ? rows.reverse() : rows;
}

interface EventRow extends Omit<HistoryEvent, "by" | "diagnosis"> {
  readonly owner: string | null;
  readonly reason: string | null;
  /** Its rule. */
  readonly diagnosis: string | null;
  /** Its sentence; null: an older version did not keep it. */
  readonly diagnosed: string | null;
}

function eventOf({ diagnosed, diagnosis, owner, reason, ...event }: EventRow): HistoryEvent {
  return {
    ...event,
    ...(owner === null ? {} : { by: { owner, reason: reason ?? "" } }),
    ...(diagnosis === null ? {} : { diagnosis: diagnosisOf(diagnosis, diagnosed) }),
  };
}

function diagnosisOf(rule: string, sentence: string | null): ToldDiagnosis {
  const name = nameOfRule(rule);
  return { rule, name, sentence: sentence ?? name };
}

/**
 * Deletes at most `pruneEvents` of the oldest events that are too many or too old, so that no single step holds up
 * a decision for long. Age alone never takes the newest `keepEventsMin`: a clock that jumps ahead must not wipe the
 * story.
 */
export function pruneEvents(db: DatabaseSync, limits: StoreLimits, nowMs: number): void {
  const count = numberFrom(db, "SELECT count(*) AS n FROM event");
  const tooMany = Math.min(count - limits.keepEventsMax, limits.pruneEvents);
  const mayAge = Math.min(count - limits.keepEventsMin, limits.pruneEvents);
  const oldest = "SELECT id FROM event ORDER BY id LIMIT ?";
  inTransaction(db, () => {
    if (tooMany > 0) db.prepare(`DELETE FROM event WHERE id IN (${oldest})`).run(tooMany);
    if (mayAge > 0)
      db.prepare(`DELETE FROM event WHERE id IN (${oldest}) AND at < ?`).run(mayAge, nowMs - limits.keepMs);
  });
}
