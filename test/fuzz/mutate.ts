/** Queries that are nearly right: well-formed ones with some octets changed, cut off, doubled, or pointed in circles. */
import type { Prng } from "../../src/base/prng.ts";

/** UDP takes no more in one datagram than this from anybody who means well. */
const queryOctetsMax = 600;

export interface Draft {
  readonly bytes: Uint8Array;
  length: number;
}

type Mutation = (draft: Draft, prng: Prng) => void;

const flipBit: Mutation = ({ bytes, length }, prng) => {
  const at = prng.int(Math.max(length, 1));
  bytes[at] = (bytes[at] as number) ^ (1 << prng.int(8));
};

const setOctet: Mutation = ({ bytes, length }, prng) => {
  const values = [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xff, prng.int(256)];
  bytes[prng.int(Math.max(length, 1))] = values[prng.int(values.length)] as number;
};

const cutOff: Mutation = (draft, prng) => {
  draft.length = prng.int(draft.length + 1);
};

const cutLittle: Mutation = (draft, prng) => {
  draft.length = Math.max(0, draft.length - 1 - prng.int(4));
};

const grow: Mutation = (draft, prng) => {
  const end = Math.min(queryOctetsMax, draft.length + 1 + prng.int(draft.length + 40));
  for (let at = draft.length; at < end; at++) draft.bytes[at] = prng.int(256);
  draft.length = end;
};

/** A pointer, most often to itself or near it. */
const point: Mutation = ({ bytes, length }, prng) => {
  if (length < 14) return;
  const at = 12 + prng.int(length - 13);
  const target = prng.int(4) === 0 ? prng.int(0x4000) : Math.max(0, at - prng.int(8));
  bytes[at] = 0xc0 | (target >>> 8);
  bytes[at + 1] = target & 0xff;
};

const setCounts: Mutation = ({ bytes }, prng) => {
  const at = 4 + 2 * prng.int(4);
  bytes[at] = prng.int(8) === 0 ? prng.int(256) : 0;
  bytes[at + 1] = prng.int(4);
};

const setType: Mutation = ({ bytes, length }, prng) => {
  let at = 12;
  while (at < length && bytes[at] !== 0) at += 1 + (bytes[at] as number);
  if (at + 4 >= length) return;
  bytes[at + 1] = prng.int(8) === 0 ? prng.int(256) : 0;
  bytes[at + 2] = prng.int(256);
  if (prng.int(8) === 0) bytes[at + 4] = prng.int(256);
};

const changeLabel: Mutation = ({ bytes, length }, prng) => {
  if (length > 20) bytes[13 + prng.int(6)] = 97 + prng.int(26);
};

/** Copies a stretch of the query to its end: second OPTs, second questions. */
const repeatTail: Mutation = (draft, prng) => {
  const size = Math.min(prng.int(60), draft.length, queryOctetsMax - draft.length);
  draft.bytes.copyWithin(draft.length, draft.length - size, draft.length);
  draft.length += size;
};

const mutations: readonly Mutation[] = [
  flipBit,
  setOctet,
  cutOff,
  cutLittle,
  grow,
  point,
  setCounts,
  setType,
  changeLabel,
  repeatTail,
];

/** A mutated copy of one of `seeds`, in a buffer that the next call reuses. One in eight is left as it is. */
export class Mutator {
  private readonly draft: Draft = { bytes: new Uint8Array(queryOctetsMax * 2), length: 0 };
  private readonly seeds: readonly Uint8Array[];
  private readonly prng: Prng;

  constructor(seeds: readonly Uint8Array[], prng: Prng) {
    this.seeds = seeds;
    this.prng = prng;
  }

  next(): Draft {
    const { draft, prng, seeds } = this;
    const seed = seeds[prng.int(seeds.length)] as Uint8Array;
    draft.bytes.set(seed);
    draft.length = seed.length;
    draft.bytes[0] = prng.int(256);
    draft.bytes[1] = prng.int(256);
    if (prng.int(8) === 0) return draft;
    for (let times = 1 + prng.int(3); times > 0; times--)
      (mutations[prng.int(mutations.length)] as Mutation)(draft, prng);
    return draft;
  }
}
