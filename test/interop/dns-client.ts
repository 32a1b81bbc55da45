/** A small DNS client: sends octets or questions over UDP or TCP and waits for one answer, with a limit. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import type { Endpoint } from "../../src/core/model.ts";
import { type EdnsOption, makeQuery, type Message, plainEdns } from "../../src/dns/message.ts";
import { decodeMessage } from "../../src/dns/message-read.ts";
import { encodeMessage } from "../../src/dns/message-write.ts";
import { textName } from "../../src/dns/name.ts";
import { typeNumber } from "../../src/dns/rr-types.ts";

const answerMsMax = 5000;

export interface Ask {
  readonly name: string;
  readonly type: string;
  readonly udpOctets?: number;
  readonly options?: readonly EdnsOption[];
  readonly tcp?: boolean;
}

export async function exchangeUdp(to: Endpoint, query: Uint8Array): Promise<Uint8Array> {
  const socket = createSocket(to.address.includes(":") ? "udp6" : "udp4");
  try {
    const answered = once(socket, "message", { signal: AbortSignal.timeout(answerMsMax) });
    socket.send(query, to.port, to.address);
    const [answer] = (await answered) as [Buffer];
    return answer;
  } finally {
    socket.close();
  }
}

export function framed(query: Uint8Array): Buffer {
  return Buffer.concat([Uint8Array.of(query.length >>> 8, query.length & 0xff), query]);
}

/** Sends everything at once and returns `count` answers. */
export async function exchangeTcp(to: Endpoint, queries: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const socket = connect(to.port, to.address);
  const answers: Uint8Array[] = [];
  try {
    socket.write(Buffer.concat(queries.map(framed)));
    let held: Buffer = Buffer.alloc(0);
    const signal = AbortSignal.timeout(answerMsMax);
    while (answers.length < queries.length) {
      const [chunk] = (await once(socket, "data", { signal })) as [Buffer];
      held = Buffer.concat([held, chunk]);
      while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
        answers.push(held.subarray(2, 2 + held.readUInt16BE(0)));
        held = held.subarray(2 + held.readUInt16BE(0));
      }
    }
    return answers;
  } finally {
    socket.destroy();
  }
}

export function queryFor(ask: Ask, id = 4711): Uint8Array {
  const type = typeNumber(ask.type);
  if (type === null) throw new Error(`no type ${ask.type}`);
  const query = makeQuery(id, textName(ask.name), type);
  const edns = ask.udpOctets === undefined ? null : plainEdns(ask.udpOctets, ask.options);
  return encodeMessage({ ...query, flags: 0, edns });
}

export async function ask(to: Endpoint, question: Ask): Promise<Message> {
  const query = queryFor(question);
  const octets = question.tcp === true ? (await exchangeTcp(to, [query]))[0] : await exchangeUdp(to, query);
  const answer = decodeMessage(octets ?? new Uint8Array(0));
  if (!answer.ok) throw new Error(`the answer is malformed: ${answer.error}`);
  return answer.value;
}
