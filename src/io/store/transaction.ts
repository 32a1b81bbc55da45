import type { DatabaseSync } from "node:sqlite";

/** Runs `work` in one transaction and commits it; whatever it throws leaves nothing behind. */
export function inTransaction(db: DatabaseSync, work: () => void): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    work();
    db.exec("COMMIT");
  } catch (error) {
    // Some errors, a full disk among them, have rolled back already (sqlite.org/lang_transaction.html, 2.3).
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
