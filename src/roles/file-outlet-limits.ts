/** How often a zone file is written and looked at, and how long muster rests after failures. */
export interface FileOutletLimits {
  /** What changes within this is written together. */
  readonly gatherMs: number;
  /** From the end of one write to the next. */
  readonly spacingMs: number;
  /** After a failure; doubles up to the second. */
  readonly retryMsMin: number;
  readonly retryMsMax: number;
  /** From one look at whether somebody else has changed the file to the next. */
  readonly lookMs: number;
}

export const fileOutletLimits: FileOutletLimits = {
  gatherMs: 20,
  spacingMs: 250,
  retryMsMin: 500,
  retryMsMax: 60_000,
  lookMs: 60_000,
};

/** How long to rest after the n-th failure in a row (from 1). */
export function fileRestMs({ retryMsMax, retryMsMin }: FileOutletLimits, failures: number): number {
  return Math.min(retryMsMax, retryMsMin * 2 ** Math.min(failures - 1, 20));
}
