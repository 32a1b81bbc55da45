/** The `imap` probe's words (RFC 9051: greeting 7.1, CAPABILITY 6.1.1, STARTTLS 6.2.1, LOGOUT 6.1.3). */
import type { ImapProbe } from "../../core/mail-probe.ts";
import type { LineSense } from "./dialogue.ts";
import { makeMailKind } from "./mail.ts";

export const imapKind = makeMailKind<ImapProbe>({
  greeting: greetingSense,
  hello: { text: "a1 CAPABILITY", sense: taggedSense },
  startTls: { text: "a2 STARTTLS", sense: taggedSense },
  offersTls: /^\* CAPABILITY\b.* STARTTLS\b/im,
  goodbye: "a3 LOGOUT",
});

function greetingSense(line: string): LineSense {
  if (/^\* (OK|PREAUTH)\b/i.test(line)) return "good";
  return /^\* BYE\b/i.test(line) ? "bad" : "foreign";
}

/** Untagged lines come before the one with our tag; a server that shuts down says BYE among them. */
function taggedSense(line: string): LineSense {
  if (/^\* BYE\b/i.test(line)) return "bad";
  if (line.startsWith("* ")) return "more";
  const status = /^a\d (OK|NO|BAD)\b/i.exec(line)?.[1]?.toUpperCase();
  if (status === undefined) return "foreign";
  return status === "OK" ? "good" : "bad";
}
