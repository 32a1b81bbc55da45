/**
 * The tables, as steps from one schema version to the next. `user_version` in the file's header counts the steps
 * that were taken; `application_id` marks the file as muster's. A step, once released, is never edited: a change
 * is a further step at the end of the list.
 */
import type { DatabaseSync } from "node:sqlite";

/** "must" in ASCII, in the header field that SQLite reserves for applications. */
export const applicationId = 0x6d757374;

const steps: readonly string[] = [
  `CREATE TABLE target (
     id TEXT PRIMARY KEY, health TEXT NOT NULL, since REAL NOT NULL, reason TEXT NOT NULL,
     rises INTEGER NOT NULL, falls INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE pool (name TEXT PRIMARY KEY, active_priority INTEGER) STRICT, WITHOUT ROWID;
   CREATE TABLE override (
     member TEXT PRIMARY KEY, kind TEXT NOT NULL, owner TEXT NOT NULL, reason TEXT NOT NULL,
     set_at REAL NOT NULL, expires_at REAL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE serial (zone TEXT PRIMARY KEY, serial INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE event (
     id INTEGER PRIMARY KEY, at REAL NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, rule TEXT NOT NULL,
     sentence TEXT NOT NULL, from_state TEXT, to_state TEXT
   ) STRICT;
   CREATE INDEX event_by_subject ON event (subject, id);
   CREATE INDEX event_by_time ON event (at);
   -- One row: the largest event id that may have been handed out.
   CREATE TABLE event_id (only INTEGER PRIMARY KEY CHECK (only = 1), reserved INTEGER NOT NULL) STRICT;
   INSERT INTO event_id VALUES (1, 0);`,
  `CREATE TABLE update_set (
     zone TEXT NOT NULL, owner_key BLOB NOT NULL, type INTEGER NOT NULL, owner BLOB NOT NULL,
     ttl INTEGER NOT NULL, rdata BLOB NOT NULL, PRIMARY KEY (zone, owner_key, type)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE past (zone TEXT PRIMARY KEY, serial INTEGER NOT NULL, digest TEXT NOT NULL) STRICT, WITHOUT ROWID;
   -- Ids rise with each delta, whatever its zone: they are the order.
   CREATE TABLE past_delta (id INTEGER PRIMARY KEY, zone TEXT NOT NULL, packed BLOB NOT NULL) STRICT;
   CREATE INDEX past_delta_by_zone ON past_delta (zone, id);`,
  `ALTER TABLE target ADD COLUMN flips TEXT NOT NULL DEFAULT '[]';
   ALTER TABLE target ADD COLUMN held_until REAL;
   ALTER TABLE target ADD COLUMN hold_reason TEXT NOT NULL DEFAULT '';`,
  // What notifications remember: their queue, what is not over yet, what was told.
  `CREATE TABLE message (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
  // Pins and maintenance; and who did what an event tells of.
  `CREATE TABLE operator_order (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
   ALTER TABLE event ADD COLUMN owner TEXT;
   ALTER TABLE event ADD COLUMN reason TEXT;
   CREATE INDEX event_by_operator ON event (id) WHERE owner IS NOT NULL;`,
  "ALTER TABLE target ADD COLUMN fault TEXT",
  // What probes found: see `core/recording`.
  `CREATE TABLE recorded_stream (
     id INTEGER PRIMARY KEY, target TEXT NOT NULL UNIQUE, key TEXT NOT NULL, address TEXT NOT NULL, interval_ms REAL NOT NULL
   ) STRICT;
   CREATE TABLE recorded_run (
     from_at REAL NOT NULL, stream INTEGER NOT NULL, kind TEXT NOT NULL, to_at REAL NOT NULL, count INTEGER NOT NULL,
     took_ms_max REAL NOT NULL, late INTEGER NOT NULL, tripped_at REAL, good_before REAL, good_at REAL, reason TEXT NOT NULL,
     PRIMARY KEY (from_at, stream)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE recorded_pace (
     at REAL NOT NULL, stream INTEGER NOT NULL, count INTEGER NOT NULL, mean_ms REAL NOT NULL, max_ms REAL NOT NULL,
     max_at REAL NOT NULL, PRIMARY KEY (at, stream)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE recorded_life (from_at REAL PRIMARY KEY, to_at REAL NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE recorded_config (at REAL PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;`,
  // Windows of maintenance that were told to have begun, so that a restart tells nothing twice.
  `CREATE TABLE window_begun (name TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
  // The last rehearsal of each pool.
  `CREATE TABLE rehearsal (pool TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
  // The rule of the diagnosis that an event tells of.
  "ALTER TABLE event ADD COLUMN diagnosis TEXT",
  // How old data was, and what watchers said.
  `CREATE TABLE recorded_age (
     at REAL NOT NULL, stream INTEGER NOT NULL, data_at REAL NOT NULL, stale_ms REAL NOT NULL, PRIMARY KEY (stream, at)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE recorded_word (
     at REAL NOT NULL, stream INTEGER NOT NULL, watcher TEXT NOT NULL, health TEXT NOT NULL, suspected INTEGER NOT NULL,
     able INTEGER NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (stream, watcher, at)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE recorded_vantage (
     from_at REAL NOT NULL, watcher TEXT NOT NULL, to_at REAL NOT NULL, sick TEXT, PRIMARY KEY (from_at, watcher)
   ) STRICT, WITHOUT ROWID;`,
  // What several members have in common, told to have begun.
  `CREATE TABLE group_told (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;`,
  // The sentence of the diagnosis that an event tells of.
  "ALTER TABLE event ADD COLUMN diagnosed TEXT",
];

export const schemaVersion = steps.length;

/** Takes the steps that are missing, all in one transaction. `to`: an older version, as tests of upgrades make it. */
export function migrate(db: DatabaseSync, from: number, to = schemaVersion): void {
  if (from >= to) return;
  db.exec("BEGIN IMMEDIATE");
  try {
    for (const step of steps.slice(from, to)) db.exec(step);
    db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${to}`);
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
