import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { freePort } from "../../../test/fakes/free-port.ts";
import type { Endpoint } from "../../core/model.ts";
import { makeQuery, rcode } from "../../dns/message.ts";
import { encodeMessage } from "../../dns/message-write.ts";
import { textName } from "../../dns/name.ts";
import { rrType } from "../../dns/rr-types.ts";
import { ask } from "./ask.ts";
import { FrameReader, framed } from "./frames.ts";
import { KeptConnection } from "./kept-connection.ts";
import { newMessageId } from "./query-id.ts";
import { receive, ReceiveFailure } from "./receive.ts";

const timeoutMs = 5000;
const closes: (() => void)[] = [];
afterEach(() => {
  for (const close of closes.splice(0)) close();
});

function query(name = "example.org", id = newMessageId()): Uint8Array {
  return encodeMessage(makeQuery(id, textName(name), rrType.SOA));
}

/** The request turned into a reply, with some octets changed. */
function reply(request: Uint8Array, change: (octets: Uint8Array) => void = () => undefined): Uint8Array {
  const octets = request.slice();
  octets[2] = (octets[2] ?? 0) | 0x80;
  change(octets);
  return octets;
}

async function udpServer(answer: (request: Uint8Array) => readonly Uint8Array[]): Promise<Endpoint> {
  const socket = createSocket("udp4");
  closes.push(() => socket.close());
  socket.on("message", (request: Buffer, from: RemoteInfo) => {
    for (const octets of answer(new Uint8Array(request))) socket.send(octets, from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return { address: "127.0.0.1", port: socket.address().port };
}

/** Calls `answer` with each message; it writes what it likes. */
async function tcpServer(answer: (socket: Socket, request: Uint8Array) => void, port = 0): Promise<Endpoint> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const frames = new FrameReader();
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => frames.take(chunk).forEach((request) => answer(socket, request)));
  });
  closes.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return { address: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

test("datagrams with another id, another question, or no response bit are passed over", async () => {
  const endpoint = await udpServer((request) => [
    reply(request, (octets) => (octets[1] = (octets[1] ?? 0) ^ 1)),
    reply(request, (octets) => (octets[13] = 0x78)),
    request,
    reply(request, (octets) => (octets[3] = rcode.SERVFAIL)),
  ]);
  const outcome = await ask({ endpoint, message: query(), transport: "udp", timeoutMs });
  expect(outcome.kind === "answer" && (outcome.octets[3] ?? 0) & 15).toBe(rcode.SERVFAIL);
});

test("a refusal without the question is an answer, a success without it is none", async () => {
  const bare = (request: Uint8Array, code: number): Uint8Array =>
    reply(request, (octets) => {
      octets[3] = code;
      octets[5] = 0;
    }).slice(0, 12);
  const endpoint = await udpServer((request) => [bare(request, rcode.NOERROR), bare(request, rcode.REFUSED)]);
  const outcome = await ask({ endpoint, message: query(), transport: "udp", timeoutMs });
  expect(outcome.kind === "answer" && (outcome.octets[3] ?? 0) & 15).toBe(rcode.REFUSED);
});

test("a truncated answer is asked for again over TCP", async () => {
  const port = await freePort();
  const socket = createSocket("udp4");
  closes.push(() => socket.close());
  socket.on("message", (request: Buffer, from) => {
    const truncated = reply(new Uint8Array(request), (octets) => (octets[2] = (octets[2] ?? 0) | 2));
    socket.send(truncated, from.port, from.address);
  });
  socket.bind(port, "127.0.0.1");
  const endpoint = await tcpServer((to, request) => to.write(framed(reply(request))), port);
  const outcome = await ask({ endpoint, message: query(), transport: "udp", timeoutMs });
  expect(outcome.kind === "answer" && (outcome.octets[2] ?? 0) & 2).toBe(0);
});

test("silence, a closed port, a connection that is closed, and an end from outside are told apart", async () => {
  const mute = await udpServer(() => []);
  const late = await ask({ endpoint: mute, message: query(), transport: "udp", timeoutMs: 30 });
  expect(late).toEqual({ kind: "silent", reason: "no answer within 30 ms" });
  const endpoint = { address: "127.0.0.1", port: await freePort() };
  for (const transport of ["udp", "tcp"] as const) {
    const closed = await ask({ endpoint, message: query(), transport, timeoutMs });
    const reason = `nothing listens on port ${endpoint.port} of 127.0.0.1`;
    expect(closed).toEqual({ kind: "refused-connection", reason });
    const signal = AbortSignal.abort();
    const ended = await ask({ endpoint, message: query(), transport, timeoutMs, signal });
    expect(ended.kind).toBe("silent");
  }
  const hangsUp = await tcpServer((socket) => void socket.end());
  const outcome = await ask({ endpoint: hangsUp, message: query(), transport: "tcp", timeoutMs });
  expect(outcome).toEqual({ kind: "silent", reason: "closed the connection without an answer" });
});

test("an abort ends a wait that has begun", async () => {
  const mute = await udpServer(() => []);
  const stop = new AbortController();
  const waiting = ask({ endpoint: mute, message: query(), transport: "udp", timeoutMs, signal: stop.signal });
  stop.abort();
  expect((await waiting).kind).toBe("silent");
});

test("on a kept connection answers find their requests in whatever order they come", async () => {
  const held: Uint8Array[] = [];
  const connections = new Set<Socket>();
  const endpoint = await tcpServer((socket, request) => {
    connections.add(socket);
    held.push(request);
    if (held.length < 20) return;
    for (const one of held.splice(0).reverse()) socket.write(framed(reply(one)));
  });
  const kept = new KeptConnection(endpoint);
  closes.push(() => kept.close());
  const messages = Array.from({ length: 20 }, (_, i) => query(`n${i}.example.org`, i));
  const outcomes = await Promise.all(messages.map((message) => kept.ask(message, { timeoutMs })));
  for (const [i, outcome] of outcomes.entries()) {
    expect(outcome.kind === "answer" && outcome.octets).toEqual(reply(messages[i] ?? new Uint8Array(0)));
  }
  expect(connections.size).toBe(1);
});

test("after a request without an answer the next goes on a new connection; what is under way goes on", async () => {
  const connections: Socket[] = [];
  const endpoint = await tcpServer((socket, request) => {
    if (!connections.includes(socket)) connections.push(socket);
    if (connections.length > 1) socket.write(framed(reply(request)));
  });
  const kept = new KeptConnection(endpoint);
  closes.push(() => kept.close());
  const patient = kept.ask(query(), { timeoutMs });
  expect((await kept.ask(query(), { timeoutMs: 30 })).kind).toBe("silent");
  expect((await kept.ask(query(), { timeoutMs })).kind).toBe("answer");
  expect(connections.length).toBe(2);
  kept.close();
  expect((await patient).kind).toBe("silent");
  expect((await kept.ask(query(), { timeoutMs })).kind).toBe("silent");
});

async function receiveAll(endpoint: Endpoint, silenceMsMax = timeoutMs): Promise<{ count: number; reason: string }> {
  let count = 0;
  try {
    for await (const octets of receive({ endpoint, message: query(), silenceMsMax })) count += Number(octets[2] !== 0);
    return { count, reason: "none" };
  } catch (error) {
    return { count, reason: error instanceof ReceiveFailure ? error.failure.reason : String(error) };
  }
}

test("an answer of many messages comes one by one, and a cut, a silence and a closed port have reasons", async () => {
  const whole = await tcpServer((socket, request) => {
    for (let i = 0; i < 3; i++) socket.write(framed(reply(request)));
    socket.end();
  });
  expect(await receiveAll(whole)).toEqual({
    count: 3,
    reason: "the connection was closed before the end of the answer",
  });
  const cut = await tcpServer((socket, request) => void socket.end(framed(reply(request)).subarray(0, 9)));
  expect(await receiveAll(cut)).toEqual({ count: 0, reason: "the connection was closed in the middle of a message" });
  const mute = await tcpServer((socket, request) => void socket.write(framed(reply(request))));
  expect(await receiveAll(mute, 50)).toEqual({ count: 1, reason: "nothing came for 50 ms" });
  const port = await freePort();
  const closed = await receiveAll({ address: "127.0.0.1", port });
  expect(closed).toEqual({ count: 0, reason: `nothing listens on port ${port} of 127.0.0.1` });
});
