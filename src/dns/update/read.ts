/**
 * Octets to an update, with everything that RFC 2136 asks of its form: one zone (3.1), prerequisites that mean
 * something (3.2), changes that can be made (3.4.1), and all names in the zone. Whether the zone is served here, and
 * whether the sender may do it, is not looked at.
 */
import { fail, ok, type Result } from "../../base/result.ts";
import { type Message, rcode, type ResourceRecord } from "../message.ts";
import { decodeMessage } from "../message-read.ts";
import { isWithin, nameKey } from "../name.ts";
import { isWellFormed, rdataType } from "../rdata/index.ts";
import { ttlSecondsMax } from "../rdata/ttl.ts";
import { isMetaType, rrClass, rrType } from "../rr-types.ts";
import { ownerTypeKey } from "../name.ts";
import { type Prerequisite, type UpdateChange, updateRecordsMax, type UpdateRequest } from "./request.ts";

/** True when the RDATA is that of a record which a zone can hold. */
function isData({ type, rdata }: ResourceRecord): boolean {
  if (isMetaType(type) || !isWellFormed(type, rdata)) return false;
  return (rdataType(type)?.check?.(rdata) ?? null) === null;
}

/** A record that only names: no TTL, no RDATA, and a type that there is. */
function isBare({ type, ttlSeconds, rdata }: ResourceRecord): boolean {
  return ttlSeconds === 0 && rdata.length === 0 && (type === rrType.ANY || !isMetaType(type));
}

/** RFC 2136, 3.2.5. Null: FORMERR. */
function readPrerequisite(record: ResourceRecord): Prerequisite | null {
  const { owner, type } = record;
  const isName = type === rrType.ANY;
  switch (record.class) {
    case rrClass.ANY:
      if (!isBare(record)) return null;
      return isName ? { kind: "name-in-use", owner } : { kind: "set-exists", owner, type };
    case rrClass.NONE:
      if (!isBare(record)) return null;
      return isName ? { kind: "name-not-in-use", owner } : { kind: "set-not-exists", owner, type };
    case rrClass.IN:
      if (record.ttlSeconds !== 0 || !isData(record)) return null;
      return { kind: "set-exists-with", owner, type, rdata: [record.rdata] };
    default:
      return null;
  }
}

/** RFC 2136, 3.4.1.3. Null: FORMERR. */
function readChange(record: ResourceRecord): UpdateChange | null {
  const { owner, type, rdata } = record;
  switch (record.class) {
    case rrClass.IN: {
      if (!isData(record)) return null;
      // RFC 2181, 8: more than 31 bits count as zero.
      const ttlSeconds = record.ttlSeconds > ttlSecondsMax ? 0 : record.ttlSeconds;
      return { kind: "add", owner, type, ttlSeconds, rdata };
    }
    case rrClass.ANY:
      if (!isBare(record)) return null;
      return type === rrType.ANY ? { kind: "delete-name", owner } : { kind: "delete-set", owner, type };
    case rrClass.NONE:
      if (record.ttlSeconds !== 0 || isMetaType(type) || !isWellFormed(type, rdata)) return null;
      return { kind: "delete-record", owner, type, rdata };
    default:
      return null;
  }
}

/** Records of one set that is compared whole become one prerequisite (RFC 2136, 3.2.3). */
function joinSets(prerequisites: readonly Prerequisite[]): Prerequisite[] {
  const rest: Prerequisite[] = [];
  const sets = new Map<string, { first: Prerequisite & { kind: "set-exists-with" }; rdata: Uint8Array[] }>();
  for (const one of prerequisites) {
    if (one.kind !== "set-exists-with") {
      rest.push(one);
      continue;
    }
    const key = ownerTypeKey(one);
    const known = sets.get(key);
    if (known === undefined) sets.set(key, { first: one, rdata: [...one.rdata] });
    else known.rdata.push(...one.rdata);
  }
  return [...rest, ...Array.from(sets.values(), ({ first, rdata }) => ({ ...first, rdata }))];
}

function readAll<T>(records: readonly ResourceRecord[], readOne: (record: ResourceRecord) => T | null): T[] | null {
  const found: T[] = [];
  for (const record of records) {
    const one = readOne(record);
    if (one === null) return null;
    found.push(one);
  }
  return found;
}

function readSections(message: Message): Result<UpdateRequest, number> {
  const [zone] = message.questions;
  if (zone === undefined || message.questions.length > 1 || zone.type !== rrType.SOA) return fail(rcode.FORMERR);
  if (zone.class !== rrClass.IN) return fail(rcode.NOTAUTH);
  const records = [...message.answers, ...message.authorities];
  if (records.length > updateRecordsMax) return fail(rcode.REFUSED);
  const originKey = nameKey(zone.name);
  if (!records.every(({ owner }) => isWithin(nameKey(owner), originKey))) return fail(rcode.NOTZONE);
  const prerequisites = readAll(message.answers, readPrerequisite);
  const changes = readAll(message.authorities, readChange);
  if (prerequisites === null || changes === null) return fail(rcode.FORMERR);
  return ok({ id: message.id, origin: zone.name, prerequisites: joinSets(prerequisites), changes });
}

/**
 * Reads an UPDATE request without its TSIG record. The error is the rcode that answers it: FORMERR, NOTZONE, NOTAUTH for
 * a class that nobody serves, or REFUSED for more than `updateRecordsMax` records.
 */
export function readUpdate(octets: Uint8Array): Result<UpdateRequest, number> {
  const message = decodeMessage(octets);
  return message.ok ? readSections(message.value) : fail(rcode.FORMERR);
}
