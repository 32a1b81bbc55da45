/**
 * The `tls` probe: a handshake with SNI, the chain verified, names that match, and enough days left. It watches what a
 * web server's users notice on the day after: a certificate that nobody has renewed.
 */
import type { DetailedPeerCertificate } from "node:tls";
import type { TlsProbe } from "../../core/model.ts";
import { Conversation } from "./conversation.ts";
import { down } from "./dialogue.ts";
import type { ProbeKind } from "./kind.ts";
import { quote } from "./quote.ts";
import type { Judgement, Script, Security } from "./script.ts";

const dayMs = 86_400_000;
/** Certificates of a chain that are looked at; OpenSSL itself takes no longer ones unless told to. */
const chainMax = 10;

export const tlsKind: ProbeKind<TlsProbe> = {
  open: (target, probe, surroundings) => new Conversation(target, makeTlsScript(probe), surroundings),
};

function makeTlsScript(probe: TlsProbe): Script {
  return {
    port: probe.port,
    tls: probe.tls,
    request: null,
    lastRequest: null,
    opened: (line) => judgeSecurity(probe, line.security(), Date.now()),
  };
}

/** What is wrong with chain and name was found in the handshake already, unless `verify` is off. */
function judgeSecurity(probe: TlsProbe, security: Security | null, nowMs: number): Judgement {
  if (security === null) return down("the handshake has shown nothing", "tls");
  const { certificate, protocol } = security;
  const ends = chainOf(certificate).map(({ valid_to }) => Date.parse(valid_to));
  const soonest = ends.reduce((least, end) => Math.min(least, end), Number.POSITIVE_INFINITY);
  const ofWhom = soonest === ends[0] ? "certificate" : "a certificate of the chain";
  const days = (soonest - nowMs) / dayMs;
  const { daysLeftMin } = probe;
  if (daysLeftMin !== null && !(days >= daysLeftMin)) return down(`${ofWhom} ${expiry(days)}`, "tls");
  const whom = quote(String(certificate.subject?.CN ?? probe.tls.serverName));
  return { kind: "up", detail: `${protocol}, certificate of ${whom} ${expiry(days)}`, afterwards: "idle" };
}

/** The member's own first, then its issuers; the authority at the end, which signs itself, is not the member's matter. */
function chainOf(first: DetailedPeerCertificate): DetailedPeerCertificate[] {
  const chain = [first];
  for (
    let next = first.issuerCertificate;
    next !== undefined && chain.length < chainMax;
    next = next.issuerCertificate
  ) {
    if (next === next.issuerCertificate || next.fingerprint256 === chain.at(-1)?.fingerprint256) break;
    chain.push(next);
  }
  return chain;
}

function expiry(days: number): string {
  if (Number.isNaN(days)) return "says no date";
  const whole = Math.floor(Math.abs(days));
  const span = whole < 1 ? "less than a day" : whole === 1 ? "1 day" : `${whole} days`;
  return days < 0 ? `expired ${span} ago` : `expires in ${span}`;
}
