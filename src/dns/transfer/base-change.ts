/**
 * Differences from another primary as a change of our layer `base`. They name records; we replace sets. One that does not
 * fit what we have shows that we and the primary do not mean the same zone: then the whole zone must be asked for.
 */
import { fail, ok, type Result } from "../../base/result.ts";
import { allSlices } from "../../base/slices.ts";
import { condense } from "../delta.ts";
import { nameKey, nameText, ownerTypeKey } from "../name.ts";
import { octetString } from "../octets.ts";
import { rdataText } from "../rdata/index.ts";
import { rrType, typeText } from "../rr-types.ts";
import type { NameKey, RRset, SetKey, ZoneDelta, ZoneRecord, ZoneTransaction } from "../types.ts";

/** What a `Zone` lets see of its base. */
export interface BaseView {
  below(owner: NameKey, type: number): RRset | undefined;
}

interface Draft {
  readonly key: SetKey;
  ttlSeconds: number;
  readonly rdata: Map<string, Uint8Array>;
}

class BaseDrafts {
  private readonly drafts = new Map<string, Draft>();
  private readonly base: BaseView;

  constructor(base: BaseView) {
    this.base = base;
  }

  of(record: ZoneRecord): Draft {
    const key = ownerTypeKey(record);
    const known = this.drafts.get(key);
    if (known !== undefined) return known;
    const { owner, type } = record;
    const set = this.base.below(nameKey(owner), type);
    const rdata = new Map((set?.rdata ?? []).map((octets) => [octetString(octets), octets]));
    const draft = { key: { owner, type }, ttlSeconds: set?.ttlSeconds ?? record.ttlSeconds, rdata };
    this.drafts.set(key, draft);
    return draft;
  }

  change(): Pick<ZoneTransaction, "put" | "remove"> {
    const put: RRset[] = [];
    const remove: SetKey[] = [];
    for (const { key, ttlSeconds, rdata } of this.drafts.values()) {
      if (rdata.size === 0) remove.push(key);
      else put.push({ ...key, ttlSeconds, rdata: [...rdata.values()] });
    }
    return { put, remove };
  }
}

function recordText({ owner, rdata, type }: ZoneRecord): string {
  return `${nameText(owner)} ${typeText(type)} ${rdataText(type, rdata)}`;
}

/**
 * What to put into and remove from the layer `base` for differences that follow one another, with the primary's SOA. The
 * error is a clause: ask for the whole zone then.
 */
export function baseChange(
  base: BaseView,
  deltas: readonly ZoneDelta[],
): Result<Pick<ZoneTransaction, "put" | "remove">, string> {
  if (deltas.length === 0) return ok({ put: [], remove: [] });
  const { removed, added } = allSlices(condense(deltas));
  const drafts = new BaseDrafts(base);
  for (const record of removed) {
    if (record.type === rrType.SOA) continue;
    if (!drafts.of(record).rdata.delete(octetString(record.rdata))) {
      return fail(`a difference removes ${recordText(record)}, which is not there`);
    }
  }
  for (const record of added) {
    if (record.type === rrType.SOA) continue;
    const draft = drafts.of(record);
    const text = octetString(record.rdata);
    if (draft.rdata.has(text)) return fail(`a difference adds ${recordText(record)}, which is there already`);
    draft.rdata.set(text, record.rdata);
    draft.ttlSeconds = record.ttlSeconds;
  }
  const { put, remove } = drafts.change();
  const soas = added.filter((record) => record.type === rrType.SOA);
  return ok({ put: [...soas.map(soaSet), ...put], remove });
}

function soaSet({ owner, rdata, ttlSeconds, type }: ZoneRecord): RRset {
  return { owner, type, ttlSeconds, rdata: [rdata] };
}
