/**
 * Compiled answers by the octets of the question: an open-addressing hash table whose keys lie in one arena, so that
 * a look-up makes no string and no object. Keys are the question section with its name in lower case.
 *
 * Only questions for names that exist are kept (the caller sees to that), so strangers cannot fill it with names of
 * their own. When it is full it starts again from nothing, which costs each later question one compilation.
 */
import type { CompiledAnswer } from "./compile.ts";

/** Questions that are kept at most; half the slots, so that probing stays short. */
export const questionsMax = 1 << 18;
const questionsAtFirst = 1 << 10;
const keyOctetsAtFirst = questionsAtFirst * 32;

/** Octets to their lower case (RFC 4343, 3). Length octets are below "A" and stay. */
export const lowerCase: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) =>
  octet >= 65 && octet <= 90 ? octet + 32 : octet,
);

/** A question as a key. */
interface Question {
  readonly key: Uint8Array;
  readonly keyOctets: number;
  readonly hash: number;
}

export class QuestionTable {
  private slots = new Int32Array(questionsAtFirst * 2).fill(-1);
  private hashes = new Int32Array(questionsAtFirst);
  private ends = new Uint32Array(questionsAtFirst);
  private keys = new Uint8Array(keyOctetsAtFirst);
  private answers: CompiledAnswer[] = [];
  private readonly questionsMax: number;

  constructor(limit: number = questionsMax) {
    this.questionsMax = limit;
  }

  get size(): number {
    return this.answers.length;
  }

  clear(): void {
    this.slots.fill(-1);
    this.answers = [];
  }

  /** The answer to the question in the first `length` octets of `key`, or undefined. */
  get(key: Uint8Array, length: number, hash: number): CompiledAnswer | undefined {
    const at = this.find(key, length, hash);
    return at < 0 ? undefined : this.answers[at];
  }

  /** The index of a question, or -1. */
  private find(key: Uint8Array, length: number, hash: number): number {
    const slots = this.slots;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const at = slots[slot] as number;
      if (at < 0) return -1;
      if (this.hashes[at] === hash && this.holds(at, key, length)) return at;
    }
  }

  private holds(at: number, key: Uint8Array, length: number): boolean {
    const start = at === 0 ? 0 : (this.ends[at - 1] as number);
    if ((this.ends[at] as number) - start !== length) return false;
    const keys = this.keys;
    for (let i = 0; i < length; i++) if (keys[start + i] !== key[i]) return false;
    return true;
  }

  set(question: Question, answer: CompiledAnswer): void {
    const { key, keyOctets: length, hash } = question;
    const known = this.find(key, length, hash);
    if (known >= 0) {
      this.answers[known] = answer;
      return;
    }
    if (this.answers.length >= this.questionsMax) this.clear();
    this.reserve(length);
    const at = this.answers.length;
    const start = at === 0 ? 0 : (this.ends[at - 1] as number);
    for (let i = 0; i < length; i++) this.keys[start + i] = key[i] as number;
    this.ends[at] = start + length;
    this.hashes[at] = hash;
    this.answers.push(answer);
    this.occupy(at, hash);
  }

  private occupy(at: number, hash: number): void {
    const mask = this.slots.length - 1;
    let slot = hash & mask;
    while ((this.slots[slot] as number) >= 0) slot = (slot + 1) & mask;
    this.slots[slot] = at;
  }

  /** Makes room for one more question. */
  private reserve(length: number): void {
    const count = this.answers.length;
    const used = count === 0 ? 0 : (this.ends[count - 1] as number);
    if (used + length > this.keys.length) {
      const keys = new Uint8Array(this.keys.length * 2 + length);
      keys.set(this.keys);
      this.keys = keys;
    }
    if (count < this.hashes.length) return;
    this.grow(this.hashes.length * 2);
  }

  private grow(capacity: number): void {
    const hashes = new Int32Array(capacity);
    hashes.set(this.hashes);
    const ends = new Uint32Array(capacity);
    ends.set(this.ends);
    this.hashes = hashes;
    this.ends = ends;
    this.slots = new Int32Array(capacity * 2).fill(-1);
    for (let at = 0; at < this.answers.length; at++) this.occupy(at, hashes[at] as number);
  }
}
