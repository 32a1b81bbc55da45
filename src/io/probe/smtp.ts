/** The `smtp` probe's words (RFC 5321, STARTTLS of RFC 3207). The machine's own name is what a client says in EHLO. */
import { hostname } from "node:os";
import type { SmtpProbe } from "../../core/mail-probe.ts";
import type { LineSense } from "./dialogue.ts";
import { makeMailKind } from "./mail.ts";

export const smtpKind = makeMailKind<SmtpProbe>({
  greeting: smtpSense,
  hello: { text: `EHLO ${ownName()}`, sense: smtpSense },
  startTls: { text: "STARTTLS", sense: smtpSense },
  offersTls: /^250[ -]STARTTLS\b/im,
  goodbye: "QUIT",
});

function smtpSense(line: string): LineSense {
  if (/^[2-5]\d\d-/.test(line)) return "more";
  if (!/^[2-5]\d\d(?: |$)/.test(line)) return "foreign";
  return line.startsWith("2") ? "good" : "bad";
}

function ownName(): string {
  const name = hostname();
  return /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9-]+)*$/i.test(name) ? name : "localhost";
}
