/**
 * What is wrong with a zone, for a person: which file, line and column, what was found and what was expected. An
 * error refuses the zone; a warning does not. A list of faults has an end, so that a file of another kind, read by
 * mistake, gives a page and not a book.
 */
export interface ZoneFault {
  readonly severity: "error" | "warning";
  readonly file: string;
  /** From 1; 0 for what no single line is to blame for, such as a missing SOA. */
  readonly line: number;
  /** From 1; 0 where only the line is known. */
  readonly column: number;
  readonly sentence: string;
}

/** A place in a file, as in `ZoneFault`. */
export interface FaultPlace {
  readonly line: number;
  readonly column: number;
}

/** Errors after which reading stops. */
export const zoneErrorsMax = 100;
/** Warnings that are kept; later ones are counted only. */
export const zoneWarningsMax = 100;

/** `file:line:column: sentence`, with the parts that are known. */
export function faultText(fault: ZoneFault): string {
  const line = fault.line > 0 ? `:${fault.line}` : "";
  const column = fault.column > 0 ? `:${fault.column}` : "";
  return `${fault.file}${line}${column}: ${fault.severity === "warning" ? "warning: " : ""}${fault.sentence}`;
}

/** Collects faults within their limits. */
export class FaultList {
  readonly faults: ZoneFault[] = [];
  errorCount = 0;
  warningCount = 0;

  add(fault: ZoneFault): void {
    const count = fault.severity === "error" ? ++this.errorCount : ++this.warningCount;
    const max = fault.severity === "error" ? zoneErrorsMax : zoneWarningsMax;
    if (count <= max) this.faults.push(fault);
    else if (count === max + 1) {
      this.faults.push({ ...fault, sentence: `more than ${max} ${fault.severity}s: the rest are not shown` });
    }
  }

  get full(): boolean {
    return this.errorCount > zoneErrorsMax;
  }
}
