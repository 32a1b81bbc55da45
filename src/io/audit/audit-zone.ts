/**
 * Asks every nameserver of a zone, at each address, over UDP and TCP, and has the answers judged. Answers of muster's own
 * server may be a part of a set, a different one each time; such a set is asked for again until it was seen whole.
 */
import { type Wall, wall } from "../../base/time.ts";
import {
  type AuditClause,
  type AuditLook,
  type AuditReference,
  type AuditTarget,
  type AuditTransport,
  type Heard,
  type HeardSet,
  isPartOf,
  judgeLook,
  mostAdvanced,
  serialOf,
} from "../../core/audit.ts";
import { type AuditReport, findingsOf } from "../../core/audit-report.ts";
import { rcode } from "../../dns/message.ts";
import { nameKey, nameText } from "../../dns/name.ts";
import { rrType } from "../../dns/rr-types.ts";
import type { Name, RRset, SetKey } from "../../dns/types.ts";
import { askQuestion } from "../dns-client/question.ts";
import { Gate } from "./gate.ts";

/** One question, one try. */
const askMsMax = 1500;
/** Datagrams get lost. */
const triesUdp = 3;
/** Questions under way at once. */
const asksMax = 50;
/** Sets that are compared; that there are more is said. */
const setsMax = 500;
/** Answers that are put together until a set is whole. */
const turnsMax = 16;

export interface AuditZone {
  readonly origin: Name;
  readonly targets: readonly AuditTarget[];
  /** What was decided; null: the nameserver that is furthest ahead says it. */
  readonly decided: { readonly serial: number; readonly since: Wall | null; readonly sets: readonly RRset[] } | null;
  /** Compared when nothing was decided. */
  readonly compare: readonly SetKey[];
  readonly lagMsMax: number;
  /** What else was found to be wrong, by name. */
  readonly extra: readonly (AuditClause & { readonly name: string })[];
  readonly signal?: AbortSignal | undefined;
}

/** Never rejects: a nameserver that cannot be asked is a finding. */
export async function auditZone(audit: AuditZone): Promise<AuditReport> {
  const gate = new Gate(asksMax);
  const transports: readonly AuditTransport[] = ["udp", "tcp"];
  const first = await Promise.all(
    audit.targets.flatMap((target) => transports.map((transport) => lookAtSoa(audit, { target, transport }, gate))),
  );
  const { from, reference } = await findReference(audit, first);
  const looks = await Promise.all(first.map((look) => lookAtSets(look, reference, { audit, gate })));
  const rows = looks.map((look) => judgeLook(look, reference));
  const zone = nameText(audit.origin).replace(/\.$/, "");
  const { at, serial, sets } = reference;
  const leftOut = (audit.decided?.sets ?? audit.compare).length - sets.length;
  const compared = { sets: sets.length, leftOut: Math.max(0, leftOut) };
  return { zone, at, serial, from, compared, rows, findings: findingsOf(rows, audit.extra) };
}

type Place = Pick<AuditLook, "target" | "transport">;

async function lookAtSoa(audit: AuditZone, place: Place, gate: Gate): Promise<AuditLook> {
  const question = { owner: audit.origin, type: rrType.SOA };
  const soa = await gate.run(() => askAt(audit, place, { ...question, edns: true }));
  const isBroken = soa.kind === "silent" || soa.kind === "malformed" || (soa.kind === "answer" && isPuzzled(soa));
  const plain = isBroken ? await gate.run(() => askAt(audit, place, { ...question, edns: false, tries: 1 })) : null;
  return { ...place, soa, plain, records: [] };
}

/** Rcodes of servers that do not know EDNS (RFC 6891, 7). */
function isPuzzled({ message }: Extract<Heard, { kind: "answer" }>): boolean {
  const codes: readonly number[] = [rcode.FORMERR, rcode.NOTIMP, rcode.BADVERS];
  return message.edns === null && codes.includes(message.rcode);
}

function askAt(
  audit: AuditZone,
  { target, transport }: Place,
  set: SetKey & { edns: boolean; tries?: number },
): Promise<Heard> {
  return askQuestion({
    ...set,
    endpoint: target.endpoint,
    transport,
    // Whether recursion is offered shows only to those who want it.
    recursionDesired: true,
    timeoutMs: askMsMax,
    tries: transport === "udp" ? (set.tries ?? triesUdp) : 1,
    signal: audit.signal,
  });
}

interface Compared {
  readonly from: string;
  readonly reference: AuditReference;
}

async function findReference(audit: AuditZone, looks: readonly AuditLook[]): Promise<Compared> {
  const { decided, lagMsMax, origin } = audit;
  const basis = { origin, lagMsMax };
  if (decided !== null) {
    const sets = decided.sets.slice(0, setsMax);
    return { from: "the controller", reference: { ...basis, at: wall(Date.now()), ...decided, sets } };
  }
  const best = mostAdvanced(looks, origin);
  const serial = best === null ? null : serialOf(best, origin);
  const sets = best === null ? [] : await setsOf(audit, best);
  const from = best === null ? "nobody" : best.target.name;
  return { from, reference: { ...basis, at: wall(Date.now()), serial, since: null, sets } };
}

/** What the nameserver that is furthest ahead has for the names to be compared; several answers put together. */
async function setsOf(audit: AuditZone, best: AuditLook): Promise<readonly RRset[]> {
  const sets: RRset[] = [];
  for (const { owner, type } of audit.compare.slice(0, setsMax)) {
    const rdata = new Map<string, Uint8Array>();
    for (let turn = 0; turn < 4; turn++) {
      const heard = await askAt(audit, best, { owner, type, edns: best.plain === null });
      const records = heard.kind === "answer" ? heard.message.answers : [];
      for (const record of records) {
        if (record.type === type && nameKey(record.owner) === nameKey(owner)) {
          rdata.set(record.rdata.join(), record.rdata);
        }
      }
    }
    sets.push({ owner, type, ttlSeconds: 0, rdata: [...rdata.values()] });
  }
  return sets;
}

async function lookAtSets(
  look: AuditLook,
  reference: AuditReference,
  { audit, gate }: { audit: AuditZone; gate: Gate },
): Promise<AuditLook> {
  if (serialOf(look, reference.origin) === null) return look;
  const records = await Promise.all(
    reference.sets.map((set) => gate.run(() => lookAtSet(set, look, { audit, reference }))),
  );
  return { ...look, records };
}

async function lookAtSet(
  { owner, type }: SetKey,
  look: AuditLook,
  { audit, reference }: { audit: AuditZone; reference: AuditReference },
): Promise<HeardSet> {
  const heard: Heard[] = [];
  do heard.push(await askAt(audit, look, { owner, type, edns: look.plain === null }));
  while (heard.length < turnsMax && isPartOf({ owner, type, heard }, reference) && audit.signal?.aborted !== true);
  return { owner, type, heard };
}
