/**
 * As much of the client/server protocol of MariaDB and MySQL ("Client/Server Protocol" in MariaDB's manual) as a probe
 * needs. Packets count themselves; a client's answer has the number after the server's.
 */
import type { FirstRow } from "./database.ts";
import { type PacketFormat, PacketText } from "./packets.ts";

/** Three octets of length without the head, one of the packet's number. */
export const mariadbFormat: PacketFormat = {
  name: "MariaDB",
  headBytes: 4,
  length: (bytes, at) => 4 + bytes.readUIntLE(at, 3),
};

const capabilities = {
  longPassword: 0x1,
  database: 0x8,
  protocol41: 0x200,
  tls: 0x800,
  transactions: 0x2000,
  secureConnection: 0x8000,
  plugins: 0x8_0000,
  longAnswers: 0x20_0000,
} as const;

const utf8mb4 = 45;
const answerBytesMax = 0x100_0000;

export const okMark = 0x00;
export const moreMark = 0x01;
export const localFileMark = 0xfb;
export const eofMark = 0xfe;
export const errorMark = 0xff;

export function packetOf(number: number, body: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUIntLE(body.length, 0, 3);
  head[3] = number;
  return Buffer.concat([head, body]);
}

export function query(sql: string): Buffer {
  return packetOf(0, Buffer.concat([Buffer.from([0x03]), Buffer.from(sql, "utf8")]));
}

export const quit = packetOf(0, Buffer.from([0x01]));

export function numberOf(packet: Buffer): number {
  return packet[3] ?? 0;
}

export function markOf(packet: Buffer): number {
  return packet[4] ?? -1;
}

/** After the mark. */
export function bodyOf(packet: Buffer): PacketText {
  return new PacketText(packet, 5);
}

export interface Handshake {
  readonly offersTls: boolean;
  /** What a password is mixed with. */
  readonly scramble: Buffer;
  readonly plugin: string;
}

/** Null: broken, or another version of the protocol. */
export function readHandshake(packet: Buffer): Handshake | null {
  if (markOf(packet) !== 10) return null;
  const body = bodyOf(packet);
  body.text();
  body.bytes(4);
  const first = body.bytes(8);
  body.bytes(1);
  const low = body.uintLE(2);
  body.bytes(3);
  const high = body.uintLE(2);
  const length = body.byte();
  body.bytes(10);
  const second = body.bytes(Math.min(body.left, Math.max(12, length - 9)));
  body.bytes(Math.min(body.left, 1));
  const offered = low + high * 0x1_0000;
  if (body.broken || (offered & capabilities.protocol41) === 0) return null;
  return {
    offersTls: (offered & capabilities.tls) !== 0,
    scramble: Buffer.concat([first, second.subarray(0, 12)]),
    plugin: body.text(),
  };
}

function helloHead(database: string | null, tls: boolean): Buffer {
  const { longAnswers, longPassword, plugins, protocol41, secureConnection, transactions } = capabilities;
  const wanted = longAnswers | longPassword | plugins | protocol41 | secureConnection | transactions;
  const head = Buffer.alloc(32);
  head.writeUInt32LE(wanted | (database === null ? 0 : capabilities.database) | (tls ? capabilities.tls : 0), 0);
  head.writeUInt32LE(answerBytesMax, 4);
  head[8] = utf8mb4;
  return head;
}

export function tlsHello(database: string | null): Buffer {
  return packetOf(1, helloHead(database, true));
}

export interface Hello {
  readonly number: number;
  readonly user: string;
  readonly database: string | null;
  readonly tls: boolean;
  readonly plugin: string;
  /** What proves the password, at most 250 octets. */
  readonly proof: Buffer;
}

export function hello({ database, number, plugin, proof, tls, user }: Hello): Buffer {
  const parts = [helloHead(database, tls), Buffer.from(`${user}\0`, "utf8"), Buffer.from([proof.length]), proof];
  if (database !== null) parts.push(Buffer.from(`${database}\0`, "utf8"));
  return packetOf(number, Buffer.concat([...parts, Buffer.from(`${plugin}\0`, "utf8")]));
}

export interface ServerError {
  readonly number: number;
  readonly words: string;
}

export function readError(packet: Buffer): ServerError {
  const body = bodyOf(packet);
  const number = body.uintLE(2);
  // An error in place of the handshake has no SQLSTATE.
  const words = body
    .rest()
    .toString("utf8")
    .replace(/^#.{5}/, "");
  return { number, words };
}

/** A length or a count; -1: NULL. */
function readLength(body: PacketText): number {
  const first = body.byte();
  if (first < 0xfb) return first;
  if (first === 0xfb) return -1;
  // Eight octets are never needed: what they could count is beyond every limit.
  return first === 0xfc ? body.uintLE(2) : first === 0xfd ? body.uintLE(3) : Number.MAX_SAFE_INTEGER;
}

/** The body begins at the first octet, which is no mark here. */
function wholeBody(packet: Buffer): PacketText {
  return new PacketText(packet, mariadbFormat.headBytes);
}

export function readCount(packet: Buffer): number {
  return readLength(wholeBody(packet));
}

/** Name of a column; null: broken. */
export function readName(packet: Buffer): string | null {
  const body = wholeBody(packet);
  for (let skipped = 0; skipped < 4; skipped++) body.bytes(readLength(body));
  const name = body.bytes(readLength(body)).toString("utf8");
  return body.broken ? null : name;
}

/** Null: broken. */
export function readRow(packet: Buffer, count: number): FirstRow["values"] {
  const body = wholeBody(packet);
  const values: (string | null)[] = [];
  while (values.length < count && !body.broken) {
    const length = readLength(body);
    values.push(length < 0 ? null : body.bytes(length).toString("utf8"));
  }
  return body.broken ? null : values;
}
