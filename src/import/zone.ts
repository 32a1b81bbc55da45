/**
 * Imports a master file: addresses of names with several records become pools, everything else stays in a zone file
 * beside the configuration. A zone file says nothing of health, so the check is a guess that is told.
 */
import { fail, type Result } from "../base/result.ts";
import { rdataAddress } from "../dns/address.ts";
import { isHostName } from "../dns/host-name.ts";
import { isWithin, nameKey, nameText, textName } from "../dns/name.ts";
import { rdataNames } from "../dns/rdata/index.ts";
import { rrType, typeText } from "../dns/rr-types.ts";
import type { NameKey, RRset } from "../dns/types.ts";
import { type LocatedSet, placeFile, placeLine } from "../dns/zone-file/collect.ts";
import { faultText } from "../dns/zone-file/fault.ts";
import type { ParsedZone } from "../dns/zone-file/parse.ts";
import { zoneText } from "../dns/zone-file/write.ts";
import { loadZone } from "../dns/zone-load.ts";
import { poolMembersMax } from "../config/limits.ts";
import { parsePoolName } from "../config/scalars.ts";
import { Draft, type Imported, type PoolDraft, whyNotMember } from "./draft.ts";

export interface ZoneImport {
  /** Lower-case text without final dot. */
  readonly origin: string;
  readonly file: string;
  /** Latin1: one unit an octet. */
  readonly text: string;
  readonly readIncluded?: (path: string) => Result<string, string>;
}

const guess = { tcp: 80 };
/** Failover is as slow as its TTL, so pools get at most this. */
const poolTtlSecondsMax = 60;

export function importZone(source: ZoneImport): Result<Imported, string> {
  const origin = textName(source.origin);
  const loaded = loadZone({ ...source, origin });
  if (!loaded.ok) return fail(loaded.error.map(faultText).join("\n"));
  const { warnings, zone } = loaded.value;
  const draft = new Draft();
  for (const { file, line, sentence } of warnings) draft.notes.add(file, line, sentence);
  const pooled = new Set<RRset>();
  let ttlSeconds = poolTtlSecondsMax;
  for (const { name, sets } of candidates(zone, draft)) {
    addPool(draft, name, { sets, zone });
    for (const set of sets) {
      pooled.add(set);
      ttlSeconds = Math.max(1, Math.min(ttlSeconds, set.ttlSeconds));
    }
  }
  const file = `${source.origin}.zone`;
  draft.zones.set(source.origin, { ttl: `${ttlSeconds}s`, file });
  draft.files.push({
    name: file,
    text: zoneText(
      origin,
      zone.rrsets.filter((set) => !pooled.has(set)),
    ),
  });
  return draft.finish(source.file);
}

interface Candidate {
  readonly name: string;
  readonly sets: readonly LocatedSet[];
}

function candidates(zone: ParsedZone, draft: Draft): readonly Candidate[] {
  const cuts = zone.rrsets.filter(({ owner, type }) => type === rrType.NS && nameKey(owner) !== nameKey(zone.origin));
  const cutKeys = cuts.map(({ owner }) => nameKey(owner));
  const servers = new Set(
    zone.rrsets
      .filter(({ type }) => type === rrType.NS)
      .flatMap(({ rdata, type }) => rdata.flatMap((one) => rdataNames(type, one).map(({ name }) => nameKey(name)))),
  );
  return [...zone.owners].flatMap(([key, { owner, sets }]) => {
    const found = sets.filter(({ type }) => type === rrType.A || type === rrType.AAAA);
    if (!found.some(({ rdata }) => rdata.length > 1)) return [];
    const why = obstacle(key, { cutKeys, servers }) ?? crowd(found, draft.room);
    const name = parsePoolName(nameText(owner));
    if (why === null && name.ok) return [{ name: name.value, sets: found }];
    const { line, file } = placeIn(zone, found[0]);
    draft.notes.add(file, line, `${nameText(owner)} stays as it is: ${why ?? "its name cannot be a pool's"}`);
    return [];
  });
}

function obstacle(
  key: NameKey,
  known: { readonly cutKeys: readonly NameKey[]; readonly servers: ReadonlySet<NameKey> },
): string | null {
  if (known.servers.has(key)) return "it is a nameserver, whose addresses must not come and go";
  if (known.cutKeys.some((cut) => isWithin(key, cut))) return "it lies in a zone that is delegated";
  return isHostName(key, true) ? null : "it is no host name";
}

/** Why its addresses cannot all be members. */
function crowd(sets: readonly RRset[], room: number): string | null {
  const addresses = sets.flatMap(({ rdata }) => rdata.map(rdataAddress));
  if (addresses.length > poolMembersMax) return `it has more than ${poolMembersMax} addresses`;
  if (addresses.length > room) return "all pools together would have too many members";
  const odd = addresses.find((text) => whyNotMember(text) !== null);
  return odd === undefined ? null : whyNotMember(odd);
}

function placeIn(zone: ParsedZone, set: LocatedSet | undefined): { file: string; line: number } {
  if (set === undefined) return { file: zone.files[0] ?? "", line: 0 };
  return { file: zone.files[placeFile(set.place)] ?? "", line: placeLine(set.place) };
}

function addPool(draft: Draft, name: string, { sets, zone }: { sets: readonly LocatedSet[]; zone: ParsedZone }): void {
  const pool: PoolDraft = { policy: "round-robin", answers: null, members: [] };
  draft.pools.set(name, pool);
  for (const set of sets) {
    const { file, line } = placeIn(zone, set);
    for (const rdata of set.rdata) {
      const why = draft.addMember(pool, { address: rdataAddress(rdata), check: guess });
      if (why !== null) draft.notes.add(file, line, `${name} ${typeText(set.type)}: ${why}`);
    }
    if (set.ttlSeconds > poolTtlSecondsMax) {
      const sentence = `${name} ${typeText(set.type)} had a TTL of ${set.ttlSeconds}: the pool gets ${poolTtlSecondsMax}s at most, since failover is as slow as its TTL`;
      draft.notes.add(file, line, sentence);
    }
  }
  const { file, line } = placeIn(zone, sets[0]);
  draft.notes.add(
    file,
    line,
    `${name} is checked by a connection to TCP port 80, which is a guess: write the check it needs`,
  );
}
