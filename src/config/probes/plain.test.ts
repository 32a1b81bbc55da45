/** The kinds that ask one thing: defaults, short forms, and what is refused. */
import { expect, test } from "vitest";
import { probesOf, sentencesOf } from "../../../test/fakes/probe-file.ts";

const dns = {
  kind: "dns",
  port: 53,
  transport: "udp",
  name: "www.example.org",
  type: "SOA",
  recursion: false,
  rcode: "NOERROR",
  authoritative: false,
  answer: [],
  emptyOk: false,
  serialMin: null,
  primary: null,
};
const tls = { serverName: "www.example.org", verify: true };
const exec = { kind: "exec", command: ["/bin/true"], port: null, warning: "up", environment: [] };

test.each([
  ["tls: {}", { kind: "tls", port: 443, tls, daysLeftMin: null }],
  ["tls: 8443", { kind: "tls", port: 8443, tls, daysLeftMin: null }],
  [
    "tls: { port: https, name: a.example, verify: false, days-left: 14 }",
    { kind: "tls", port: 443, tls: { serverName: "a.example", verify: false }, daysLeftMin: 14 },
  ],
  [
    'tls: { name: "2001:DB8::7" }',
    { kind: "tls", port: 443, tls: { serverName: "2001:db8::7", verify: true }, daysLeftMin: null },
  ],
  ["ssh: 22", { kind: "ssh", port: 22, expect: null }],
  ["ssh: { expect: OpenSSH }", { kind: "ssh", port: 22, expect: "OpenSSH" }],
  ["ping: true", { kind: "ping", dataBytes: 56 }],
  ["ping: { data-bytes: 1000 }", { kind: "ping", dataBytes: 1_000 }],
  ["udp: { port: 27015, send: é }", { kind: "udp", port: 27_015, sendHex: "c3a9", expectHex: null }],
  [
    'udp: { port: 1, send-hex: "FF:ff 00", expect-hex: "0a" }',
    { kind: "udp", port: 1, sendHex: "ffff00", expectHex: "0a" },
  ],
  ["exec: [/bin/true]", exec],
  [
    'exec: { command: [/bin/x, "{address}", "{port}"], port: https, warning: down, environment: [HOME] }',
    { ...exec, command: ["/bin/x", "{address}", "{port}"], port: 443, warning: "down", environment: ["HOME"] },
  ],
  ["dns: {}", dns],
  ["dns: Example.ORG.", { ...dns, name: "example.org" }],
  ['dns: "."', { ...dns, name: "" }],
  [
    "dns: { type: aaaa, answer: [2001:DB8:0::1], transport: tcp, authoritative: true }",
    { ...dns, type: "AAAA", answer: ["2001:db8::1"], transport: "tcp", authoritative: true },
  ],
  ["dns: { type: MX, answer: 10 mx.example.org. }", { ...dns, type: "MX", answer: ["10 mx.example.org."] }],
  ["dns: { answer: none, rcode: NXDOMAIN }", { ...dns, emptyOk: true, rcode: "NXDOMAIN" }],
  [
    "dns: { serial-min: 7, primary: 192.0.2.53, lag: 5m }",
    { ...dns, serialMin: 7, primary: { endpoint: { address: "192.0.2.53", port: 53 }, lagMsMax: 300_000 } },
  ],
])("%s", (check, expected) => {
  expect(probesOf(check)).toEqual([expected]);
});

test("a member's settings are laid over the pool's", () => {
  const members = "[{ address: 192.0.2.1, check: { tls: { port: 8443 } } }]";
  expect(probesOf("tls: { days-left: 14 }", members)).toMatchObject([{ port: 8_443, daysLeftMin: 14 }]);
});

test.each([
  ["ping: false", "ping: false probes nothing; leave it out, or write another kind of probe"],
  ["udp: { send: x }", "a udp probe needs a port"],
  ["udp: { port: 53 }", "a udp probe needs something to send, since a UDP service speaks only when spoken to"],
  ["udp: { port: 53, send: a, send-hex: '61' }", "send and send-hex say the same thing twice"],
  ["udp: { port: 53, send-hex: '6' }", 'send-hex cannot be "6"'],
  ["exec: {}", "an exec probe needs a command"],
  [
    "exec: [check_http]",
    "the program of an exec probe is named by its absolute path, so that nobody else's is run instead",
  ],
  ['exec: [/bin/x, "{adress}"]', "the argument has {adress}, which stands for nothing"],
  ['exec: [/bin/x, "{port}"]', "the arguments hold {port}, and nothing says which port that is"],
  [
    "exec: { command: [/bin/x], environment: [A=b] }",
    "environment takes names of variables; their values stay out of the file",
  ],
  ["dns: { type: A, answer: x }", expect.stringMatching(/^answer "x" is no A record: /)],
  ["dns: { type: A, serial-min: 1 }", "only a SOA record has a serial to compare"],
  ["dns: { lag: 1m }", "lag says how long the member may be behind a primary, and none is named"],
  ["dns: { rcode: NXDOMAIN, type: A, answer: 192.0.2.1 }", "an answer of NXDOMAIN has no records to look for"],
])("%s is refused", (check, sentence) => {
  expect(sentencesOf(check)).toEqual([sentence]);
});

test("a type that only questions have is refused", () => {
  expect(sentencesOf("dns: { type: AXFR }")).toHaveLength(1);
});
