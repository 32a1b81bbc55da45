/**
 * A managed block inside a master file that is kept by hand: muster's records between two marks, and the serial of the
 * file's own SOA, which rises in place. Everything else stays as it is, octet for octet. The text's UTF-16 units are
 * octets (a file read as latin1).
 */
import { fail, ok, type Result } from "../../base/result.ts";
import { compareNames, nameKey, nameText, ownerTypeKey } from "../name.ts";
import { sameRdata } from "../rdata/index.ts";
import { rrType, typeText } from "../rr-types.ts";
import type { RRset } from "../types.ts";
import { ZoneLookup } from "../zone-lookup.ts";
import { type LocatedSet, placeFile, placeLine } from "./collect.ts";
import type { ParsedZone } from "./parse.ts";
import { Scanner, tokenKind } from "./scanner.ts";
import { rrsetText } from "./write.ts";

const beginMark = "; muster begins: what is changed from here to the end mark by hand is lost";
const endMark = "; muster ends";

/** Half-open range of indexes in a text. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** The block with its marks, canonical, so that the same sets always give the same text. Empty sets have no lines. */
export function blockText(sets: Iterable<RRset>): string {
  const filled = [...sets].filter(({ rdata }) => rdata.length > 0);
  const keyed = filled.map((set) => ({ key: nameKey(set.owner), set }));
  keyed.sort((a, b) => compareNames(a.key, b.key) || a.set.type - b.set.type);
  return `${beginMark}\n${keyed.map(({ set }) => rrsetText(set)).join("")}${endMark}\n`;
}

/** Where the block lies, its marks and the last newline included; null: the file has none yet. Else what is wrong. */
export function findBlock(text: string): Result<TextRange | null, string> {
  const marks = [...text.matchAll(/(?<=^|\n); muster (begins|ends)(?!\w)[^\n]*\n?/g)];
  const [first, second] = marks;
  if (first === undefined) return ok(null);
  const described = marks.map(({ 0: line, index }) => `\`${line.trim().slice(0, 20)}\` in line ${lineAt(text, index)}`);
  if (second === undefined || marks.length > 2 || first[1] !== "begins" || second[1] !== "ends") {
    const found = described.slice(0, 4).join(", ");
    return fail(
      `the marks of muster's block are no pair: ${found}; put them right, or take them and the lines of the block out`,
    );
  }
  return ok({ start: first.index, end: second.index + second[0].length });
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

/** The block in its place, or at the end of a file that has none. */
export function placeBlock(text: string, block: string, at: TextRange | null): string {
  if (at !== null) return text.slice(0, at.start) + block + text.slice(at.end);
  return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${block}`;
}

/** What people wrote, in the lines in which it stands: those of the block are empty. */
export function blankBlock(text: string, at: TextRange | null): string {
  if (at === null) return text;
  return text.slice(0, at.start) + text.slice(at.start, at.end).replace(/[^\n]+/g, "") + text.slice(at.end);
}

/** Owner, TTL, class and type, before the SOA's two names and its serial. */
const headTokensMax = 4;

/** The serial of the first SOA that stands in the text itself, not in a file that it includes; null: there is none. */
export function findSoaSerial(text: string): (TextRange & { readonly serial: number }) | null {
  const scanner = new Scanner(text);
  while (!scanner.finished) {
    const found = serialOfEntry(scanner);
    scanner.skipEntry();
    if (found !== null) return found;
  }
  return null;
}

function serialOfEntry(scanner: Scanner): (TextRange & { readonly serial: number }) | null {
  const { text } = scanner;
  const blank = /[ \t]/.test(text.charAt(scanner.at));
  let type = -1;
  for (let at = blank ? 1 : 0; ; at++) {
    const kind = scanner.next();
    if (kind === tokenKind.end || kind === tokenKind.fault) return null;
    const word = text.slice(scanner.start, scanner.end);
    if (type < 0 && at > 0 && word.toUpperCase() === "SOA") type = at;
    if (type < 0 && at >= headTokensMax) return null;
    if (type < 0 || at < type + 3) continue;
    return /^\d{1,10}$/.test(word) ? { start: scanner.start, end: scanner.end, serial: Number(word) >>> 0 } : null;
  }
}

/** Why muster's sets cannot stand beside what people wrote: the first clash, with its line; null: they can. */
export function findClash(hand: ParsedZone, sets: Iterable<RRset>): string | null {
  const byKey = new Map(hand.rrsets.map((set) => [ownerTypeKey(set), set]));
  for (const set of sets) {
    if (set.rdata.length === 0) continue;
    const clash = byKey.get(ownerTypeKey(set)) ?? byKey.get(ownerTypeKey({ owner: set.owner, type: rrType.CNAME }));
    if (clash === undefined) continue;
    const name = nameText(set.owner);
    return `${placeText(hand, clash)} holds ${name} ${typeText(clash.type)}, and muster manages ${name} ${typeText(set.type)}: remove that line, or the pool`;
  }
  return null;
}

/** The first of muster's sets that no nameserver would answer from the file, and the line that keeps it from that. */
export function findCut(hand: ParsedZone, sets: Iterable<RRset>): string | null {
  const lookup = new ZoneLookup(hand.owners, nameKey(hand.origin));
  for (const { owner, rdata, type } of sets) {
    const above = rdata.length === 0 ? null : lookup.cutAbove(nameKey(owner));
    const cut = above === null ? undefined : lookup.setOf(above.key, above.type);
    if (cut === undefined) continue;
    const what = cut.type === rrType.NS ? "delegates" : "redirects what is below";
    return `${placeText(hand, cut)} ${what} ${nameText(cut.owner)} with ${typeText(cut.type)}, so no nameserver would answer muster's ${nameText(owner)} ${typeText(type)} from this zone: remove that line, or the pool`;
  }
  return null;
}

function placeText({ files }: ParsedZone, { place }: LocatedSet): string {
  return `${files[placeFile(place)] ?? ""}:${placeLine(place)}`;
}

/**
 * Whether the text with the block says what people wrote and what muster wants, and nothing else. The lines behind a
 * block may have lived on an owner, a TTL or an origin from the lines before it. Null: it does; else what has changed.
 */
export function findSideEffect(hand: ParsedZone, merged: ParsedZone, sets: Iterable<RRset>): string | null {
  const byKey = new Map(merged.rrsets.map((set) => [ownerTypeKey(set), set]));
  let records = 0;
  const wanted = [...sets].filter(({ rdata }) => rdata.length > 0);
  for (const set of [...hand.rrsets, ...wanted]) {
    records += set.rdata.length;
    const there = byKey.get(ownerTypeKey(set));
    if (there === undefined || (set.type !== rrType.SOA && !sameSet(set, there))) return sideEffect(set);
  }
  return records === merged.recordCount ? null : "the lines behind muster's block would mean something else";
}

function sideEffect({ owner, type }: RRset): string {
  return `with muster's block ${nameText(owner)} ${typeText(type)} would mean something else: begin the line behind the block with a full name, a TTL and a type, or move the block's marks to the end`;
}

function sameSet(a: RRset, b: RRset): boolean {
  if (a.ttlSeconds !== b.ttlSeconds || a.rdata.length !== b.rdata.length) return false;
  return a.rdata.every((mine) => b.rdata.some((other) => sameRdata(a.type, mine, other)));
}
