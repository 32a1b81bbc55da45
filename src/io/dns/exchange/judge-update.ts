/**
 * What an update that was passed on would change, seen against the zone as it is now and what the key is granted. Names
 * that decisions govern are nobody's: an update of them would be undone by the next decision, or undo it.
 */
import type { UpdateGrant } from "../../../core/model.ts";
import { rcode } from "../../../dns/message.ts";
import { isWithin, nameKey, nameText, textName } from "../../../dns/name.ts";
import { rrType } from "../../../dns/rr-types.ts";
import type { Name, NameKey } from "../../../dns/types.ts";
import { evaluateUpdate } from "../../../dns/update/evaluate.ts";
import { readUpdate } from "../../../dns/update/read.ts";
import type { Zone } from "../../../dns/zone.ts";
import type { JudgedUpdate } from "../update-desk.ts";
import type { ExchangeParts } from "./parts.ts";

function judged(code: number): JudgedUpdate {
  return { rcode: code, put: [], remove: [] };
}

/** `message` is the update without its signature. */
export function judgeUpdate(
  update: { readonly origin: NameKey; readonly key: string; readonly message: Uint8Array },
  { counts, remarks, zones }: Pick<ExchangeParts, "counts" | "remarks" | "zones">,
): JudgedUpdate {
  const { key, origin } = update;
  const zone = zones.served.get(origin);
  if (zone === undefined) return judged(rcode.NOTAUTH);
  const read = readUpdate(update.message);
  if (!read.ok) return judged(read.error);
  const permits = permitter(zone, zones.access.grants(origin, key));
  const outcome = evaluateUpdate({ view: zone, request: read.value, permits });
  if (outcome.kind === "changes") return { rcode: rcode.NOERROR, put: outcome.put, remove: outcome.remove };
  if (outcome.rcode === rcode.REFUSED) {
    counts.add("updates_refused");
    remarks.remark(`UPDATE of ${nameText(zone.origin)} with key ${key} was refused: ${outcome.reason}.`);
  }
  return judged(outcome.rcode);
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
