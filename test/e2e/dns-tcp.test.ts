/** DNS over TCP with clients that do it right and clients that do not. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeMessage } from "../../src/dns/message-read.ts";
import type { EmbeddedDns } from "../../src/io/dns/embedded.ts";
import { connectionsPerClientMax } from "../../src/io/dns/tcp.ts";
import { queryOctetsMax } from "../../src/io/dns/tcp-connection.ts";
import { endpointOf, startServing } from "../fakes/dns-under-test.ts";
import { ask, exchangeTcp, framed, queryFor } from "../interop/dns-client.ts";

const waitMsMax = 20_000;
let dns: EmbeddedDns;

beforeAll(async () => {
  dns = await startServing();
});
afterAll(() => dns.close());

function open(): Socket {
  const { address, port } = endpointOf(dns);
  const socket = connect(port, address);
  socket.on("error", () => undefined);
  return socket;
}

async function waitUntil(condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + waitMsMax;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error("waited in vain");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function idOf(answer: Uint8Array): number {
  return ((answer[0] ?? 0) << 8) | (answer[1] ?? 0);
}

const query = (id: number, name = "www.example.org"): Uint8Array => queryFor({ name, type: "A" }, id);

describe("pipelining", () => {
  test("many queries at once are answered in their order", async () => {
    const names = ["www.example.org", "nothing.example.org", "huge.example.org", "alias2.example.org"];
    const queries = Array.from({ length: 500 }, (_, at) => query(at, names[at % names.length]));
    const answers = await exchangeTcp(endpointOf(dns), queries);
    expect(answers.map(idOf)).toEqual(queries.map((_, at) => at));
    for (const answer of answers) expect(decodeMessage(answer).ok).toBe(true);
  });

  test("a query may come octet by octet, lengths included", async () => {
    const socket = open();
    socket.setNoDelay(true);
    for (const octet of Buffer.concat([framed(query(1)), framed(query(2))])) {
      await new Promise<void>((resolve) => socket.write(Uint8Array.of(octet), () => resolve()));
    }
    let held = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      held = Buffer.concat([held, chunk]);
    });
    await waitUntil(() => held.length > 2 && held.length >= 2 * (2 + held.readUInt16BE(0)));
    expect([held.readUInt16BE(2), held.readUInt16BE(4 + held.readUInt16BE(0))]).toEqual([1, 2]);
    socket.destroy();
  });

  test("a client that closes its side still gets what it asked for", async () => {
    const socket = open();
    socket.end(Buffer.concat([framed(query(1)), framed(query(2))]));
    let octets = 0;
    socket.on("data", (chunk: Buffer) => {
      octets += chunk.length;
    });
    await once(socket, "end");
    expect(octets).toBeGreaterThan(100);
  });
});

describe("clients that do it wrong", () => {
  test.each([
    ["length zero", Uint8Array.of(0, 0)],
    ["a length that no query has", Uint8Array.of((queryOctetsMax + 1) >>> 8, (queryOctetsMax + 1) & 0xff, 1, 2)],
    ["less than a header", framed(new Uint8Array(5))],
    ["an answer instead of a query", framed(query(1).with(2, 0x80))],
  ])("%s ends the connection", async (_title, octets) => {
    const socket = open();
    socket.resume();
    socket.write(octets);
    await once(socket, "end", { signal: AbortSignal.timeout(waitMsMax) });
    socket.destroy();
  });

  test("a client that never reads holds up nobody, and nothing is read from it for ever", async () => {
    const socket = open();
    await once(socket, "connect");
    socket.pause();
    const many = Buffer.concat(Array.from({ length: 2000 }, (_, at) => framed(query(at, "huge.example.org"))));
    let blocked = false;
    for (let round = 0; round < 200 && !blocked; round++) {
      blocked = !socket.write(many) && socket.writableLength > 8 * many.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(blocked).toBe(true);
    const answer = await ask(endpointOf(dns), { name: "www.example.org", type: "A" });
    expect(answer.answers.length).toBe(2);
    socket.destroy();
  });

  test("silent and half-sent connections are closed after a while", async () => {
    const silent = open();
    const half = open();
    half.write(framed(query(1)).subarray(0, 9));
    const closed = [silent, half].map((socket) => {
      socket.resume();
      return once(socket, "close", { signal: AbortSignal.timeout(waitMsMax) });
    });
    await Promise.all(closed);
    await waitUntil(async () => (await dns.counters()).tcpConnections === 0);
  });

  test("one client cannot take all connections", async () => {
    const sockets = Array.from({ length: connectionsPerClientMax + 20 }, open);
    const counts = { closed: 0 };
    for (const socket of sockets) {
      socket.resume();
      socket.on("close", () => {
        counts.closed += 1;
      });
    }
    await waitUntil(() => counts.closed >= 20);
    expect((await dns.counters()).tcpConnections).toBeLessThanOrEqual(connectionsPerClientMax);
    for (const socket of sockets) socket.destroy();
    await waitUntil(async () => (await dns.counters()).tcpConnections === 0);
    expect((await exchangeTcp(endpointOf(dns), [query(7)])).map(idOf)).toEqual([7]);
  });
});
