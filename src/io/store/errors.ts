/**
 * Why a database file is refused. Every refusal leaves the file as it was, so each one says what is wrong with
 * which file and what a person can do. The codes are stable: programs and the manual may rely on them.
 */
export const storeErrorCodes = {
  store_is_directory: "name a file, not a folder, under `state`",
  store_unwritable:
    "give muster's user the right to write this file and its folder, or name another path under `state`",
  store_not_a_database: "move the file away or name another path under `state`; muster never overwrites it",
  store_foreign: "it belongs to another program: name another path under `state`",
  store_damaged: "restore it from a backup, or move it away (with its -wal file) to start with an empty one",
  store_newer: "start the newer muster that wrote it, or restore a backup from before the upgrade",
  store_locked: "stop the other process, or give this one its own path under `state`",
  store_failed: "look at the disk and the system's log",
} as const;

export type StoreErrorCode = keyof typeof storeErrorCodes;

/** What travels between threads in place of an `Error`. */
export interface StoreRefusal {
  readonly code: StoreErrorCode;
  readonly file: string;
  readonly reason: string;
}

export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;
  readonly file: string;
  readonly reason: string;
  readonly advice: string;

  constructor(refusal: StoreRefusal, options?: ErrorOptions) {
    const advice = storeErrorCodes[refusal.code];
    super(`${refusal.file}: ${refusal.reason}; ${advice}`, options);
    this.code = refusal.code;
    this.file = refusal.file;
    this.reason = refusal.reason;
    this.advice = advice;
  }
}
