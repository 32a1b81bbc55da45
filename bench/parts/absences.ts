/**
 * What a checker's answers are judged by, the same for each: an *absence* is the time for which an address is not in the
 * answers, a *fault* the time for which its server cannot be reached by anybody. An absence that begins in no fault of its
 * address, nor within the grace after one, is a false removal; a fault during which its address is never absent is
 * missed; detection is from the fault's beginning to that of the absence.
 */
import type { Answer } from "./dns-client.ts";

export interface Fault {
  readonly kind: string;
  readonly address: string;
  readonly from: number;
  /** Infinite while it lasts. */
  readonly to: number;
}

export interface Absence {
  readonly address: string;
  readonly from: number;
  readonly to: number;
}

export interface Judged {
  readonly falseRemovals: readonly Absence[];
  readonly missedFaults: readonly Fault[];
  /** One for each fault that was found, in ms; of one whose address was out already there is none. */
  readonly detectionsMs: readonly number[];
}

export class Absences {
  readonly #since = new Map<string, number>();
  readonly #all: Absence[] = [];
  readonly #addresses: readonly string[];

  constructor(addresses: readonly string[]) {
    this.#addresses = addresses;
  }

  /** An answer without addresses, or of failure, is one without all of them. */
  see({ addresses, at }: Pick<Answer, "addresses" | "at">): void {
    for (const address of this.#addresses) {
      const since = this.#since.get(address);
      if (!addresses.includes(address)) {
        if (since === undefined) this.#since.set(address, at);
        continue;
      }
      if (since === undefined) continue;
      this.#since.delete(address);
      this.#all.push({ address, from: since, to: at });
    }
  }

  /** How many are absent now. */
  get absent(): number {
    return this.#since.size;
  }

  all(): readonly Absence[] {
    const open = [...this.#since].map(([address, from]) => ({ address, from, to: Number.POSITIVE_INFINITY }));
    return [...this.#all, ...open];
  }
}

export function judge(absences: readonly Absence[], faults: readonly Fault[], graceMs: number): Judged {
  const isExcused = (absence: Absence): boolean =>
    faults.some((it) => it.address === absence.address && absence.from >= it.from && absence.from < it.to + graceMs);
  const found = faults.map((fault) =>
    absences.find((it) => it.address === fault.address && it.from < fault.to && it.to > fault.from),
  );
  return {
    falseRemovals: absences.filter((absence) => !isExcused(absence)),
    missedFaults: faults.filter((_, i) => found[i] === undefined),
    detectionsMs: faults.flatMap(({ from }, i) => {
      const began = found[i]?.from ?? Number.NEGATIVE_INFINITY;
      return began < from ? [] : [began - from];
    }),
  };
}
