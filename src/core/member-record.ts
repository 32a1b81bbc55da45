/**
 * Records that name a host or hold a text: MX (RFC 1035, 3.3.9), PTR (3.3.12), TXT (3.3.14) and SRV (RFC 2782). What a
 * member contributes is its target; its address only says where it is checked. Members with one target, such as the
 * two families of one host, give one record.
 */
import { nameBytes, textName } from "../dns/name.ts";
import { rrType } from "../dns/rr-types.ts";
import type { MemberConfig, RecordConfig } from "./model.ts";

export type TargetRecord = Exclude<RecordConfig, { kind: "address" }>;

interface Target {
  readonly target: string;
  readonly weight: number;
}

const types: Readonly<Record<TargetRecord["kind"], number>> = { ptr: 12, mx: 15, txt: 16, srv: 33 };

/** Types of the sets that a pool of this kind has. */
export function recordTypes({ kind }: Pick<RecordConfig, "kind">): readonly number[] {
  return kind === "address" ? [rrType.A, rrType.AAAA] : [types[kind]];
}

/** Octets of one character string (RFC 1035, 3.3). */
const stringOctetsMax = 255;

export function targetType({ kind }: TargetRecord): number {
  return types[kind];
}

/** Each target once, in the order of the members; its weight is that of its heaviest member. */
export function byTarget(members: readonly MemberConfig[]): readonly Target[] {
  const weights = new Map<string, number>();
  for (const { address, target, weight } of members) {
    const key = target ?? address;
    weights.set(key, Math.max(weight, weights.get(key) ?? 0));
  }
  return Array.from(weights, ([target, weight]) => ({ target, weight }));
}

/** Uncompressed. */
export function targetRdata(record: TargetRecord, { target, weight }: Target): Uint8Array {
  switch (record.kind) {
    case "mx":
      return withNumbers([record.preference], target);
    case "srv":
      return withNumbers([record.priority, weight, record.port], target);
    case "ptr":
      return nameBytes(textName(target));
    case "txt":
      return textRdata(target);
  }
}

function withNumbers(numbers: readonly number[], target: string): Uint8Array {
  const name = nameBytes(textName(target));
  const bytes = new Uint8Array(numbers.length * 2 + name.length);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of numbers.entries()) view.setUint16(i * 2, value);
  bytes.set(name, numbers.length * 2);
  return bytes;
}

/** As many character strings as it takes; readers put them together without anything in between (RFC 7208, 3.3). */
function textRdata(text: string): Uint8Array {
  const octets = new TextEncoder().encode(text);
  const strings = Math.max(1, Math.ceil(octets.length / stringOctetsMax));
  const bytes = new Uint8Array(octets.length + strings);
  for (let i = 0; i < strings; i++) {
    const part = octets.subarray(i * stringOctetsMax, (i + 1) * stringOctetsMax);
    bytes[i * (stringOctetsMax + 1)] = part.length;
    bytes.set(part, i * (stringOctetsMax + 1) + 1);
  }
  return bytes;
}
