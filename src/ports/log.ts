/** Structured log lines: one sentence for people, fields for machines. Secrets never enter `fields`. */
export interface Log {
  debug(sentence: string, fields?: Readonly<Record<string, unknown>>): void;
  info(sentence: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(sentence: string, fields?: Readonly<Record<string, unknown>>): void;
  error(sentence: string, fields?: Readonly<Record<string, unknown>>): void;
}
