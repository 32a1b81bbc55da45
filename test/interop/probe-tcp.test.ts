import { closeSync, openSync, readFileSync } from "node:fs";
import type net from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { Target } from "../../src/core/model.ts";
import { createProber } from "../../src/io/probe/prober.ts";
import type { Prober, Verdict } from "../../src/ports/prober.ts";
import { startNginx } from "./probe-nginx.ts";
import { httpTargetAt, serve, type TestServer, tcpTargetAt } from "./probe-server.ts";

const timeoutMs = 1_000;
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function startServer(treat: (socket: net.Socket) => void): Promise<TestServer> {
  const server = await serve(treat);
  stops.push(() => server.stop());
  return server;
}

function startProber(): Prober {
  const prober = createProber();
  stops.push(() => prober.close());
  return prober;
}

function run(prober: Prober, target: Target, fresh = true): Promise<Verdict> {
  return new Promise((resolve) => prober.start({ target, timeoutMs, fresh }, resolve));
}

describe("tcp probe", () => {
  const banners: readonly (readonly [string, string, string])[] = [
    ["smtp", "220 mail.example.org ESMTP\r\n", "220 "],
    ["pop3", "+OK ready\r\n", "+OK"],
    ["imap", "* OK IMAP4rev1 ready\r\n", "* OK"],
  ];
  test.each(banners)("P2 the greeting of %s", async (_name, greeting, expected) => {
    const server = await startServer((socket) => socket.write(greeting));
    expect(await run(startProber(), tcpTargetAt(server.port, null, expected))).toMatchObject({ kind: "up" });
  });

  test("P1 a string is sent with CRLF and a fragment of the reply is found, also across pieces", async () => {
    const server = await startServer((socket) => {
      socket.on("data", (request) => {
        if (request.toString() !== "PING\r\n") return socket.end("what?\r\n");
        socket.write("+PO");
        return setTimeout(() => socket.write("NG\r\n"), 5);
      });
    });
    expect(await run(startProber(), tcpTargetAt(server.port, "PING\r\n", "PONG"))).toMatchObject({ kind: "up" });
  });

  const long = "x".repeat(60);
  const failures: readonly (readonly [string, (socket: net.Socket) => void, string, string])[] = [
    ["another greeting", (socket) => socket.end("554 no\r\n"), "wrong-reply", "reply '554 no' lacks '220'"],
    ["no greeting", () => {}, "no-reply", `no answer within ${timeoutMs} ms`],
    ["closing at once", (socket) => socket.end(), "reset", "closed the connection before answering"],
    ["too much", (socket) => socket.write("x".repeat(5_000)), "wrong-reply", `reply '${long}...' lacks '220' within`],
  ];
  test.each(failures)("P1 T1 %s is down with a reason", async (_name, treat, fault, reason) => {
    const server = await startServer(treat);
    const verdict = await run(startProber(), tcpTargetAt(server.port, null, "220"));
    expect(verdict).toMatchObject({ kind: "down", fault, reason: expect.stringContaining(reason) });
  });

  test("connecting alone keeps one idle connection, whose end trips", async () => {
    const server = await startServer((socket) => socket.resume());
    const prober = startProber();
    const trips: string[] = [];
    prober.onTrip((targetId) => trips.push(targetId));
    const target = tcpTargetAt(server.port, null, null);
    for (let i = 0; i < 3; i++) expect(await run(prober, target, false)).toMatchObject({ kind: "up" });
    await expect.poll(() => server.accepted()).toBe(3);
    await expect.poll(() => server.sockets.size).toBe(1);
    for (const socket of server.sockets) socket.end();
    await expect.poll(() => trips).toEqual([target.id]);
  });

  test("a server that closes every idle connection at once cannot cause a storm of trips and probes", async () => {
    const server = await startServer((socket) => setTimeout(() => socket.end(), 2));
    const prober = startProber();
    const target = tcpTargetAt(server.port, null, null);
    let trips = 0;
    prober.onTrip(() => {
      trips++;
      prober.start({ target, timeoutMs, fresh: true }, () => {});
    });
    for (let i = 0; i < 30; i++) {
      await run(prober, target);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(trips).toBe(1);
  });
});

describe("whose fault", () => {
  test("an address without a route is unknown, since the machine that asks has none", async () => {
    // 255.255.255.255 is never reachable over TCP; the kernel refuses it on the spot (ENETUNREACH).
    const target = { ...tcpTargetAt(9, null, null), address: "255.255.255.255" };
    expect(await run(startProber(), target)).toMatchObject({ kind: "unknown", reason: /no route/ });
  });

  test("no verdict is down when this process has no file descriptor left", async () => {
    const prober = startProber();
    const server = await startServer(() => {});
    const held: number[] = [];
    try {
      for (;;) held.push(openSync("/dev/null", "r"));
    } catch {}
    const verdict = await run(prober, tcpTargetAt(server.port, null, null));
    for (const descriptor of held) closeSync(descriptor);
    expect(verdict).toMatchObject({ kind: "unknown", reason: expect.stringContaining("file descriptor") });
  });
});

describe("TIME_WAIT", () => {
  test("500 fresh probes each of http and tcp leave no socket of ours in TIME_WAIT", async () => {
    const nginx = await startNginx();
    stops.push(() => nginx.stop());
    const prober = startProber();
    const tls = { serverName: "www.example.org", verify: false };
    const targets = [
      httpTargetAt(nginx.plain),
      httpTargetAt(nginx.tls.good, { tls }),
      tcpTargetAt(nginx.plain, null, null),
      tcpTargetAt(nginx.plain, "GET / HTTP/1.0\r\n\r\n", "421"),
    ];
    for (let i = 0; i < 500; i++) for (const target of targets) await run(prober, target);
    expect(waitingTo([nginx.plain, nginx.tls.good])).toBe(0);
  });
});

/** Sockets in TIME_WAIT (state 06) whose remote port is one of `ports`: the client's side. */
function waitingTo(ports: readonly number[]): number {
  const lines = readFileSync("/proc/net/tcp", "utf8").trim().split("\n").slice(1);
  const waiting = lines.map((line) => line.trim().split(/\s+/)).filter((fields) => fields[3] === "06");
  return waiting.filter((fields) => ports.includes(Number.parseInt((fields[2] ?? "").split(":")[1] ?? "0", 16))).length;
}
