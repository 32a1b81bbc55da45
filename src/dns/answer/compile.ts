/**
 * From a plan to octets: everything behind the question, with compression pointers into the question at its fixed
 * place (RFC 1035, 4.1.4). So to answer is to copy the client's own question and then these octets, and the case of
 * the question comes back by itself.
 *
 * A set with several turns is compiled once a turn, when the turn first comes. Every end of a set is remembered, so
 * that an answer that is too long is cut between sets without being made again.
 */
import { rdataNames } from "../rdata/index.ts";
import type { ExtendedError, Name, NameKey, RRset } from "../types.ts";
import type { Mark } from "../zone-tree.ts";
import { nameKey, parentName } from "../name.ts";
import type { AnswerPlan, PlannedSet } from "./plan.ts";
import { turnOrder } from "./turns.ts";

/** Where the question stands in every message (RFC 1035, 4.1). */
export const questionStart = 12;
/** The longest message (RFC 1035, 4.2.2). */
export const messageOctetsMax = 0xffff;
/** Kept free for the OPT record that is appended afterwards. */
const optOctetsMax = 600;
/** A pointer has 14 bits for the offset. */
const pointerMax = 0x3fff;

/** The answer up to the end of some set. */
export interface Cut {
  /** Octets behind the question. */
  readonly end: number;
  readonly answers: number;
  readonly authorities: number;
  readonly additionals: number;
  /** Something required is missing when the answer ends here. */
  readonly truncated: boolean;
}

export interface Variant {
  readonly bytes: Uint8Array;
  /** From the shortest to the whole; the first is empty. */
  readonly cuts: readonly Cut[];
  readonly whole: Cut;
}

/** Writes records behind a question; one instance serves all compilations. */
class Encoder {
  private readonly bytes = new Uint8Array(messageOctetsMax);
  private readonly offsets = new Map<NameKey, number>();
  private start = 0;
  private at = 0;
  private klass = 1;

  /**
   * Begins behind the question about `name`, of which the plan says how much may be pointed to. Where other questions
   * share the octets, only what they have in common may: the zone's nameserver is not whoever is asked for next.
   */
  begin(name: Name, plan: AnswerPlan): void {
    const suffixOctets = plan.reuse.kind === "suffix" ? plan.reuse.suffixOctets : name.length;
    this.klass = plan.klass;
    this.offsets.clear();
    this.start = questionStart + name.length + 4;
    this.at = this.start;
    let key = nameKey(name);
    for (let offset = questionStart; key.length > 1; offset += 1 + key.charCodeAt(0), key = parentName(key)) {
      if (key.length <= suffixOctets) this.offsets.set(key, offset);
    }
  }

  get length(): number {
    return this.at - this.start;
  }

  copy(): Uint8Array {
    return this.bytes.slice(this.start, this.at);
  }

  /**
   * Appends a set in the given order, or nothing and false when it does not fit into any message. `asked`: its owner is
   * the name of the question, whichever that is.
   */
  set({ owner, set, ttlSeconds }: PlannedSet, order: readonly number[] | null, asked: boolean): boolean {
    const begin = this.at;
    const count = order === null ? set.rdata.length : order.length;
    for (let turn = 0; turn < count; turn++) {
      const rdata = set.rdata[order === null ? turn : (order[turn] as number)];
      if (rdata === undefined) continue;
      if (this.at + owner.length + 10 + rdata.length > messageOctetsMax - optOctetsMax) {
        this.at = begin;
        return false;
      }
      if (asked) this.u16(0xc000 | questionStart);
      else this.name(owner);
      this.record({ set, ttlSeconds, rdata });
    }
    return true;
  }

  /** What stands behind a record's owner. */
  private record({ set, ttlSeconds, rdata }: { set: RRset; ttlSeconds: number; rdata: Uint8Array }): void {
    this.u16(set.type);
    this.u16(this.klass);
    this.u16(ttlSeconds >>> 16);
    this.u16(ttlSeconds & 0xffff);
    const lengthAt = this.at;
    this.at += 2;
    this.rdata(set.type, rdata);
    const length = this.at - lengthAt - 2;
    this.bytes[lengthAt] = length >>> 8;
    this.bytes[lengthAt + 1] = length & 0xff;
  }

  private rdata(type: number, rdata: Uint8Array): void {
    let from = 0;
    for (const { name, offset, compressible } of rdataNames(type, rdata)) {
      if (!compressible) continue;
      this.octets(rdata.subarray(from, offset));
      this.name(name);
      from = offset + name.length;
    }
    this.octets(rdata.subarray(from));
  }

  private octets(octets: Uint8Array): void {
    this.bytes.set(octets, this.at);
    this.at += octets.length;
  }

  private u16(value: number): void {
    this.bytes[this.at++] = value >>> 8;
    this.bytes[this.at++] = value & 0xff;
  }

  private name(name: Name): void {
    let rest = name;
    let key = nameKey(name);
    while (key.length > 1) {
      const known = this.offsets.get(key);
      if (known !== undefined) return this.u16(0xc000 | known);
      if (this.at <= pointerMax) this.offsets.set(key, this.at);
      const size = 1 + key.charCodeAt(0);
      for (let i = 0; i < size; i++) this.bytes[this.at++] = rest.charCodeAt(i);
      rest = rest.slice(size) as Name;
      key = parentName(key);
    }
    this.bytes[this.at++] = 0;
  }
}

const encoder = new Encoder();

/** Null: all its records, as they stand. */
function orderOf({ turns }: RRset, turn: number): readonly number[] | null {
  return turns === undefined ? null : turnOrder(turns, turn);
}

/** How many records a set contributes to an answer. */
function countOf({ rdata, turns }: RRset): number {
  return turns === undefined ? rdata.length : turns.named;
}

function compileVariant(plan: AnswerPlan, name: Name, turn: number): Variant {
  encoder.begin(name, plan);
  const sections = [plan.answer, plan.authority, plan.additional];
  const items = sections.flatMap((sets, section) => sets.map((item) => ({ item, section })));
  const counts = [0, 0, 0];
  const cuts: Cut[] = [];
  const cut = (truncated: boolean): void => {
    const [answers = 0, authorities = 0, additionals = 0] = counts;
    cuts.push({ end: encoder.length, answers, authorities, additionals, truncated });
  };
  const shared = plan.reuse.kind === "suffix";
  const lastRequired = items.findLastIndex(({ item }) => item.required);
  for (const [index, { item, section }] of items.entries()) {
    cut(index <= lastRequired);
    // An answer that is shared has records of the name that is asked for, as a wildcard makes them, and no others.
    const asked = shared && section === 0;
    if (!encoder.set(item, orderOf(item.set, turn), asked))
      return { bytes: encoder.copy(), cuts, whole: cuts.at(-1) as Cut };
    counts[section] = (counts[section] ?? 0) + countOf(item.set);
  }
  cut(false);
  return { bytes: encoder.copy(), cuts, whole: cuts.at(-1) as Cut };
}

/** How many variants a plan has: the turns of its first set that takes turns. */
function turnsOf(plan: AnswerPlan): number {
  for (const { set } of plan.answer) if (set.turns !== undefined) return set.turns.count;
  return 1;
}

/** The octets of an answer in all its turns, for as long as its mark stands still. */
export class CompiledAnswer {
  /** AA and the lower four bits of the rcode, as in the header's second and third octet. */
  readonly authoritative: boolean;
  readonly rcode: number;
  readonly extendedError: ExtendedError | null;
  private readonly mark: Mark;
  private readonly changes: number;
  private readonly plan: AnswerPlan;
  private readonly name: Name;
  private readonly variants: (Variant | undefined)[];
  private turn = 0;

  constructor(plan: AnswerPlan, name: Name) {
    this.authoritative = plan.authoritative;
    this.rcode = plan.rcode;
    this.extendedError = plan.extendedError;
    this.mark = plan.mark;
    this.changes = plan.mark.changes;
    this.plan = plan;
    this.name = name;
    this.variants = new Array(turnsOf(plan)).fill(undefined);
    this.variants[0] = compileVariant(plan, name, 0);
  }

  /** False once something that the answer was made from has changed. */
  get fresh(): boolean {
    return this.mark.changes === this.changes;
  }

  /** The next turn. */
  next(): Variant {
    const variants = this.variants;
    const turn = this.turn;
    this.turn = turn + 1 === variants.length ? 0 : turn + 1;
    return variants[turn] ?? this.compile(turn);
  }

  private compile(turn: number): Variant {
    const variant = compileVariant(this.plan, this.name, turn);
    this.variants[turn] = variant;
    return variant;
  }
}

/** The longest part of an answer that fits into `room` octets behind the question. */
export function cutToFit(variant: Variant, room: number): Cut {
  for (let at = variant.cuts.length - 1; at > 0; at--) {
    const cut = variant.cuts[at] as Cut;
    if (cut.end <= room) return cut;
  }
  return variant.cuts[0] as Cut;
}
