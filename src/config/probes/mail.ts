/** The smtp, pop3 and imap probes: what may stand in the file is the same for all three, but for the ports. */
import type { z } from "zod";
import type { MailProbe } from "../../core/mail-probe.ts";
import { type Build, problem } from "../build.ts";
import { readPort } from "../build-port.ts";
import type { Path } from "../problem.ts";
import { integer, map, oneOf, text } from "../schema-parts.ts";
import { completeTls, port, portText, readTls, tlsChoice, type TlsSettings } from "./parts.ts";
import { defineWords, type ProbePlace, type ProbeWords } from "./words.ts";

const mailMap = map("a mail probe", {
  port: port.optional().describe("Port or service name. Default the protocol's own, or that of its TLS form."),
  tls: tlsChoice.optional().describe("TLS from the first byte on. Default false."),
  starttls: tlsChoice.optional().describe("TLS after the greeting, over the same connection. Default false."),
  expect: text("a text", 4_096)
    .optional()
    .describe("A fragment that must appear in the greeting or in what the server offers."),
});

const schema = oneOf("a port, or a map of mail settings", [integer(1, 65_535), portText, mailMap]);

type MailValue = z.output<typeof schema>;

interface MailSettings {
  readonly port?: number;
  readonly tls?: TlsSettings | null;
  readonly startTls?: TlsSettings | null;
  readonly expect?: string;
}

interface Kind {
  readonly kind: MailProbe["kind"];
  readonly port: number;
  /** TLS from the first byte on (RFC 8314). */
  readonly tlsPort: number;
  readonly about: string;
}

export const smtpWords = makeWords({ kind: "smtp", port: 25, tlsPort: 465, about: "a mail server's SMTP dialogue." });
export const pop3Words = makeWords({
  kind: "pop3",
  port: 110,
  tlsPort: 995,
  about: "a mailbox server's POP3 dialogue.",
});
export const imapWords = makeWords({
  kind: "imap",
  port: 143,
  tlsPort: 993,
  about: "a mailbox server's IMAP dialogue.",
});

function makeWords(kind: Kind): ProbeWords {
  return defineWords({
    schema,
    about: kind.about,
    read: readMail,
    complete: (build, settings, place) => completeMail(build, { kind, settings }, place),
  });
}

function readMail(build: Build, value: MailValue, path: Path): MailSettings {
  const given = typeof value === "object" ? value : { port: value };
  const portPath = typeof value === "object" ? [...path, "port"] : path;
  const number = given.port === undefined ? null : readPort(build, given.port, portPath);
  return {
    ...(number === null ? {} : { port: number }),
    ...(given.tls === undefined ? {} : { tls: readTls(given.tls) }),
    ...(given.starttls === undefined ? {} : { startTls: readTls(given.starttls) }),
    ...(given.expect === undefined ? {} : { expect: given.expect }),
  };
}

function completeMail(
  build: Build,
  { kind: { kind, port: plain, tlsPort }, settings }: { kind: Kind; settings: MailSettings },
  { host, path }: ProbePlace,
): MailProbe {
  const { expect = null, startTls = null, tls = null } = settings;
  if (tls !== null && startTls !== null) {
    const sentence = "tls begins with the first byte and starttls after the greeting, so only one of them can be";
    problem(build, path, { at: "key", found: "tls and starttls", expected: "one of them", sentence });
  }
  return {
    kind,
    port: settings.port ?? (tls === null ? plain : tlsPort),
    tls: completeTls(build, tls, { host, path }),
    startTls: completeTls(build, startTls, { host, path }),
    expect,
  };
}
