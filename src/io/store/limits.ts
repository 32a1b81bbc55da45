/** How much the store keeps, queues and waits; every number in one place. */
export interface StoreLimits {
  /** Queued events are written at least this often. */
  readonly flushMs: number;
  /** So many queued events are written at once, without waiting. */
  readonly flushEvents: number;
  /** Events that wait for a slow disk; beyond, the oldest are dropped and counted. */
  readonly queueEventsMax: number;
  /** Events kept in the database. */
  readonly keepEventsMax: number;
  /** Events that are kept however old they are. */
  readonly keepEventsMin: number;
  readonly keepMs: number;
  /** Old events deleted in one step. */
  readonly pruneEvents: number;
  /** Events between two steps of deleting. */
  readonly pruneEvery: number;
  /** How long a predecessor that is just ending may still hold the file. */
  readonly lockMsMax: number;
  /** A call to the disk that takes longer is reported. */
  readonly slowMs: number;
  /** A question about history that takes longer is given up. */
  readonly historyMsMax: number;
  /** Steps of zones' pasts that wait for a slow disk; one more is refused. */
  readonly pastsWaitingMax: number;
  /** How long closing may take before the thread is left to itself. */
  readonly closeMsMax: number;
}

const dayMs = 86_400_000;

export const storeLimits: StoreLimits = {
  flushMs: 200,
  flushEvents: 500,
  queueEventsMax: 10_000,
  keepEventsMax: 100_000,
  keepEventsMin: 1_000,
  keepMs: 90 * dayMs,
  pruneEvents: 500,
  pruneEvery: 250,
  lockMsMax: 1_000,
  slowMs: 2_000,
  historyMsMax: 10_000,
  pastsWaitingMax: 10_000,
  closeMsMax: 5_000,
};

/** Event ids reserved at a time: more than can be queued and written at once. */
export const eventIdBlock = 25_000;
