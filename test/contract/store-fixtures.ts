/** What the tests of the store share: batches, events, folders, and a log that is kept for reading. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { wall } from "../../src/base/time.ts";
import type { HistoryEvent, Override, SavedTarget } from "../../src/core/model.ts";
import type { Log } from "../../src/ports/log.ts";
import type { SaveBatch } from "../../src/ports/store.ts";

export const emptyBatch: SaveBatch = {
  targets: [],
  pools: [],
  overridesSet: [],
  overridesCleared: [],
  serials: {},
  targetsForgotten: [],
};

export function target(id: string, change: Partial<SavedTarget> = {}): SavedTarget {
  return { id, health: "up", since: wall(1_700_000_000_000.25), reason: "200 OK", rises: 2, falls: 0, ...change };
}

export function drain(member: string, change: Partial<Override> = {}): Override {
  const setAt = wall(1_700_000_000_000);
  return { member, kind: "drain", owner: "root", reason: "new kernel", setAt, expiresAt: null, ...change };
}

export function event(id: number, change: Partial<HistoryEvent> = {}): HistoryEvent {
  return {
    id,
    at: wall(1_700_000_000_000 + id),
    kind: "health",
    subject: "www.example.org/192.0.2.10",
    rule: "health/fall",
    sentence: `event ${id} – «naïve» 'quotes'`,
    from: "up",
    to: "down",
    ...change,
  };
}

export function events(from: number, to: number, change: Partial<HistoryEvent> = {}): HistoryEvent[] {
  return Array.from({ length: to - from + 1 }, (_, index) => event(from + index, change));
}

/** A folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "muster-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface KeptLog extends Log {
  readonly lines: string[];
}

export function keepLog(): KeptLog {
  const lines: string[] = [];
  const keep = (sentence: string): void => void lines.push(sentence);
  return { lines, debug: keep, info: keep, warn: keep, error: keep };
}
