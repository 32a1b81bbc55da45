/**
 * Puts muster's records between the marks of a zone file that people keep by hand. The result is read and checked before
 * it takes the file's place: it must say what they wrote and what muster wants, and nothing else. A file that somebody
 * changes meanwhile is read again. One that nobody has changed for long gets a higher serial all the same (M10).
 */
import type { Stats } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setImmediate as breathe } from "node:timers/promises";
import type { Slices } from "../../../base/slices.ts";
import type { Name, RRset } from "../../../dns/types.ts";
import { mergeBlock } from "../../../dns/zone-file/merge-block.ts";
import { includeFrom } from "../../zone-text.ts";
import { FileTrouble, replaceFile, statFile } from "./replace.ts";

/** A file that people keep by hand is small; a larger one would take memory and time beside what matters. */
const handFileOctetsMax = 8 * 1024 * 1024;
/** Somebody who saves the file again and again is waited for by the next attempt. */
const triesMax = 3;

export interface BlockRequest {
  readonly path: string;
  readonly origin: Name;
  /** All managed sets of the zone. */
  readonly sets: Iterable<RRset>;
  readonly unixSeconds: number;
  /** A file that is as old as this gets a higher serial; null: only changes are written. */
  readonly quietMsMax: number | null;
  readonly signal: AbortSignal;
}

export interface BlockWritten {
  readonly written: boolean;
  /** Nothing but the serial has changed. */
  readonly raised: boolean;
  /** When the file was last changed, by whomever, as Unix time in milliseconds. */
  readonly changedAt: number;
  /** The file that holds them. */
  readonly stats: Stats;
}

/** Not written: it was right already. Throws `FileTrouble` and errors of the file system. */
export async function writeBlock(request: BlockRequest): Promise<BlockWritten> {
  for (let tries = 1; tries <= triesMax; tries++) {
    const expected = await statHandFile(request.path);
    const text = await readFile(request.path, "latin1");
    const { mtimeMs: changedAt } = expected;
    const isQuiet = request.quietMsMax !== null && changedAt + request.quietMsMax <= request.unixSeconds * 1000;
    const merged = await inBreaths(
      mergeBlock(text, { ...request, isQuiet, readIncluded: includeFrom(dirname(request.path)) }),
    );
    if (!merged.ok) throw new FileTrouble(merged.error);
    const { raised, text: wanted } = merged.value;
    if (wanted === text) return { written: false, raised, changedAt, stats: expected };
    const { path, signal } = request;
    const done = await replaceFile({ path, signal, expected, write: (append) => append(wanted) });
    if (done.kind === "overtaken") continue;
    const written = done.kind === "replaced";
    return { written, raised, changedAt: request.unixSeconds * 1000, stats: done.stats };
  }
  throw new FileTrouble(`${request.path} was changed by somebody each time it was about to be written`);
}

async function statHandFile(path: string): Promise<Stats> {
  const found = await statFile(path);
  if (found === null)
    throw new FileTrouble(`there is no ${path}: make it with the zone's SOA and NS, muster adds its block`);
  if (found.size <= handFileOctetsMax) return found;
  throw new FileTrouble(`${path} has ${found.size} octets, more than ${handFileOctetsMax}: write a whole file instead`);
}

async function inBreaths<T>(work: Slices<T>): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    await breathe();
  }
}
