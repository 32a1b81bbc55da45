import { describe, expect, test } from "vitest";
import type { HttpProbe } from "../../core/model.ts";
import { makeHttpScript, resolveRedirect } from "./http.ts";
import type { Judgement, Reply } from "./script.ts";

const probe: HttpProbe = {
  kind: "http",
  method: "GET",
  port: 80,
  tls: null,
  host: "www.example.org",
  path: "/health",
  headers: {},
  status: [{ from: 200, to: 299 }],
  body: null,
  bodyBytesMax: 100,
  redirectsMax: 0,
};

function open(changes: Partial<HttpProbe>): Reply {
  const opened = makeHttpScript({ ...probe, ...changes }).opened({ isKept: false, security: () => null });
  if ("kind" in opened) throw new Error("an http probe needs an answer");
  return opened;
}

/** Feeds the answer in pieces of `size`; with nothing judged in the end the server closes. */
function read(answer: string, size: number, changes: Partial<HttpProbe> = {}): string {
  const reply = open(changes);
  const bytes = Buffer.from(answer, "latin1");
  for (let at = 0; at < bytes.length; at += size) {
    const judgement = reply.take(bytes.subarray(at, at + size));
    if (judgement !== null) return inWords(judgement);
  }
  return `at the end: ${inWords(reply.end())}`;
}

function inWords(judgement: Judgement): string {
  if (judgement.kind === "up") return `up, ${judgement.afterwards}`;
  if ("reason" in judgement) return judgement.reason;
  return judgement.kind === "next" ? `next ${judgement.script.port}` : judgement.kind;
}

const hello = { kind: "contains", text: "Hello" } as const;

const cases: readonly (readonly [string, string, Partial<HttpProbe>?])[] = [
  ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHello", "up, reuse", { body: hello }],
  ["HTTP/1.1 200 OK\nContent-Length: 5\n\nHello", "up, reuse", { body: hello }],
  ["HTTP/1.1 200\r\ncontent-length:5\r\n\r\nHello", "up, reuse"],
  ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nHello", "up, close"],
  ["HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nHello", "up, close"],
  ["HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: Keep-Alive\r\n\r\nHello", "up, reuse"],
  ["HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nHello", "up, reuse"],
  ["HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nHello", "broken Content-Length '5, 6'"],
  ["HTTP/1.1 204 No Content\r\n\r\n", "up, reuse"],
  ["HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", "up, reuse", { method: "HEAD" }],
  ["HTTP/1.1 200 OK\r\n\r\nHello", "at the end: up, close", { body: hello }],
  ["HTTP/1.1 200 OK\r\n\r\nHowdy", "at the end: status 200, but the body lacks 'Hello'", { body: hello }],
  [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nHe\r\n3\r\nllo\r\n0\r\nA: b\r\n\r\n",
    "up, reuse",
    { body: hello },
  ],
  ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", "up, close"],
  ["HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "unknown transfer coding 'gzip'"],
  [`HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\nHello${"x".repeat(195)}`, "up, close", { body: hello }],
  ["HTTP/1.1 200 OK\r\nA\0: b\r\n\r\n", "broken header line 'A.: b'"],
  ["HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "broken header line 'A : b'"],
  ["HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n", "broken header line 'A: b'"],
  ["HTTP/2 200 OK\r\n\r\n", "answer is not HTTP/1"],
  ["HTTP/1.1  200 OK\r\n\r\n", "broken status line 'HTTP/1.1  200 OK'"],
  ["HTTP/1.1 2000 OK\r\n\r\n", "broken status line 'HTTP/1.1 2000 OK'"],
  ["HTTP/1.1 503 No\r\nContent-Length: 9\r\n\r\n", "status 503, expected 200-299"],
  ["HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "up, reuse"],
  ["HTTP/1.1 301 M\r\nLocation: /x\r\n\r\n", "status 301, expected 200-299"],
  ["HTTP/1.1 301 M\r\nLocation: https://www.example.org/x\r\n\r\n", "next 443", { redirectsMax: 1 }],
  [
    "HTTP/1.1 301 M\r\nLocation: https://127.0.0.9/\r\n\r\n",
    "redirect to another host, 127.0.0.9",
    { redirectsMax: 1 },
  ],
  [
    "HTTP/1.1 301 M\r\nLocation: file:///etc\r\n\r\n",
    "redirect to something that is not a web address",
    { redirectsMax: 1 },
  ],
];

describe("the reading of HTTP answers", () => {
  for (const [answer, expected, changes] of cases) {
    test(`${JSON.stringify(answer.slice(0, 70))}: ${expected}`, () => {
      for (const size of [answer.length, 1, 2, 7, 30]) {
        const outcome = read(answer, size, changes);
        expect(outcome.slice(0, expected.length), `in pieces of ${size}`).toBe(expected);
      }
    });
  }

  test("every mutation of a good answer is judged, and none is kept after trailing bytes", () => {
    const good = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nHello\r\n0\r\n\r\n";
    for (let at = 0; at < good.length; at++) {
      for (const octet of ["\0", "\n", "\r", ":", "9", "\xff", ""]) {
        const mutated = good.slice(0, at) + octet + good.slice(at + 1);
        expect(read(mutated, mutated.length)).toEqual(expect.any(String));
        expect(read(`${mutated}more`, 1_000)).not.toContain("reuse");
      }
    }
  });
});

test("a redirect keeps address and host, and takes scheme, port and path from the location", () => {
  expect(resolveRedirect(probe, "/other?x=1")).toMatchObject({ port: 80, tls: null, path: "/other?x=1" });
  expect(resolveRedirect(probe, "next")).toMatchObject({ path: "/next" });
  expect(resolveRedirect(probe, "http://WWW.example.org:8080/")).toMatchObject({ port: 8080, path: "/" });
  const secure = { port: 443, tls: { serverName: "www.example.org", verify: true } };
  expect(resolveRedirect(probe, "https://www.example.org/")).toMatchObject(secure);
  expect(resolveRedirect({ ...probe, host: "[2001:db8::1]:80" }, "https://[2001:db8::1]/")).toMatchObject({
    port: 443,
  });
});
