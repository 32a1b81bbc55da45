/**
 * As much of PostgreSQL's protocol (version 3.0, "Frontend/Backend Protocol" in its manual) as a probe needs: what a
 * client sends, and how the server's messages are cut and read.
 */
import type { FirstRow } from "./database.ts";
import { type PacketFormat, PacketText } from "./packets.ts";

/** One letter, then the length, which counts itself and not the letter. */
export const postgresFormat: PacketFormat = {
  name: "PostgreSQL",
  headBytes: 5,
  length: (bytes, at) => (isLetter(bytes[at] ?? 0) ? 1 + bytes.readInt32BE(at + 1) : -1),
};

function isLetter(octet: number): boolean {
  return (octet >= 0x41 && octet <= 0x5a) || (octet >= 0x61 && octet <= 0x7a);
}

/** The request for TLS, which is answered with one octet: S or N. */
export const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
export const terminate = message("X", Buffer.alloc(0));

export function startup(settings: Readonly<Record<string, string>>): Buffer {
  const pairs = Object.entries(settings).map(([key, value]) => `${key}\0${value}\0`);
  const body = Buffer.concat([Buffer.from([0, 3, 0, 0]), Buffer.from(`${pairs.join("")}\0`, "utf8")]);
  return Buffer.concat([int32(body.length + 4), body]);
}

export function message(letter: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(letter, "latin1"), int32(body.length + 4), body]);
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function letterOf(packet: Buffer): string {
  return String.fromCharCode(packet[0] ?? 0);
}

export function bodyOf(packet: Buffer): PacketText {
  return new PacketText(packet, postgresFormat.headBytes);
}

export interface ServerError {
  /** Five characters (SQLSTATE). */
  readonly code: string;
  readonly words: string;
}

export function readError(packet: Buffer): ServerError {
  const body = bodyOf(packet);
  const fields = new Map<string, string>();
  while (body.left > 1) fields.set(String.fromCharCode(body.byte()), body.text());
  return { code: fields.get("C") ?? "", words: fields.get("M") ?? "an error without words" };
}

/** Names of a RowDescription; null: broken. */
export function readNames(packet: Buffer): readonly string[] | null {
  const body = bodyOf(packet);
  const names: string[] = [];
  for (let count = body.int(2); count > 0 && !body.broken; count--) {
    names.push(body.text());
    body.bytes(18);
  }
  return body.broken ? null : names;
}

/** Values of a DataRow; null: broken. */
export function readValues(packet: Buffer): FirstRow["values"] {
  const body = bodyOf(packet);
  const values: (string | null)[] = [];
  for (let count = body.int(2); count > 0 && !body.broken; count--) {
    const length = body.int(4);
    values.push(length < 0 ? null : body.bytes(length).toString("utf8"));
  }
  return body.broken ? null : values;
}
