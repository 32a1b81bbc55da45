/**
 * Answers in packets that say their own length, as databases speak: cut out of whatever pieces they arrive in, and handed
 * on one by one, within the limit for one answer. `PacketText` reads one of them and never runs over its end: a packet
 * from a hostile server is short, and says so in `broken`.
 */
import { ByteStore } from "./byte-store.ts";
import { down } from "./dialogue.ts";
import { packetBytesMax } from "./limits.ts";
import type { Judgement, Reply } from "./script.ts";

export interface PacketFormat {
  /** What sends such packets, for people. */
  readonly name: string;
  readonly headBytes: number;
  /** Length of the packet whose head begins at `at`, head included; below `headBytes`: that is no packet. */
  readonly length: (bytes: Buffer, at: number) => number;
}

/** Hears one packet, head included, valid during the call only. Null: more is needed. */
export type HearPacket = (packet: Buffer) => Judgement | null;

export class PacketReply implements Reply {
  readonly #format: PacketFormat;
  readonly #hear: HearPacket;
  readonly #collected = new ByteStore(packetBytesMax);
  #heardTo = 0;

  constructor(format: PacketFormat, hear: HearPacket) {
    this.#format = format;
    this.#hear = hear;
  }

  take(bytes: Buffer): Judgement | null {
    const { headBytes, length, name } = this.#format;
    const taken = this.#collected.append(bytes, 0, bytes.length);
    const all = this.#collected.view();
    while (all.length - this.#heardTo >= headBytes) {
      const end = this.#heardTo + length(all, this.#heardTo);
      if (end < this.#heardTo + headBytes) return down(`answer is not ${name}`);
      if (end > packetBytesMax) return down(`answer is longer than ${packetBytesMax} bytes, or not ${name}`);
      if (end > all.length) break;
      const judgement = this.#hear(all.subarray(this.#heardTo, end));
      if (judgement !== null) return judgement;
      this.#heardTo = end;
    }
    return taken < bytes.length ? down(`answer is longer than ${packetBytesMax} bytes`) : null;
  }

  end(): Judgement {
    return down(
      `closed the connection ${this.#collected.length > 0 ? "in the middle of its answer" : "before answering"}`,
      "reset",
    );
  }
}

export class PacketText {
  readonly #bytes: Buffer;
  #at: number;
  broken = false;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** So many bytes; fewer only if it is broken. */
  bytes(count: number): Buffer {
    if (count > this.left || count < 0) this.broken = true;
    const from = this.#at;
    this.#at = Math.min(this.#bytes.length, from + Math.max(0, count));
    return this.#bytes.subarray(from, this.#at);
  }

  byte(): number {
    return this.bytes(1)[0] ?? 0;
  }

  /** Signed, big-endian. */
  int(bytes: 2 | 4): number {
    const part = this.bytes(bytes);
    return part.length === bytes ? part.readIntBE(0, bytes) : 0;
  }

  /** Unsigned, little-endian. */
  uintLE(bytes: number): number {
    const part = this.bytes(bytes);
    return part.length === bytes && bytes <= 6 ? part.readUIntLE(0, bytes) : 0;
  }

  /** Up to a zero byte, or to the end if there is none. */
  text(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    const text = this.bytes((end < 0 ? this.#bytes.length : end) - this.#at).toString("utf8");
    if (end >= 0) this.#at++;
    return text;
  }

  rest(): Buffer {
    return this.bytes(this.left);
  }
}
