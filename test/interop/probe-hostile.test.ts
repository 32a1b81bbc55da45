import type net from "node:net";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { HttpProbe } from "../../src/core/model.ts";
import { createProber } from "../../src/io/probe/prober.ts";
import type { Verdict } from "../../src/ports/prober.ts";
import { httpTargetAt, serve, type TestServer } from "./probe-server.ts";

const timeoutMs = 300;

/** Sends `piece` again and again for as long as the connection takes it. */
function stream(socket: net.Socket, piece: string): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on("drain", more);
  more();
}

/** One octet every few milliseconds: never silent, never done. */
function trickle(socket: net.Socket, text: string): void {
  let at = 0;
  const timer = setInterval(() => socket.write(text[at++ % text.length] ?? ""), 20);
  socket.on("close", () => clearInterval(timer));
}

const ok = "HTTP/1.1 200 OK\r\n";
const body = { kind: "contains", text: "Welcome" } as const;

type Case = readonly [
  title: string,
  treat: (socket: net.Socket) => void,
  verdict: string | RegExp,
  probe?: Partial<HttpProbe>,
];

function says(text: string): (socket: net.Socket) => void {
  return (socket) => socket.once("data", () => socket.end(text, "latin1"));
}

const cases: readonly Case[] = [
  ["accepts and hangs", () => {}, `no answer within ${timeoutMs} ms`],
  ["closes at once", (socket) => socket.end(), /closed the connection/],
  ["resets at once", (socket) => socket.resetAndDestroy(), /reset the connection|closed the connection/],
  ["closes after the request", says(""), /closed the connection/],
  ["closes within the headers", says(`${ok}Content-Le`), "closed the connection in the middle of the headers"],
  [
    "promises more than it sends",
    says(`${ok}Content-Length: 10\r\n\r\nabc`),
    "closed the connection after 3 bytes of the body, 10 were promised",
  ],
  ["sends one byte at a time", (socket) => trickle(socket, `${ok}X: y`), `answer not complete within ${timeoutMs} ms`],
  ["streams a body for ever", (socket) => stream(socket, `${ok}\r\n${"x".repeat(9_000)}`), "up"],
  [
    "streams a body for ever without the string",
    (socket) => stream(socket, `${ok}\r\n${"x".repeat(9_000)}`),
    "status 200, but the body lacks 'Welcome'",
    { body },
  ],
  [
    "streams headers for ever",
    (socket) => {
      socket.write(ok);
      stream(socket, `X-Long: ${"x".repeat(900)}\r\n`);
    },
    "headers are longer than 16384 bytes",
  ],
  ["sends many small headers", says(`${ok}${"A: b\r\n".repeat(2_000)}\r\n`), "more than 128 header lines"],
  ["streams garbage", (socket) => stream(socket, "\0\x1b[31mgarbage"), "answer is not HTTP/1: '..[31mgarbage"],
  ["greets like another protocol", (socket) => socket.write("SSH-2.0-x\r\n"), "answer is not HTTP/1: 'SSH-2.0-x'"],
  ["answers HTTP/0.9", says("<html>Welcome</html>"), "answer is not HTTP/1: '<html>Welcome</html>'"],
  ["has a broken status line", says("HTTP/1.1 2OO OK\r\n\r\n"), "broken status line 'HTTP/1.1 2OO OK'"],
  ["has a header without a colon", says(`${ok}Nonsense\r\n\r\n`), "broken header line 'Nonsense'"],
  ["has a folded header", says(`${ok}A: b\r\n c\r\n\r\n`), "broken header line 'c'"],
  ["has two lengths", says(`${ok}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`), "two different Content-Lengths"],
  ["has a negative length", says(`${ok}Content-Length: -1\r\n\r\n`), "broken Content-Length '-1'"],
  [
    "chunks well",
    says(`${ok}Transfer-Encoding: chunked\r\n\r\n3\r\nWel\r\n4;x=y\r\ncome\r\n0\r\n\r\n`),
    "up",
    { body },
  ],
  ["has a broken chunk size", says(`${ok}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`), "broken chunk size"],
  [
    "has a chunk longer than its size",
    says(`${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nabcdef\r\n`),
    "a chunk is longer than its size",
  ],
  [
    "has a chunk-size line without an end",
    says(`${ok}Transfer-Encoding: chunked\r\n\r\n1;${"x".repeat(5_000)}`),
    "a line of the chunked body is too long",
  ],
  [
    "has trailers for ever",
    says(`${ok}Transfer-Encoding: chunked\r\n\r\n0\r\n${"A: b\r\n".repeat(99)}`),
    /trailer lines/,
  ],
  ["sends 100 and 103 first", says(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\n${ok}\r\n`), "up"],
  [
    "sends interim answers for ever",
    (socket) => stream(socket, "HTTP/1.1 100 C\r\n\r\n"),
    "more than 8 interim answers",
  ],
  [
    "makes a pattern take long",
    says(`${ok}Content-Length: 60000\r\n\r\n${"OK ".repeat(20_000)}`),
    "the pattern takes longer than 50 ms",
    { body: { kind: "matches", pattern: ".*OK.*ready" } },
  ],
  ["switches protocols", says("HTTP/1.1 101 Up\r\n\r\n"), "status 101: switches to another protocol"],
];

describe("http probe against hostile servers", () => {
  const stops: (() => Promise<void>)[] = [];
  const prober = createProber();
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });
  afterAll(() => prober.close());

  async function startServer(treat: (socket: net.Socket) => void): Promise<TestServer> {
    const server = await serve(treat);
    stops.push(() => server.stop());
    return server;
  }

  function run(port: number, fresh: boolean, probe: Partial<HttpProbe> = {}): Promise<Verdict> {
    const target = httpTargetAt(port, probe);
    return new Promise((resolve) => prober.start({ target, timeoutMs, fresh }, resolve));
  }

  test.for(cases)("%s", async ([, treat, expected, probe]) => {
    const server = await startServer(treat);
    const verdict = await run(server.port, true, probe);
    const outcome = verdict.kind === "up" ? "up" : verdict.reason;
    expect(outcome).toEqual(
      typeof expected === "string" ? expect.stringContaining(expected) : expect.stringMatching(expected),
    );
  });

  test("bytes after the answer: the connection carries no further probe", async () => {
    const split = `${ok}Content-Length: 2\r\n\r\nab${ok}Content-Length: 7\r\n\r\nWelcome`;
    const server = await startServer((socket) => socket.on("data", () => socket.write(split)));
    for (const fresh of [true, false, false]) {
      expect(await run(server.port, fresh, { body: { kind: "contains", text: "ab" } })).toMatchObject({ kind: "up" });
    }
    expect(server.accepted()).toBe(3);
  });

  test("an answer that nobody asked for, on the idle connection, is not taken for the next one", async () => {
    const server = await startServer((socket) => {
      socket.on("data", () => {
        socket.write(`${ok}Content-Length: 0\r\n\r\n`);
        setTimeout(() => socket.write("HTTP/1.1 408 Too slow\r\nContent-Length: 0\r\n\r\n"), 5);
      });
    });
    expect(await run(server.port, true)).toMatchObject({ kind: "up" });
    await expect.poll(() => server.sockets.size).toBe(0);
    expect(await run(server.port, false)).toMatchObject({ kind: "up" });
  });

  test("a kept connection that dies under the next request is no failure: the probe goes on over a new one", async () => {
    const server = await startServer((socket) => {
      let requests = 0;
      socket.on("data", () => {
        if (++requests === 2) socket.resetAndDestroy();
        else socket.write(`${ok}Content-Length: 0\r\n\r\n`);
      });
    });
    for (const fresh of [true, false]) expect(await run(server.port, fresh)).toMatchObject({ kind: "up" });
    expect(server.accepted()).toBe(2);
  });
});
