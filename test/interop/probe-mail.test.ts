/** The smtp, pop3 and imap probes: Postfix and Dovecot as they come from Debian, and servers that do not mean well. */
import type net from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { MailProbe } from "../../src/core/mail-probe.ts";
import { type Authority, makeAuthority } from "./certificates.ts";
import { type MailServer, startDovecot, startPostfix } from "./mail-servers.ts";
import { makeScene, runProbe, targetOf, wordsOf } from "./probe-scene.ts";
import { serve } from "./probe-server.ts";

const scene = makeScene();
const name = "mail.example.org";
let authority: Authority;
let postfix: MailServer;
let dovecot: MailServer;

beforeAll(async () => {
  authority = makeAuthority();
  const certificate = authority.issue(name, 10);
  postfix = await startPostfix(certificate);
  dovecot = await startDovecot(certificate);
});
afterAll(async () => {
  await postfix.stop();
  await dovecot.stop();
  authority.remove();
});

type Kind = MailProbe["kind"];
type Changes = Partial<Pick<MailProbe, "tls" | "startTls" | "expect">>;

async function find(kind: Kind, port: number, changes: Changes = {}, timeoutMs = 4_000): Promise<string> {
  const probe: MailProbe = { kind, port, tls: null, startTls: null, expect: null, ...changes };
  const prober = scene.prober({ extraAuthorities: [authority.certificate] });
  return wordsOf(await runProbe(prober, targetOf(probe), timeoutMs));
}

function portOf(kind: Kind, secure: boolean): number {
  const { ports } = kind === "smtp" ? postfix : dovecot;
  return ports[secure ? (`${kind}s` as const) : kind];
}

const greetings: readonly (readonly [Kind, string, string])[] = [
  ["smtp", "'220 mail.example.org ESMTP Postfix", "PIPELINING"],
  ["pop3", "'+OK Mailbox ready.'", "UIDL"],
  ["imap", "'* OK [CAPABILITY IMAP4rev1", "IDLE"],
];

test.each(greetings)(
  "P2 %s: greeting, STARTTLS, TLS from the start, and what is offered",
  async (kind, greeting, offer) => {
    const tls = { serverName: name, verify: true };
    expect(await find(kind, portOf(kind, false))).toContain(`up: ${greeting}`);
    expect(await find(kind, portOf(kind, false), { startTls: tls })).toMatch(/^up: .*, over TLS$/);
    expect(await find(kind, portOf(kind, true), { tls })).toMatch(/^up: .*, over TLS$/);
    expect(await find(kind, portOf(kind, false), { expect: offer })).toContain("up: ");
    expect(await find(kind, portOf(kind, false), { startTls: tls, expect: "NONSUCH" })).toContain("lack 'NONSUCH'");
    const other = { serverName: "other.example.org", verify: true };
    const words = "down: certificate is for mail.example.org, not for other.example.org";
    expect(await find(kind, portOf(kind, false), { startTls: other })).toBe(words);
    expect(await find(kind, portOf(kind, false), { startTls: { ...other, verify: false } })).toContain("up: ");
  },
);

test("the servers' logs show clients that left, and no lost connection", async () => {
  await expect.poll(() => postfix.printed()).toMatch(/disconnect from \S+ ehlo=2 starttls=1 quit=1/);
  expect(postfix.printed()).not.toMatch(/lost connection after QUIT/);
});

test("P2 a server that is full says so with its own text", async () => {
  const full = await startPostfix(
    authority.issue(name, 10),
    "smtpd_client_restrictions = reject\nsmtpd_delay_reject = no",
  );
  scene.after.push(() => full.stop());
  expect(await find("smtp", full.ports.smtp)).toMatch(/^down: greeting '554 5\.7\.1 /);
});

test("frozen and stopped", async () => {
  const frozen = await startPostfix(authority.issue(name, 10));
  scene.after.push(() => frozen.stop());
  expect(await find("smtp", frozen.ports.smtp)).toContain("up: ");
  frozen.freeze();
  expect(await find("smtp", frozen.ports.smtp, {}, 300)).toBe("down: no answer within 300 ms");
  await frozen.stop();
  // Its master has ended; a process of it that still holds the port may reset a connection until it has, too.
  await expect.poll(() => find("smtp", frozen.ports.smtp)).toBe("down: connection refused");
});

function says(...answers: readonly string[]): (socket: net.Socket) => void {
  return (socket) => {
    const left = [...answers];
    const next = (): void => void socket.write(left.shift() ?? "");
    next();
    socket.on("data", next);
  };
}

const ehlo = "250-x\r\n250 STARTTLS\r\n";
const tls = { startTls: { serverName: name, verify: true } };

type Hostile = readonly [string, Kind, (socket: net.Socket) => void, string, Changes?];

const hostile: readonly Hostile[] = [
  ["is too busy", "smtp", says("421 4.3.2 too busy\r\n"), "down: greeting '421 4.3.2 too busy'"],
  ["greets in several lines", "smtp", says("220-a\r\n220 b\r\n", ehlo, "221 bye\r\n"), "up: '220-a'"],
  ["refuses EHLO", "smtp", says("220 x\r\n", "502 no\r\n"), "down: answer to EHLO '502 no'"],
  ["offers no TLS", "smtp", says("220 x\r\n", "250 x\r\n"), "down: does not offer STARTTLS", tls],
  ["refuses TLS", "smtp", says("220 x\r\n", ehlo, "454 later\r\n"), "down: answer to STARTTLS '454 later'", tls],
  ["goes on in clear", "smtp", says("220 x\r\n", ehlo, "220 go\r\n250 x\r\n"), "down: goes on unasked after", tls],
  ["speaks no TLS", "smtp", says("220 x\r\n", ehlo, "220 go\r\n", "250 what\r\n"), "down: TLS handshake failed", tls],
  ["hangs before TLS", "smtp", says("220 x\r\n", ehlo, "220 go\r\n"), "down: TLS handshake not finished within", tls],
  ["hangs after EHLO", "smtp", says("220 x\r\n"), "down: no answer to EHLO within 300 ms"],
  [
    "is a web server",
    "smtp",
    says("HTTP/1.1 400 Bad\r\n\r\n"),
    "down: greeting is of another protocol: 'HTTP/1.1 400 Bad'",
  ],
  ["never ends a line", "smtp", says("2".repeat(20_000)), "down: greeting is longer than 16384 bytes"],
  ["never ends its list", "smtp", says("220 x\r\n", "250-x\r\n".repeat(3_000)), "down: answer to EHLO is longer than"],
  ["closes instead of goodbye", "smtp", says("220 x\r\n", ehlo), "up: '220 x'"],
  ["writes to the terminal", "smtp", says("554 \x1b[31m\x07\r\n"), "down: greeting '554 .[31m.'"],
  ["refuses", "pop3", says("-ERR [SYS/TEMP] later\r\n"), "down: greeting '-ERR [SYS/TEMP] later'"],
  ["knows no CAPA", "pop3", says("+OK x\r\n", "-ERR what\r\n", "+OK\r\n"), "up: '+OK x'"],
  ["says goodbye at once", "imap", says("* BYE overloaded\r\n"), "down: greeting '* BYE overloaded'"],
  ["shuts down", "imap", says("* OK x\r\n", "* BYE stopping\r\n"), "down: answer to CAPABILITY '* BYE stopping'"],
];

test.for(hostile)("a server that %s (%s)", async ([title, kind, treat, expected, changes]) => {
  const server = await serve((socket) => {
    treat(socket);
    if (title.startsWith("closes")) socket.on("data", (bytes) => bytes.includes("QUIT") && socket.end());
  });
  scene.after.push(() => server.stop());
  expect(await find(kind, server.port, changes, 300)).toContain(expected);
  await expect.poll(() => server.sockets.size).toBe(0);
});
