import { expect, test } from "vitest";
import type { DnsProbe } from "../../src/core/model.ts";
import { freePort } from "../fakes/free-port.ts";
import { type RealServer, startRealServer } from "./dns-servers.ts";
import { makeScene, runProbe, targetOf, wordsOf } from "./probe-scene.ts";
import { serve } from "./probe-server.ts";
import { serveUdp } from "./probe-udp-server.ts";

const scene = makeScene();

function zone(serial: number): string {
  const many = Array.from({ length: 40 }, (_, index) => `big TXT "${"x".repeat(200)}${index}"`);
  return `$ORIGIN example.org.
$TTL 60
@ SOA ns.example.org. hostmaster.example.org. ${serial} 3600 600 86400 60
@ NS ns
ns A 192.0.2.53
www A 192.0.2.1
www A 192.0.2.2
alias CNAME www
@ MX 10 mx.example.net.
empty.sub A 192.0.2.3
${many.join("\n")}
`;
}

async function startServer(name: string, serial: number): Promise<RealServer> {
  const server = await startRealServer(name, zone(serial));
  scene.after.push(() => server.stop());
  return server;
}

function dns(port: number, changes: Partial<DnsProbe> = {}): DnsProbe {
  return {
    kind: "dns",
    port,
    transport: "udp",
    name: "example.org",
    type: "SOA",
    recursion: false,
    rcode: "NOERROR",
    authoritative: false,
    answer: [],
    emptyOk: false,
    serialMin: null,
    primary: null,
    ...changes,
  };
}

const www = { name: "www.example.org", type: "A" } as const;

/** What differs from a question for the zone's SOA, and the verdict. */
const cases: readonly (readonly [Partial<DnsProbe>, string])[] = [
  [{}, "up: NOERROR with authority, serial 7"],
  [{ transport: "tcp", authoritative: true }, "up: NOERROR with authority, serial 7"],
  [{ serialMin: 7 }, "up: NOERROR with authority, serial 7"],
  [{ serialMin: 8 }, "down: serial 7 is older than 8"],
  [{ ...www, answer: ["192.0.2.2", "192.0.2.1"] }, "up: NOERROR with authority, it has 192.0.2.?"],
  [{ ...www, answer: ["192.0.2.9"] }, "down: the answer lacks 192.0.2.9; it has 192.0.2.? and 1 more"],
  [{ ...www, name: "alias.example.org", answer: ["192.0.2.1"] }, "up: NOERROR with authority, it has 192.0.2.?"],
  [{ type: "MX", answer: ["10 MX.example.net."] }, "up: NOERROR with authority, it has 10 mx.example.net."],
  [{ name: "none.example.org" }, "down: answers NXDOMAIN, not NOERROR"],
  [{ name: "none.example.org", rcode: "NXDOMAIN" }, "up: NXDOMAIN with authority, no record"],
  [{ name: "sub.example.org", type: "A" }, "down: answers NOERROR without a A record"],
  [{ name: "sub.example.org", type: "A", emptyOk: true }, "up: NOERROR with authority, no record"],
  [{ name: "elsewhere.example" }, "down: answers REFUSED, not NOERROR"],
  // More than any datagram of ours may hold: truncated, and asked for again over TCP.
  [{ name: "big.example.org", type: "TXT" }, "up: NOERROR with authority, it has "],
];

test.each(["bind", "knot"])("%s: response code, authority, records, serial, over udp and tcp", async (name) => {
  const server = await startServer(name, 7);
  const prober = scene.prober();
  for (const [changes, expected] of cases) {
    const verdict = await runProbe(prober, targetOf(dns(server.endpoint.port, changes)));
    const words = wordsOf(verdict).replaceAll(/192\.0\.2\.[12](?= |$)/g, "192.0.2.?");
    expect([changes, words]).toEqual([changes, expect.stringContaining(expected)]);
  }
});

test("a secondary may be behind its primary for a while, not longer; a silent primary makes nobody late", async () => {
  const [old, current] = [await startServer("knot", 7), await startServer("bind", 9)];
  const prober = scene.prober();
  const lagging = (lagMsMax: number): DnsProbe =>
    dns(old.endpoint.port, { primary: { endpoint: current.endpoint, lagMsMax } });
  const patient = targetOf(lagging(3_600_000));
  expect(wordsOf(await runProbe(prober, patient))).toMatch(/serial 7, behind 9 of the primary 127\.0\.0\.1 for 0 s$/);
  const strict = targetOf(lagging(30));
  expect(await runProbe(prober, strict)).toMatchObject({ kind: "up" });
  const down = /^down: serial 7 is behind 9 of the primary 127\.0\.0\.1 for \d+ s$/;
  await expect.poll(async () => wordsOf(await runProbe(prober, strict))).toMatch(down);
  const level = targetOf(dns(current.endpoint.port, { primary: { endpoint: current.endpoint, lagMsMax: 1 } }));
  expect(wordsOf(await runProbe(prober, level))).toMatch(/^up: .*as the primary 127\.0\.0\.1 has$/);
  const silent = await serveUdp(() => {});
  scene.after.push(() => silent.stop());
  const endpoint = { address: "127.0.0.1", port: silent.port };
  const alone = targetOf(dns(old.endpoint.port, { primary: { endpoint, lagMsMax: 1 } }));
  expect(wordsOf(await runProbe(prober, alone, 600))).toMatch(/^up: .*cannot be compared: no answer within \d+ ms$/);
});

test("nobody listens: down at once, over udp and tcp", async () => {
  const port = await freePort();
  const prober = scene.prober();
  expect(wordsOf(await runProbe(prober, targetOf(dns(port)), 60_000))).toBe("down: nobody listens on this port");
  const tcp = await runProbe(prober, targetOf(dns(port, { transport: "tcp" })), 60_000);
  expect(wordsOf(tcp)).toBe("down: connection refused");
});

/** What a hostile server makes of the question, and the verdict. */
const hostile: readonly (readonly [string, (question: Buffer) => readonly Buffer[], string])[] = [
  ["says nothing", () => [], "down: no answer within 300 ms"],
  ["answers with a wrong id", (question) => [answer(question, { id: 1 })], "down: no answer within 300 ms"],
  ["sends garbage", () => [Buffer.from("garbage"), Buffer.alloc(1_400, 0xff)], "down: no answer within 300 ms"],
  ["sends the question back", (question) => [question], "down: no answer within 300 ms"],
  ["answers another question", (question) => [answer(question, { flip: 14 })], "down: no answer within 300 ms"],
  [
    "promises records and sends none",
    (question) => [answer(question, { count: 5 })],
    "down: the answer is malformed: ",
  ],
  [
    "sends a forged answer first",
    (question) => [answer(question, { id: 1 }), answer(question, {})],
    "down: answers SERVFAIL",
  ],
];

/** SERVFAIL to the question, with something wrong about it. */
function answer(question: Buffer, wrong: { id?: number; flip?: number; count?: number }): Buffer {
  const reply = Buffer.from(question);
  reply.writeUInt16BE(0x8402, 2);
  reply.writeUInt16BE((question.readUInt16BE(0) + (wrong.id ?? 0)) & 0xffff, 0);
  reply.writeUInt16BE(wrong.count ?? 0, 6);
  if (wrong.flip !== undefined) reply.writeUInt8(reply.readUInt8(wrong.flip) ^ 1, wrong.flip);
  return reply;
}

test.each(hostile)("a server that %s", async (_title, treat, expected) => {
  const server = await serveUdp((socket, message, from) => {
    for (const reply of treat(message)) socket.send(reply, from.port, from.address);
  });
  scene.after.push(() => server.stop());
  expect(wordsOf(await runProbe(scene.prober(), targetOf(dns(server.port)), 300))).toContain(expected);
});

test("a truncated answer whose TCP side hangs is down by the one timeout, and leaves no connection", async () => {
  const hanging = await serve(() => {});
  scene.after.push(() => hanging.stop());
  const { createSocket } = await import("node:dgram");
  const socket = createSocket("udp4");
  socket.on("message", (message, from) => {
    const reply = answer(message, {});
    reply.writeUInt16BE(0x8600, 2);
    socket.send(reply, from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(hanging.port, "127.0.0.1", resolve));
  scene.after.push(() => void socket.close());
  const verdict = await runProbe(scene.prober(), targetOf(dns(hanging.port)), 300);
  expect(wordsOf(verdict)).toMatch(/^down: no answer within \d+ ms$/);
  await expect.poll(() => hanging.sockets.size).toBe(0);
});
