/**
 * gdnsd's zone files: master files with the types DYNA and DYNC, whose data is a resource, and TTLs of two numbers. Each
 * such record is written anew with a type for private use (RFC 6895, 3.1) before the file is read as any other, so that
 * owners, origins and TTLs mean what they mean there.
 */
import { nameText } from "../../dns/name.ts";
import type { Name } from "../../dns/types.ts";
import { placeLine } from "../../dns/zone-file/collect.ts";
import { type ParsedZone, parseZone } from "../../dns/zone-file/parse.ts";
import { Scanner, tokenKind } from "../../dns/zone-file/scanner.ts";

/** Stands for DYNA and DYNC; its data is the index of the resource. */
const standIn = 65_280;
/** gdnsd's words for the zone and for the file's origin, which are one where files are not included; texts stay. */
const ownName = /"(?:[^"\\\n]|\\.)*"|(?<![^\s.(])@[ZF](?![^\s;)])/g;
/** Owner, TTL and class at most before the type. */
const headTokensMax = 3;

export interface DynamicName {
  /** With final dot. */
  readonly name: string;
  readonly ttlSeconds: number;
  /** `plugin!resource`. */
  readonly reference: string;
  readonly line: number;
}

export interface GdnsdZone {
  readonly zone: ParsedZone;
  readonly dynamic: readonly DynamicName[];
  /** Lines with directives that only gdnsd knows. */
  readonly dropped: readonly { readonly line: number; readonly text: string }[];
}

export function readGdnsdZone(source: { origin: Name; file: string; text: string }): GdnsdZone {
  const references: string[] = [];
  const dropped: { line: number; text: string }[] = [];
  const cut = source.text.replace(/^\$ADDR_LIMIT[^\n]*/gim, (found, at: number) => {
    dropped.push({ line: source.text.slice(0, at).split("\n").length, text: found });
    return "";
  });
  const text = replaceDynamic(
    cut.replace(ownName, (word) => (word.startsWith('"') ? word : nameText(source.origin))),
    references,
  );
  const zone = parseZone({ ...source, text, defaultTtlSeconds: 86_400 });
  const dynamic = zone.rrsets
    .filter(({ type }) => type === standIn)
    .map((set) => ({
      name: nameText(set.owner),
      ttlSeconds: set.ttlSeconds,
      reference: references[indexIn(set.rdata[0])] ?? "",
      line: placeLine(set.place),
    }));
  const rrsets = zone.rrsets.filter(({ type }) => type !== standIn);
  return { zone: { ...zone, rrsets }, dynamic, dropped };
}

function indexIn(rdata: Uint8Array | undefined): number {
  return rdata === undefined || rdata.length !== 4 ? -1 : new DataView(rdata.buffer, rdata.byteOffset).getUint32(0);
}

/** The text with every dynamic record's type and data replaced in place. */
function replaceDynamic(text: string, references: string[]): string {
  const scanner = new Scanner(text);
  let done = "";
  let copied = 0;
  while (!scanner.finished) {
    for (const { end, start, to } of editsOfEntry(scanner, references)) {
      done += text.slice(copied, start) + to;
      copied = end;
    }
    scanner.skipEntry();
  }
  return done + text.slice(copied);
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly to: string;
}

function editsOfEntry(scanner: Scanner, references: string[]): readonly Edit[] {
  const { text } = scanner;
  const blank = /[ \t]/.test(text.charAt(scanner.at));
  const edits: Edit[] = [];
  for (let at = blank ? 1 : 0; at <= headTokensMax; at++) {
    if (scanner.next() !== tokenKind.word) return [];
    const { end, start } = scanner;
    const word = text.slice(start, end);
    if (at > 0 && /^\d+\/\d+$/.test(word)) edits.push({ start, end, to: word.slice(0, word.indexOf("/")) });
    if (at === 0 || !/^DYN[AC]$/i.test(word)) continue;
    if (scanner.next() !== tokenKind.word) return [];
    const index = references.push(scanner.tokenText()) - 1;
    const data = index.toString(16).padStart(8, "0");
    return [...edits, { start, end: scanner.end, to: `TYPE${standIn} \\# 4 ${data}` }];
  }
  return [];
}
