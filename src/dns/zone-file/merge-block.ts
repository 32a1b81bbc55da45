/**
 * A zone file that people keep by hand, with muster's block in it and, if that changed or all is quiet, a higher serial.
 * The result is read and checked: it must say what they wrote and what muster wants, and nothing else.
 */
import { fail, ok, type Result } from "../../base/result.ts";
import type { Slices } from "../../base/slices.ts";
import { nextSerial } from "../serial.ts";
import type { Name, RRset } from "../types.ts";
import { ZoneLoader } from "../zone-load.ts";
import {
  blockText,
  findBlock,
  findClash,
  findCut,
  findSideEffect,
  findSoaSerial,
  placeBlock,
  blankBlock,
} from "./block.ts";
import { faultText } from "./fault.ts";
import { type ParsedZone, ZoneParser, type ZoneSource } from "./parse.ts";

/** Entries read in a slice: about a millisecond. */
const entriesPerSlice = 1024;

export interface BlockMerge {
  /** Of the file, for sentences. */
  readonly path: string;
  readonly origin: Name;
  /** All managed sets of the zone. */
  readonly sets: Iterable<RRset>;
  readonly unixSeconds: number;
  /** Nobody has changed the file for so long that its serial rises all the same. */
  readonly isQuiet: boolean;
  readonly readIncluded: (path: string) => Result<string, string>;
}

export interface MergedBlock {
  /** As it was, when it was right already. */
  readonly text: string;
  /** Nothing but the serial has changed. */
  readonly raised: boolean;
}

/** The error names the file and what to do. */
export function* mergeBlock(text: string, merge: BlockMerge): Slices<Result<MergedBlock, string>> {
  const { isQuiet, origin, path, readIncluded, sets, unixSeconds } = merge;
  const at = findBlock(text);
  if (!at.ok) return fail(`${path}: ${at.error}`);
  const block = blockText(sets);
  const hand = yield* readSlices({ origin, file: path, text: blankBlock(text, at.value), readIncluded });
  const broken = hand.faults.find(({ severity }) => severity === "error");
  if (broken !== undefined) return fail(`${faultText(broken)}: mend the file`);
  const clash = findClash(hand, sets) ?? findCut(hand, sets);
  if (clash !== null) return fail(clash);
  const isSame = at.value !== null && text.slice(at.value.start, at.value.end) === block;
  if (isSame && !isQuiet) return ok({ text, raised: false });
  const raised = raiseSerial(placeBlock(text, block, at.value), unixSeconds);
  if (raised === null) return fail(`${path} has no SOA of its own, whose serial could be raised`);
  const merged = yield* loadSlices({ origin, file: path, text: raised, readIncluded });
  if (!merged.ok) return merged;
  const effect = findSideEffect(hand, merged.value, sets);
  return effect === null ? ok({ text: raised, raised: isSame }) : fail(`${path}: ${effect}`);
}

function raiseSerial(text: string, unixSeconds: number): string | null {
  const found = findSoaSerial(text);
  if (found === null) return null;
  return text.slice(0, found.start) + String(nextSerial(found.serial, unixSeconds)) + text.slice(found.end);
}

function* readSlices(source: ZoneSource): Slices<ParsedZone> {
  const parser = new ZoneParser(source);
  while (!parser.step(entriesPerSlice)) yield;
  return parser.result();
}

function* loadSlices(source: ZoneSource): Slices<Result<ParsedZone, string>> {
  const loader = new ZoneLoader(source);
  while (!loader.step(entriesPerSlice)) yield;
  const loaded = loader.result();
  if (loaded.ok) return ok(loaded.value.zone);
  const error = loaded.error.find(({ severity }) => severity === "error");
  return fail(error === undefined ? "the zone would be broken" : `with muster's block: ${faultText(error)}`);
}
