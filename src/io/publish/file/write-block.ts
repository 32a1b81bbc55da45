/**
 * Puts muster's records between the marks of a zone file that people keep by hand. The result is read and checked before
 * it takes the file's place: it must say what they wrote and what muster wants, and nothing else. A file that somebody
 * changes meanwhile is read again. One that nobody has changed for long gets a higher serial all the same (M10).
 */
import { readFileSync, type Stats } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { setImmediate as breathe } from "node:timers/promises";
import { fail, ok, type Result } from "../../../base/result.ts";
import { nextSerial } from "../../../dns/serial.ts";
import type { Name, RRset } from "../../../dns/types.ts";
import {
  blockText,
  findBlock,
  findClash,
  findSideEffect,
  findSoaSerial,
  placeBlock,
  withoutBlock,
} from "../../../dns/zone-file/block.ts";
import { faultText } from "../../../dns/zone-file/fault.ts";
import { type ParsedZone, ZoneParser, type ZoneSource } from "../../../dns/zone-file/parse.ts";
import { ZoneLoader } from "../../../dns/zone-load.ts";
import { FileTrouble, replaceFile, statFile } from "./replace.ts";

/** A file that people keep by hand is small; a larger one would take memory and time beside what matters. */
const handFileOctetsMax = 8 * 1024 * 1024;
/** Somebody who saves the file again and again is waited for by the next attempt. */
const triesMax = 3;
/** Entries read between two breaths of the thread: about a millisecond. */
const entriesPerSlice = 1024;

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
}

/** Not written: it was right already. Throws `FileTrouble` and errors of the file system. */
export async function writeBlock(request: BlockRequest): Promise<BlockWritten> {
  for (let tries = 1; tries <= triesMax; tries++) {
    const expected = await statHandFile(request.path);
    const text = await readFile(request.path, "latin1");
    const { mtimeMs: changedAt } = expected;
    const isQuiet = request.quietMsMax !== null && changedAt + request.quietMsMax <= request.unixSeconds * 1000;
    const merged = await mergeBlock(text, { ...request, isQuiet });
    if (!merged.ok) throw new FileTrouble(merged.error);
    if (merged.value.text === text) return { written: false, raised: false, changedAt };
    const { path, signal } = request;
    const done = await replaceFile({ path, signal, expected, write: (append) => append(merged.value.text) });
    if (done === "overtaken") continue;
    const { raised } = merged.value;
    return { written: done === "replaced", raised, changedAt: request.unixSeconds * 1000 };
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

interface Merged {
  readonly text: string;
  readonly raised: boolean;
}

/** The text with its block and, if that changed or all is quiet, a higher serial. The error names the file. */
async function mergeBlock(
  text: string,
  request: BlockRequest & { readonly isQuiet: boolean },
): Promise<Result<Merged, string>> {
  const { isQuiet, origin, path, sets, unixSeconds } = request;
  const at = findBlock(text);
  if (!at.ok) return fail(`${path}: ${at.error}`);
  const block = blockText(sets);
  const isSame = at.value !== null && text.slice(at.value.start, at.value.end) === block;
  if (isSame && !isQuiet) return ok({ text, raised: false });
  const readIncluded = includeFrom(dirname(path));
  const hand = await readSlices({ origin, file: path, text: withoutBlock(text, at.value), readIncluded });
  const broken = hand.faults.find(({ severity }) => severity === "error");
  if (broken !== undefined) return fail(`${faultText(broken)}: mend the file`);
  const clash = findClash(hand, sets);
  if (clash !== null) return fail(clash);
  const raised = raiseSerial(placeBlock(text, block, at.value), unixSeconds);
  if (raised === null) return fail(`${path} has no SOA of its own, whose serial could be raised`);
  const merged = await loadSlices({ origin, file: path, text: raised, readIncluded });
  if (!merged.ok) return merged;
  const effect = findSideEffect(hand, merged.value, sets);
  return effect === null ? ok({ text: raised, raised: isSame }) : fail(`${path}: ${effect}`);
}

function raiseSerial(text: string, unixSeconds: number): string | null {
  const found = findSoaSerial(text);
  if (found === null) return null;
  return text.slice(0, found.start) + String(nextSerial(found.serial, unixSeconds)) + text.slice(found.end);
}

async function readSlices(source: ZoneSource): Promise<ParsedZone> {
  const parser = new ZoneParser(source);
  while (!parser.step(entriesPerSlice)) await breathe();
  return parser.result();
}

async function loadSlices(source: ZoneSource): Promise<Result<ParsedZone, string>> {
  const loader = new ZoneLoader(source);
  while (!loader.step(entriesPerSlice)) await breathe();
  const loaded = loader.result();
  if (loaded.ok) return ok(loaded.value.zone);
  const error = loaded.error.find(({ severity }) => severity === "error");
  return fail(error === undefined ? "the zone would be broken" : `with muster's block: ${faultText(error)}`);
}

function includeFrom(folder: string): (path: string) => Result<string, string> {
  return (path) => {
    try {
      return ok(readFileSync(resolve(folder, path), "latin1"));
    } catch (error) {
      return fail(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
}
