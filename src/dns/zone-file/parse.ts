/**
 * Reads master files (RFC 1035, 5; RFC 2308, 4; RFC 3597; and BIND's $GENERATE) into RRsets. It can be stopped and
 * taken up again between entries, so that the thread which answers queries can load a large zone in slices.
 *
 * One entry costs about a microsecond: repeated owners, classes, TTLs and addresses are understood where they stand
 * in the text; only other types become tokens. An entry with a fault is dropped and reading goes on behind it, so that
 * all faults of a file are shown at once.
 */
import { assert } from "../../base/assert.ts";
import { fail } from "../../base/result.ts";
import { ipv4Number } from "../address.ts";
import { isWithin, nameKey, nameText } from "../name.ts";
import { parseRdata, readSoa } from "../rdata/index.ts";
import { quoteToken, type Token, TokenReader } from "../rdata/tokens.ts";
import { ttlSecondsMax } from "../rdata/ttl.ts";
import { rrType, typeText } from "../rr-types.ts";
import type { Name, NameKey } from "../types.ts";
import { Collector, type LocatedSet, type OwnerSets, placeOf } from "./collect.ts";
import { type DirectiveHost, type ReadIncluded, runDirective } from "./directives.ts";
import { FaultList, type FaultPlace, type ZoneFault } from "./fault.ts";
import { advance, type Frame, openFrame } from "./frame.ts";
import { readOwner, type ZoneName } from "./owner.ts";
import { Head } from "./head.ts";
import { RdataPool } from "./pool.ts";
import { tokenKind } from "./scanner.ts";

export interface ZoneSource {
  readonly origin: Name;
  /** The file's text as latin1: one unit an octet. */
  readonly text: string;
  /** What faults call the file. */
  readonly file: string;
  /** Absent: $INCLUDE is refused. */
  readonly readIncluded?: ReadIncluded;
  /** In force until the first $TTL. */
  readonly defaultTtlSeconds?: number;
}

export interface ParsedZone {
  readonly origin: Name;
  /** In order of appearance. */
  readonly rrsets: readonly LocatedSet[];
  readonly owners: ReadonlyMap<NameKey, OwnerSets>;
  readonly recordCount: number;
  /** File names; the index is what `placeFile` gives. */
  readonly files: readonly string[];
  readonly faults: readonly ZoneFault[];
  readonly errorCount: number;
}

export class ZoneParser implements DirectiveHost {
  readonly origin: Name;
  readonly originKey: NameKey;
  private readonly zoneName: ZoneName;
  readonly frames: Frame[];
  readonly files: string[];
  readonly readIncluded: ReadIncluded;
  readonly collector = new Collector();
  private readonly pool = new RdataPool();
  private readonly list = new FaultList();
  private readonly head = new Head();
  /** $TTL, or what stands for it. Null: none known. */
  defaultTtl: number | null;
  /** The last TTL that was written out, which counts where there is no $TTL (RFC 1035, 5.1). */
  private lastTtl: number | null = null;
  private warnedOldTtl = false;
  octetsRead: number;
  recordsGenerated = 0;

  constructor(source: ZoneSource) {
    this.origin = source.origin;
    this.originKey = nameKey(source.origin);
    this.zoneName = { name: source.origin, suffix: `.${nameText(source.origin)}` };
    this.files = [source.file];
    this.frames = [openFrame(0, source.text, { fileName: source.file, origin: source.origin })];
    this.readIncluded = source.readIncluded ?? (() => fail("files cannot be included here"));
    this.defaultTtl = source.defaultTtlSeconds ?? null;
    this.octetsRead = source.text.length;
  }

  /** Reads at most `entries` entries. True when the zone is read to its end, or has too many errors. */
  step(entries: number): boolean {
    for (let count = 0; count < entries; count++) {
      const frame = this.frames.at(-1);
      if (frame === undefined) return true;
      if (this.list.full) this.frames.length = 0;
      else if (!frame.scanner.finished) this.readEntry(frame);
      else this.endOfFrame(frame);
    }
    return this.frames.length === 0;
  }

  /** What was read. Only after `step` has returned true. */
  result(): ParsedZone {
    assert(this.frames.length === 0, "a zone has a result when it is read to its end");
    this.collector.finish();
    const { owners, rrsets, recordCount } = this.collector;
    const { faults, errorCount } = this.list;
    return { origin: this.origin, rrsets, owners, recordCount, files: this.files, faults, errorCount };
  }

  private endOfFrame(frame: Frame): void {
    const more = frame.generated === null ? false : advance(frame, frame.generated);
    if (more === true) return;
    if (typeof more === "string") this.fault(frame, more);
    this.frames.pop();
  }

  /** An error at the present token, or at another place in the same file. */
  fault(frame: Frame, sentence: string, at?: FaultPlace): void {
    this.list.add({ severity: "error", ...placeOfFault(frame, at), sentence });
  }

  private warn(frame: Frame, sentence: string, at?: FaultPlace): void {
    this.list.add({ severity: "warning", ...placeOfFault(frame, at), sentence });
  }

  /** One entry: a record, a directive, or an empty line. Leaves the scanner behind it. */
  private readEntry(frame: Frame): void {
    const scanner = frame.scanner;
    const first = scanner.text.charCodeAt(scanner.at);
    const blank = first === 32 || first === 9;
    const kind = scanner.next();
    if (kind === tokenKind.end) return;
    const complete =
      kind === tokenKind.fault
        ? this.scannerFault(frame)
        : first === 36 && frame.generated === null
          ? runDirective(this, frame)
          : this.readRecord(frame, blank);
    if (!complete) scanner.skipEntry();
  }

  /** Reports what the scanner met. Always false: the entry is not complete. */
  scannerFault(frame: Frame): false {
    this.fault(frame, frame.scanner.problem);
    return false;
  }

  private readRecord(frame: Frame, blank: boolean): boolean {
    if (!blank) {
      if (!this.takeOwner(frame)) return false;
      if (frame.scanner.next() === tokenKind.fault) return this.scannerFault(frame);
    }
    if (frame.owner === null && !frame.outside) {
      this.fault(frame, "the first record has no owner, expected a name at the start of the line");
      return false;
    }
    return this.head.read(this, frame) && this.readData(frame);
  }

  /** Makes the present token the owner. */
  private takeOwner(frame: Frame): boolean {
    const { text, start, end } = frame.scanner;
    const before = frame.ownerText;
    if (before.length === end - start && before !== "" && text.startsWith(before, start)) return true;
    const name = readOwner(frame.scanner, frame.origin, this.zoneName);
    frame.ownerText = "";
    if (!name.ok) {
      this.fault(frame, `found ${quoteToken(frame.scanner.tokenText())}, expected an owner: ${name.error}`);
      frame.owner = null;
      frame.outside = true;
      return false;
    }
    frame.outside = !isWithin(nameKey(name.value), this.originKey);
    frame.owner = frame.outside ? null : this.collector.open(name.value);
    frame.ownerText = text.slice(start, end);
    if (frame.outside) {
      this.warn(frame, `${nameText(name.value)} lies outside the zone: its records are ignored`);
    }
    return true;
  }

  /** RFC 2181, 8: more than 31 bits count as zero. */
  limitTtl(frame: Frame, seconds: number): number {
    if (seconds <= ttlSecondsMax) return seconds;
    this.warn(frame, `found a TTL of ${seconds}, expected at most ${ttlSecondsMax}: it counts as 0 (RFC 2181, 8)`);
    return 0;
  }

  private readData(frame: Frame): boolean {
    if (this.head.type === rrType.A) return this.readIpv4(frame);
    return this.readTokens(frame, frame.scanner.next());
  }

  /** The address of an A record, which is most of a large zone. Another form takes the careful way. */
  private readIpv4(frame: Frame): boolean {
    const scanner = frame.scanner;
    const kind = scanner.next();
    const value = kind === tokenKind.word ? ipv4Number(scanner.text, scanner.start, scanner.end) : -1;
    if (value < 0) return this.readTokens(frame, kind);
    const line = scanner.tokenLine;
    const behind = scanner.next();
    if (behind === tokenKind.fault) return this.scannerFault(frame);
    if (behind !== tokenKind.end) return this.tooMuch(frame);
    this.addRecord(frame, this.pool.ipv4(value), line);
    return true;
  }

  private tooMuch(frame: Frame): false {
    this.fault(frame, `found ${quoteToken(frame.scanner.tokenText())}, expected the end of the record`);
    return false;
  }

  /** The data of any type, token by token. `kind` is the first token's. */
  private readTokens(frame: Frame, kind: number): boolean {
    const { type } = this.head;
    const scanner = frame.scanner;
    const tokens: Token[] = [];
    const line = scanner.tokenLine;
    scanner.pairs = type === rrType.SVCB || type === rrType.HTTPS;
    for (let next = kind; next !== tokenKind.end; next = scanner.next()) {
      if (next === tokenKind.fault) {
        scanner.pairs = false;
        return this.scannerFault(frame);
      }
      const text = scanner.tokenText();
      tokens.push({ text, quoted: next === tokenKind.quoted, line: scanner.tokenLine, column: scanner.column });
    }
    scanner.pairs = false;
    const end = { line: scanner.tokenLine, column: scanner.column };
    const rdata = parseRdata(type, new TokenReader(tokens, frame.origin, end));
    if (rdata.ok) this.addRecord(frame, this.pool.copy(rdata.value), line);
    else this.fault(frame, `${typeText(type)}: ${rdata.error.sentence}`, rdata.error);
    return true;
  }

  private addRecord(frame: Frame, rdata: Uint8Array, line: number): void {
    if (frame.owner === null) return;
    const { type } = this.head;
    const at = { line, column: 0 };
    const ttlSeconds = this.chooseTtl(frame, rdata, at);
    if (ttlSeconds === null) return;
    if (type === rrType.SOA && nameKey(frame.owner.owner) !== this.originKey) {
      this.fault(frame, `found SOA at ${nameText(frame.owner.owner)}, expected it at the zone's top only`, at);
      return;
    }
    const place = placeOf(frame.file, frame.generated?.line ?? line);
    const inForce = this.collector.add(frame.owner, { type, rdata, ttlSeconds, place });
    if (inForce !== ttlSeconds && this.head.ttl !== null) {
      const sentence = `found TTL ${ttlSeconds}, expected ${inForce} as in the set's other records, which counts (RFC 2181, 5.2)`;
      this.warn(frame, sentence, at);
    }
  }

  /** The record's own TTL, else $TTL, else the last one written, else for a SOA its own minimum. */
  private chooseTtl(frame: Frame, rdata: Uint8Array, at: FaultPlace): number | null {
    if (this.head.ttl !== null) {
      this.lastTtl = this.head.ttl;
      return this.head.ttl;
    }
    if (this.defaultTtl !== null) return this.defaultTtl;
    if (this.lastTtl !== null) {
      if (!this.warnedOldTtl) this.warn(frame, "no $TTL: the last TTL written counts (RFC 1035, 5.1)", at);
      this.warnedOldTtl = true;
      return this.lastTtl;
    }
    if (this.head.type !== rrType.SOA) {
      this.fault(frame, "the record has no TTL, expected one, or $TTL before it", at);
      return null;
    }
    this.warn(frame, "no TTL and no $TTL: the SOA's minimum counts for the zone", at);
    this.defaultTtl = this.limitTtl(frame, readSoa(rdata)?.minimumSeconds ?? 0);
    return this.defaultTtl;
  }
}

/** Entries that `parseZone` reads between two looks at whether it is done. */
const entriesPerStep = 4096;

/** Reads a whole zone at once. */
export function parseZone(source: ZoneSource): ParsedZone {
  const parser = new ZoneParser(source);
  while (!parser.step(entriesPerStep));
  return parser.result();
}

/** What `$GENERATE` made has the directive's line and no column. */
function placeOfFault(frame: Frame, at?: FaultPlace): Pick<ZoneFault, "file" | "line" | "column"> {
  const made = frame.generated;
  const line = made?.line ?? at?.line ?? frame.scanner.tokenLine;
  const column = made === null ? (at?.column ?? frame.scanner.column) : 0;
  return { file: frame.fileName, line, column };
}
