/**
 * What updates that were passed on would change, seen against the zone as it is now and what their keys are granted. Of
 * several each is seen against what those before it would leave (RFC 2136, 3.7); one that fails leaves nothing. Names that
 * decisions govern are nobody's: an update of them would be undone by the next decision, or undo it.
 */
import type { UpdateGrant } from "../../../core/model.ts";
import { rcode } from "../../../dns/message.ts";
import { isWithin, nameKey, nameText, textName } from "../../../dns/name.ts";
import { rrType, typeText } from "../../../dns/rr-types.ts";
import type { Name, NameKey, RRset } from "../../../dns/types.ts";
import { evaluateUpdate, type UpdateOutcome } from "../../../dns/update/evaluate.ts";
import { readUpdate } from "../../../dns/update/read.ts";
import type { Zone } from "../../../dns/zone.ts";
import { Prospect } from "../../../dns/update/prospect.ts";
import type { WaitingUpdate } from "../protocol.ts";
import type { JudgedUpdate } from "../update-desk.ts";
import type { ExchangeParts } from "./parts.ts";

type JudgeParts = Pick<ExchangeParts, "counts" | "remarks" | "zones">;

function judged(code: number): JudgedUpdate {
  return { rcode: code, put: [], remove: [] };
}

/** One for each update, in their order. */
export function judgeUpdates(
  { origin, updates }: { readonly origin: NameKey; readonly updates: readonly WaitingUpdate[] },
  parts: JudgeParts,
): readonly JudgedUpdate[] {
  const zone = parts.zones.served.get(origin);
  if (zone === undefined) return updates.map(() => judged(rcode.NOTAUTH));
  const prospect = new Prospect(zone);
  return updates.map((update) => {
    const found = judgeUpdate({ zone, prospect, update }, parts);
    prospect.accept(found);
    return found;
  });
}

function judgeUpdate(
  { prospect, update, zone }: { zone: Zone; prospect: Prospect; update: WaitingUpdate },
  { counts, remarks, zones }: JudgeParts,
): JudgedUpdate {
  const { key, message } = update;
  const read = readUpdate(message);
  if (!read.ok) return judged(read.error);
  const permits = permitter(zone, zones.access.grants(zone.apex.key, key));
  const outcome = refuseHiding(zone, evaluateUpdate({ view: prospect, request: read.value, permits }));
  if (outcome.kind === "changes") return { rcode: rcode.NOERROR, put: outcome.put, remove: outcome.remove };
  if (outcome.rcode === rcode.REFUSED) {
    counts.add("updates_refused");
    const pool = read.value.changes.find(({ owner }) => zone.hasPoolEntry(nameKey(owner)));
    const reason =
      pool === undefined ? outcome.reason : `${nameText(pool.owner)} is a pool, and follows decisions alone`;
    remarks.remark(`UPDATE of ${nameText(zone.origin)} with key ${key} was refused: ${reason}.`);
  }
  return judged(outcome.rcode);
}

/** Nobody asks muster for what lies below a delegation or a DNAME: a pool there would be as good as gone. */
function refuseHiding(zone: Zone, outcome: UpdateOutcome): UpdateOutcome {
  const cuts = outcome.kind === "changes" ? outcome.put.filter((set) => isCut(zone, set)) : [];
  if (cuts.length === 0) return outcome;
  for (const { key, layer } of zone.overlay) {
    const cut = layer === "pools" ? cuts.find((set) => hides(set, key)) : undefined;
    if (cut === undefined) continue;
    const reason = `the pool ${nameText(key)} would not be answered below ${nameText(cut.owner)} ${typeText(cut.type)}`;
    return { kind: "refused", rcode: rcode.REFUSED, reason };
  }
  return outcome;
}

function isCut(zone: Zone, { owner, rdata, type }: RRset): boolean {
  if (rdata.length === 0) return false;
  return type === rrType.DNAME || (type === rrType.NS && nameKey(owner) !== zone.apex.key);
}

/** A delegation hides its own name, too (RFC 1034, 4.3.2), a DNAME does not (RFC 6672, 2.3). */
function hides({ owner, type }: RRset, key: NameKey): boolean {
  const cut = nameKey(owner);
  return isWithin(key, cut) && (type === rrType.NS || key !== cut);
}

function permitter(zone: Zone, grants: readonly UpdateGrant[]): (owner: Name, type: number) => boolean {
  return (owner, type) => {
    const key = nameKey(owner);
    return !zone.hasPoolEntry(key) && grants.some((grant) => allowsName(grant, key) && allowsType(grant, type));
  };
}

function allowsName({ names }: UpdateGrant, key: NameKey): boolean {
  return names.some((name) => {
    if (!name.startsWith("*.")) return nameKey(textName(name)) === key;
    const above = nameKey(textName(name.slice(2)));
    return key !== above && isWithin(key, above);
  });
}

/** Type ANY stands for a name that has nothing to delete. */
function allowsType({ types }: UpdateGrant, type: number): boolean {
  if (type === rrType.ANY) return true;
  return types.length === 0 ? type !== rrType.SOA && type !== rrType.NS : types.includes(type);
}
