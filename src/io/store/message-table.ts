/** What notifications remember, a row a thing: neither the store nor SQLite looks into it. */
import type { DatabaseSync } from "node:sqlite";
import type { MessageBatch, SavedMessage } from "../../ports/store.ts";
import { inTransaction } from "./transaction.ts";

export function readMessages(db: DatabaseSync): readonly SavedMessage[] {
  const rows = db.prepare("SELECT id, body FROM message ORDER BY id").all();
  return rows.map((row) => ({ ...row }) as unknown as SavedMessage);
}

/** Throws, with nothing stored, when the disk does not take the batch. */
export function writeMessages(db: DatabaseSync, { put, remove }: MessageBatch): void {
  inTransaction(db, () => {
    const gone = db.prepare("DELETE FROM message WHERE id = ?");
    for (const id of remove) gone.run(id);
    const replace = db.prepare("INSERT OR REPLACE INTO message VALUES (?, ?)");
    for (const { body, id } of put) replace.run(id, body);
  });
}
