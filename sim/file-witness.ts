/**
 * Promises about zone files, watched from outside: each state of a file is whole, and under its serial what the zone was;
 * no serial takes the place of a higher one; what people keep stays; what fails is told, and tried again after a rest that
 * grows; and a file that is said to be in step is, and was read by its server.
 */
import { type Mono, mono } from "../src/base/time.ts";
import type { OutletView } from "../src/core/view.ts";
import { nameKey, ownerTypeKey, textName } from "../src/dns/name.ts";
import { serialGreater } from "../src/dns/serial.ts";
import type { RRset } from "../src/dns/types.ts";
import { findBlock, findSoaSerial } from "../src/dns/zone-file/block.ts";
import { parseZone, type ParsedZone } from "../src/dns/zone-file/parse.ts";
import type { WantedZone } from "../src/ports/outlet.ts";
import { sameContent } from "../src/roles/managed-sets.ts";
import type { Host } from "./host.ts";
import { handPart, type OtherFile } from "./other-file.ts";
import { setText } from "./other-server.ts";
import { BrokenPromise, type ZonePromises } from "./zone-witness.ts";

/** What somebody else has changed is noticed by the next look at the latest. */
const noticeHandMs = 12_000;
/** A write to the next. */
const spacingMs = 250;
const restMsMin = 500;
const restMsMax = 60_000;
/** What is under way when a rest ends may take so long. */
const lateMs = 10_000;

/** Of one file, in one life. */
interface Course {
  /** Failures in a row, and the last of them. */
  failures: number;
  failedAt: Mono;
  triedAt: Mono;
  isTold: boolean;
}

export class FilePromises {
  readonly #zones: ZonePromises;
  readonly #courses = new Map<OtherFile, Course>();
  readonly #touchedAt = new Map<OtherFile, Mono>();

  constructor(zones: ZonePromises) {
    this.#zones = zones;
  }

  onOpened(file: OtherFile): void {
    const long = mono(Number.NEGATIVE_INFINITY);
    this.#courses.set(file, { failures: 0, failedAt: long, triedAt: long, isTold: false });
  }

  /** Somebody else changes it. */
  onTouched(file: OtherFile, now: Mono): void {
    this.#touchedAt.set(file, now);
  }

  /** A file takes the old one's place. */
  onReplaced(file: OtherFile, { after, before }: { before: string | null; after: string }): void {
    this.#checkWhole(file, after);
    if (before === null) return;
    const [was, is] = [findSoaSerial(before)?.serial, findSoaSerial(after)?.serial];
    if (was !== undefined && is !== undefined && !serialGreater(is, was))
      throw new BrokenPromise(`${file.config.path} had serial ${was}, and gets ${is} with other records`);
    if (file.config.block && handPart(before) !== handPart(after))
      throw new BrokenPromise(`${file.config.path} loses what people keep there`);
  }

  /** Between the beginning and the end of a write. */
  onUnfinished(file: OtherFile): void {
    if (file.text !== null) this.#checkWhole(file, file.text);
  }

  #checkWhole(file: OtherFile, text: string): void {
    const zone = parse(file, text);
    const serial = findSoaSerial(text)?.serial;
    const block = findBlock(text);
    const isWhole = file.config.block
      ? serial !== undefined && block.ok && block.value !== null
      : serial !== undefined && this.#zones.isState(file.origin, serial, zone.rrsets);
    if (zone.errorCount > 0 || !isWhole)
      throw new BrokenPromise(`${file.config.path} is not what the zone was under serial ${serial ?? "none"}`);
  }

  /** A write begins. */
  onTry(file: OtherFile, now: Mono): void {
    const course = this.#courses.get(file);
    if (course === undefined) return;
    const { failedAt, failures, triedAt } = course;
    course.triedAt = now;
    if (failures === 0) {
      if (now - triedAt < spacingMs)
        throw new BrokenPromise(`${file.config.path} is written after ${now - triedAt} ms`);
      return;
    }
    const rest = now - failedAt;
    const due = Math.min(restMsMax, restMsMin * 2 ** (failures - 1));
    if (rest < due - 1 || rest > due + lateMs)
      throw new BrokenPromise(`${file.config.path} is tried again ${rest} ms after failure ${failures}, not ${due}`);
  }

  /** A write or a reload came to nothing. */
  onFailed(file: OtherFile, now: Mono): void {
    const course = this.#courses.get(file);
    if (course === undefined) return;
    course.failures += 1;
    course.failedAt = now;
  }

  onWorked(file: OtherFile): void {
    const course = this.#courses.get(file);
    if (course !== undefined) course.failures = 0;
  }

  /** It reaches people. */
  onTold(file: OtherFile, level: "info" | "warn" | "drift"): void {
    const course = this.#courses.get(file);
    if (course !== undefined && level !== "drift") course.isTold = level === "warn";
  }

  onView(file: OtherFile, { now, view, wanted }: { view: OutletView; wanted: WantedZone | null; now: Mono }): void {
    const isTrouble = view.state === "unreachable" || view.state === "refused";
    if (isTrouble && this.#courses.get(file)?.isTold !== true)
      throw new BrokenPromise(`${view.name} is ${view.state}, and nobody was told`);
    if (view.state !== "in-step" || wanted === null) return;
    if (now - (this.#touchedAt.get(file) ?? Number.NEGATIVE_INFINITY) < noticeHandMs) return;
    const odd = findOdd(file, wanted.sets.values());
    if (odd !== null) throw new BrokenPromise(`${view.name} is said to be in step, and ${odd}`);
  }

  /** In quiet times all of them have what is served. Null: they do. */
  findLaggard({ config, files, zones }: Host): string | null {
    for (const file of files) {
      const zone = zones?.server.zone(file.origin) ?? null;
      const names = config.pools.filter(({ zone: origin }) => origin === file.origin).map(({ name }) => name);
      const keys = new Set(names.map((name) => nameKey(textName(name))));
      const served = [...(zone?.rrsets() ?? [])].filter(({ owner }) => !file.config.block || keys.has(nameKey(owner)));
      const odd = findOdd(file, served);
      if (odd !== null) return `${file.config.path} ${odd}`;
    }
    return null;
  }
}

/** What is not as it should be. */
function findOdd(file: OtherFile, sets: Iterable<RRset>): string | null {
  const there = parse(file, ownPart(file, file.text));
  const byKey = new Map(there.rrsets.map((set) => [ownerTypeKey(set), set]));
  for (const set of sets) {
    const found = byKey.get(ownerTypeKey(set)) ?? { ...set, ttlSeconds: 0, rdata: [] };
    if (!sameContent(found, set)) return `has ${setText(found)}, where ${setText(set)} are wanted`;
  }
  // What people change around a block, they let the server read themselves.
  const isRead = file.config.reload === null || ownPart(file, file.loaded) === ownPart(file, file.text);
  return isRead ? null : "is not what its server has read";
}

/** What is muster's of a text. */
function ownPart({ config }: OtherFile, text: string | null): string {
  if (!config.block || text === null) return text ?? "";
  const at = findBlock(text);
  return at.ok && at.value !== null ? text.slice(at.value.start, at.value.end) : "";
}

function parse({ config, name }: OtherFile, text: string): ParsedZone {
  return parseZone({ origin: name, file: config.path, text });
}
