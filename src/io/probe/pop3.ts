/** The `pop3` probe's words (RFC 1939, CAPA of RFC 2449, STLS of RFC 2595). */
import type { Pop3Probe } from "../../core/mail-probe.ts";
import type { LineSense } from "./dialogue.ts";
import { makeMailKind } from "./mail.ts";

export const pop3Kind = makeMailKind<Pop3Probe>({
  greeting: statusSense,
  hello: { text: "CAPA", sense: listSense },
  startTls: { text: "STLS", sense: statusSense },
  offersTls: /^STLS\b/im,
  goodbye: "QUIT",
});

function statusSense(line: string): LineSense {
  if (/^\+OK\b/.test(line)) return "good";
  return /^-ERR\b/.test(line) ? "bad" : "foreign";
}

/** An answer of several lines, which a dot ends. An old server does not know CAPA, which is no failure. */
function listSense(line: string): LineSense {
  return line === "." || line.startsWith("-ERR") ? "good" : "more";
}
