/** Lists whose entries are judged one by one, so that a mistake in one does not hide those in others. */
import { z } from "zod";
import type { Build } from "./build.ts";
import type { Path } from "./problem.ts";
import { list } from "./schema-parts.ts";
import { validate } from "./validate.ts";

export interface Entry<T> {
  readonly item: T;
  readonly path: Path;
}

interface ListText {
  readonly what: string;
  readonly max: number;
}

/** The entries that are well formed; one entry may stand for a list of one. What is not is reported. */
export function readEntries<S extends z.ZodType>(
  build: Build,
  schema: S,
  { value, path, text }: { value: unknown; path: Path; text: ListText },
): Entry<z.output<S>>[] {
  if (value === undefined) return [];
  const entries = Array.isArray(value) ? validate(build.findings, list(z.unknown(), text), { value, path }) : null;
  if (Array.isArray(value) && entries === null) return [];
  const parts = entries?.map((entry, index) => ({ value: entry, path: [...path, index] })) ?? [{ value, path }];
  return parts.flatMap((part) => {
    const item = validate(build.findings, schema, part);
    return item === null ? [] : [{ item, path: part.path }];
  });
}
