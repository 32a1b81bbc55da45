/**
 * How the parts of a composite probe count. A part that is `unknown` counts neither way: the others are judged as if it
 * were not there, and only when too few are left to judge by, the whole is `unknown`.
 *
 * | | up | down |
 * |---|---|---|
 * | all | every part that is known is up | one part is down |
 * | any | one part is up | every part that is known is down |
 * | at-least N | N parts are up | N can no longer be up, or N or more are known and fewer than N are up |
 */
import { type FaultCode, isSilence } from "./fault.ts";
import type { CompositeProbe, DataAge, Verdict } from "./model.ts";
import { probeSummary } from "./probe-text.ts";

type Outcome =
  | { readonly kind: "up"; readonly detail: string; readonly data?: DataAge }
  | { readonly kind: "down"; readonly reason: string; readonly fault?: FaultCode | undefined; readonly data?: DataAge }
  | { readonly kind: "unknown"; readonly reason: string };

/** Counts verdicts, and tells the outcome once it is certain. */
export class Tally {
  readonly #probe: CompositeProbe;
  #up = 0;
  #down = 0;
  #unknown = 0;
  #fault: FaultCode | undefined;
  /** The oldest that a part has found. */
  #data: DataAge | null = null;

  constructor(probe: CompositeProbe) {
    this.#probe = probe;
  }

  /** Null: the other parts still matter. The part whose verdict settled it is named. */
  add(index: number, verdict: Verdict): Outcome | null {
    if (verdict.kind === "up") this.#up++;
    else if (verdict.kind === "down") this.#addDown(verdict.fault);
    else this.#unknown++;
    if (verdict.data !== undefined && (this.#data === null || verdict.data.at < this.#data.at))
      this.#data = verdict.data;
    const found = this.#settle();
    if (found === null) return null;
    const part = this.#probe.of[index];
    const name = part === undefined ? "" : `${probeSummary(part)}: `;
    const words = `${name}${verdict.kind === "up" ? verdict.detail : verdict.reason}`;
    const sentence = `${this.#count(found)}; ${words}`;
    if (found === "unknown") return { kind: found, reason: sentence };
    const data = this.#data === null ? {} : { data: this.#data };
    if (found === "up") return { kind: found, detail: sentence, ...data };
    return { kind: found, reason: sentence, fault: this.#fault, ...data };
  }

  /** What has answered says more than what was silent: the machine lives. */
  #addDown(fault: FaultCode | undefined): void {
    this.#down++;
    if (this.#fault === undefined || (isSilence(this.#fault) && fault !== undefined)) this.#fault = fault;
  }

  #settle(): Verdict["kind"] | null {
    const { kind, of } = this.#probe;
    const known = this.#up + this.#down;
    const isDone = known + this.#unknown === of.length;
    if (kind === "all" && this.#down > 0) return "down";
    if (kind === "any" && this.#up > 0) return "up";
    if (kind === "at-least") {
      if (this.#up >= this.#probe.count) return "up";
      if (this.#down > of.length - this.#probe.count) return "down";
      return isDone ? (known >= this.#probe.count ? "down" : "unknown") : null;
    }
    if (!isDone) return null;
    if (known === 0) return "unknown";
    return kind === "all" ? "up" : "down";
  }

  #count(found: Verdict["kind"]): string {
    const { kind, of } = this.#probe;
    const known = of.length - this.#unknown;
    if (found === "unknown")
      return known === 0 ? "no part can be judged" : `only ${known} of ${of.length} can be judged`;
    if (kind === "all") return found === "up" ? `all ${known} up` : `not all ${of.length} up`;
    if (kind === "any") return found === "up" ? `one of ${of.length} up` : `none of ${known} up`;
    return found === "up" ? `${this.#up} of ${of.length} up` : `fewer than ${this.#probe.count} of ${of.length} up`;
  }
}
