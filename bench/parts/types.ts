/**
 * The words of the benchmarks. A benchmark is one file that measures subjects in cases and hands samples to a report;
 * a row is what the report says of one set of samples; a goal is what the rows of muster must reach, as an absolute
 * limit or as a ratio to a peer that was measured in the same run.
 */
import type { Spread } from "./statistics.ts";

export const subjects = [
  "muster",
  "gdnsd",
  "powerdns",
  "powerdns-lua",
  "bind",
  "knot",
  "nsd",
  "haproxy",
  "floor",
] as const;
export type Subject = (typeof subjects)[number];

export interface Row extends Spread {
  readonly subject: Subject;
  readonly case: string;
  readonly metric: string;
}

export interface Options {
  /** Trials or runs of each case; null: what the benchmark thinks right. */
  readonly runs: number | null;
  readonly subjects: ReadonlySet<Subject> | null;
  /** Only cases whose name contains one of these. */
  readonly cases: readonly string[] | null;
  /** Few and short runs: shows that everything works, proves no figure. */
  readonly quick: boolean;
  /** Length of one measurement; null: what the benchmark thinks right. */
  readonly seconds: number | null;
  readonly signal: AbortSignal;
}

export interface Report {
  samples(of: { subject: Subject; case: string; metric: string }, values: readonly number[]): void;
  /** How a subject was set up, printed below the table. */
  setting(subject: Subject, text: string): void;
  /** What a reader must know to judge the figures. */
  note(text: string): void;
  progress(text: string): void;
}

/** Where a goal's limit comes from: a number, or another subject's median times a factor. */
export type Limit =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "ratio"; readonly factor: number; readonly to: Subject; readonly case: string };

export interface Goal {
  readonly case: string;
  readonly metric: string;
  readonly direction: "at-most" | "at-least";
  readonly limit: Limit;
}

export interface Bench {
  readonly name: string;
  readonly about: string;
  readonly goals: readonly Goal[];
  run(options: Options, report: Report): Promise<void>;
}

export function wantsSubject(options: Options, subject: Subject): boolean {
  return options.subjects === null || options.subjects.has(subject);
}

export function wantsCase(options: Options, name: string): boolean {
  return options.cases === null || options.cases.some((part) => name.includes(part));
}
