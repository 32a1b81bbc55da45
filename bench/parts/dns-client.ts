/**
 * A DNS client that knows only what a benchmark asks: queries for A over UDP, and of each answer the code and the
 * addresses. It is written apart from muster's own codec, so that a fault there cannot hide from the measurement.
 * A watch sends at a steady pace, catches up when its timer was late, and hands over each answer as it comes.
 */
import { createSocket, type Socket } from "node:dgram";

export interface Answer {
  readonly code: number;
  readonly addresses: readonly string[];
  /** When it came and when its query left, in milliseconds of `performance.now()`. */
  readonly at: number;
  readonly sentAt: number;
}

export interface Server {
  readonly address: string;
  readonly port: number;
}

export interface Watch {
  stop(): void;
}

const typeA = 1;
const idCount = 65_536;
const resendMs = 50;

export function encodeQuery(name: string, id: number): Buffer {
  const labels = name.split(".").map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label, "ascii")]));
  const head = Buffer.of(id >> 8, id & 255, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0);
  return Buffer.concat([head, ...labels, Buffer.of(0, 0, typeA, 0, 1)]);
}

export function decodeAddresses(packet: Buffer): string[] {
  const addresses: string[] = [];
  let at = skipName(packet, 12) + 4;
  for (let left = packet.readUInt16BE(6); left > 0; left -= 1) {
    at = skipName(packet, at);
    const size = packet.readUInt16BE(at + 8);
    if (packet.readUInt16BE(at) === typeA) addresses.push(packet.subarray(at + 10, at + 14).join("."));
    at += 10 + size;
  }
  return addresses;
}

function skipName(packet: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const size = packet.readUInt8(at);
    if (size >= 192) return at + 2;
    at += size + 1;
    if (size === 0) return at;
  }
}

async function openSocket(server: Server): Promise<Socket> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.connect(server.port, server.address, () => resolve());
  });
  socket.removeAllListeners("error");
  // A port without a listener answers ICMP unreachable: for a benchmark that is silence.
  socket.on("error", () => undefined);
  return socket;
}

/** Asks for `name` every `everyMs` until stopped. */
export async function watchName(
  server: Server,
  options: { readonly name: string; readonly everyMs: number; readonly onAnswer: (answer: Answer) => void },
): Promise<Watch> {
  const socket = await openSocket(server);
  const sentAt = new Float64Array(idCount);
  const query = encodeQuery(options.name, 0);
  const start = performance.now();
  let sent = 0;
  const send = (): void => {
    const id = sent % idCount;
    query.writeUInt16BE(id, 0);
    sentAt[id] = performance.now();
    sent += 1;
    socket.send(Buffer.from(query));
  };
  socket.on("message", (packet) => options.onAnswer(readAnswer(packet, sentAt)));
  const timer = setInterval(() => {
    const due = Math.min(sent + 5, Math.floor((performance.now() - start) / options.everyMs) + 1);
    while (sent < due) send();
  }, options.everyMs);
  const stop = (): void => {
    clearInterval(timer);
    socket.close();
  };
  return { stop };
}

function readAnswer(packet: Buffer, sentAt: Float64Array): Answer {
  const at = performance.now();
  const code = packet.readUInt8(3) & 15;
  return { code, addresses: decodeAddresses(packet), at, sentAt: sentAt[packet.readUInt16BE(0)] ?? at };
}

/** Asks until `accept` likes an answer, and returns it; fails after `msMax`. */
export async function awaitAnswer(
  server: Server,
  options: {
    readonly name: string;
    readonly accept: (answer: Answer) => boolean;
    readonly msMax: number;
    readonly everyMs?: number;
  },
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  let last: Answer | null = null;
  const onAnswer = (answer: Answer): void => {
    last = answer;
    if (options.accept(answer)) resolve(answer);
  };
  const watch = await watchName(server, { name: options.name, everyMs: options.everyMs ?? 5, onAnswer });
  const failure = (): Error => {
    const seen = last === null ? "no answer at all" : `last answer: code ${last.code}, ${last.addresses.join(" ")}`;
    return new Error(`${options.name} at ${server.address}:${server.port}: not in ${options.msMax} ms; ${seen}`);
  };
  const timer = setTimeout(() => reject(failure()), options.msMax);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    watch.stop();
  }
}

export function countAnswered(count: number): (answer: Answer) => boolean {
  return (answer) => answer.code === 0 && answer.addresses.length === count;
}

/**
 * Asks again as soon as it is answered, until `accept` likes an answer: the closest look at the moment of a change. Only
 * the answer to the last query brings the next one: a late answer to a query that was repeated would start a second
 * chain of queries, each stall one more, until they fill the server's core and nothing else on it gets on.
 */
export async function askUntil(
  server: Server,
  options: { readonly name: string; readonly accept: (answer: Answer) => boolean; readonly msMax: number },
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const socket = await openSocket(server);
  const sentAt = new Float64Array(idCount);
  const query = encodeQuery(options.name, 0);
  let id = 0;
  let answeredAt = 0;
  const send = (): void => {
    id = (id + 1) % idCount;
    query.writeUInt16BE(id, 0);
    sentAt[id] = performance.now();
    socket.send(Buffer.from(query));
  };
  socket.on("message", (packet) => {
    const answer = readAnswer(packet, sentAt);
    if (options.accept(answer)) return resolve(answer);
    if (packet.readUInt16BE(0) !== id) return;
    answeredAt = answer.at;
    send();
  });
  const unanswered = setInterval(() => {
    if (performance.now() - answeredAt > resendMs) send();
  }, resendMs);
  const timer = setTimeout(
    () => reject(new Error(`${options.name}: not changed in ${options.msMax} ms`)),
    options.msMax,
  );
  send();
  try {
    return await promise;
  } finally {
    clearInterval(unanswered);
    clearTimeout(timer);
    socket.close();
  }
}
