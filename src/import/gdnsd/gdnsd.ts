/**
 * Imports a configuration of gdnsd: each DYNA or DYNC record becomes a pool of what its resource holds, service types
 * become checks, and every zone file goes on beside the configuration with its static records.
 */
import { fail, type Result } from "../../base/result.ts";
import { parseName, parsePoolName } from "../../config/scalars.ts";
import { addressRdata, rdataNames } from "../../dns/rdata/index.ts";
import { isWithin, nameKey, nameText, textName } from "../../dns/name.ts";
import { rrType } from "../../dns/rr-types.ts";
import type { RRset } from "../../dns/types.ts";
import { faultText } from "../../dns/zone-file/fault.ts";
import { zoneText } from "../../dns/zone-file/write.ts";
import { loadZone } from "../../dns/zone-load.ts";
import { Draft, type Imported, quoteFound } from "../draft.ts";
import { Checks } from "./checks.ts";
import { type Group, Resources } from "./resources.ts";
import { parseVscf, type ReadIncluded, type VscfMap } from "./vscf.ts";
import { type GdnsdZone, readGdnsdZone } from "./zone-file.ts";

export interface GdnsdSource {
  readonly config: { readonly name: string; readonly text: string };
  /** The files of the folder `zones`, by their names, as latin1. */
  readonly zones: readonly { readonly name: string; readonly text: string }[];
  readonly readIncluded: ReadIncluded;
}

const ttlSecondsMax = 604_800;

export function importGdnsd(source: GdnsdSource): Result<Imported, string> {
  const { name: file, text } = source.config;
  const parsed = parseVscf(text, source.readIncluded);
  if (!parsed.ok) return fail(`${file}, ${parsed.error}`);
  if (parsed.value.kind !== "map") return fail(`${file} holds no map of options, service_types and plugins`);
  const draft = new Draft();
  const note = (line: number, sentence: string): void => draft.notes.add(file, line, sentence);
  const plugins = parsed.value.entries.get("plugins");
  noteOptions(parsed.value, note);
  const checks = new Checks(parsed.value.entries.get("service_types"), note);
  const resources = new Resources({ plugins: plugins?.kind === "map" ? plugins : null, checks, note });
  for (const zone of source.zones) importZoneFile(draft, zone, resources);
  return draft.finish(file);
}

function noteOptions(config: VscfMap, note: (line: number, sentence: string) => void): void {
  const options = config.entries.get("options");
  if (options?.kind !== "map") return;
  for (const [key, { line }] of options.entries) {
    const advice = key === "listen" ? "write dns.listen" : "see docs/configuration.md for what muster has";
    note(line, `the option ${quoteFound(key)} is not carried over: ${advice}`);
  }
}

function importZoneFile(
  draft: Draft,
  { name: file, text }: { name: string; text: string },
  resources: Resources,
): void {
  const note = (line: number, sentence: string): void => draft.notes.add(file, line, sentence);
  const origin = parseName(file.replaceAll("@", "/").replace(/^.*\//, ""));
  if (!origin.ok) return note(0, `${quoteFound(file)} is no name of a zone: import it by hand`);
  const read = readGdnsdZone({ origin: textName(origin.value), file, text });
  const errors = read.zone.faults.filter(({ severity }) => severity === "error");
  if (errors.length > 0) {
    for (const fault of errors)
      note(fault.line, `${faultText(fault)}: the zone was left out, mend the line and import again`);
    return;
  }
  for (const { line, text: found } of read.dropped)
    note(line, `${quoteFound(found)} is gdnsd's own: see answers in a pool`);
  const groups = groupsOf(read, { resources, note });
  const rrsets = [...read.zone.rrsets, ...gluedServers(read, groups, note)];
  const own = zoneText(read.zone.origin, rrsets);
  const loaded = loadZone({ origin: read.zone.origin, file, text: own });
  if (!loaded.ok) {
    const reasons = loaded.error.map(({ sentence }) => sentence).slice(0, 3);
    return note(0, `without its dynamic names the zone would be refused and was left out: ${reasons.join("; ")}`);
  }
  const answered = groups.filter((group) => !isDelegated(read, group, note));
  if (groups.length === 0) note(0, "the zone has no dynamic names: it is served as it is");
  addZone(draft, origin.value, { groups: answered, own, note });
}

interface NamedGroup {
  readonly name: string;
  readonly ttlSeconds: number;
  readonly line: number;
  readonly group: Group;
}

type Note = (line: number, sentence: string) => void;

function groupsOf(
  { dynamic }: GdnsdZone,
  { note, resources }: { resources: Resources; note: Note },
): readonly NamedGroup[] {
  return dynamic.flatMap(({ line, name: text, reference, ttlSeconds }) => {
    const name = parsePoolName(text);
    const group = name.ok ? resources.find(reference, line) : null;
    if (!name.ok) note(line, `${quoteFound(text)} cannot be a pool's name: keep the record by hand`);
    else if (group === null || group.members.length === 0)
      note(
        line,
        `${name.value}: ${quoteFound(reference)} gives no addresses, so there is no pool: keep the record by hand`,
      );
    if (!name.ok || group === null || group.members.length === 0) return [];
    return [{ name: name.value, ttlSeconds, line, group }];
  });
}

/** gdnsd takes a dynamic name below a delegation for an address of its nameservers, and answers it to nobody. */
function isDelegated({ zone }: GdnsdZone, { line, name }: NamedGroup, note: Note): boolean {
  const top = nameKey(zone.origin);
  const cut = zone.rrsets.find(
    ({ owner, type }) =>
      type === rrType.NS && nameKey(owner) !== top && isWithin(nameKey(textName(name)), nameKey(owner)),
  );
  if (cut === undefined) return false;
  note(line, `${name} is no pool: ${nameText(cut.owner)} is delegated, and nobody asks for it here`);
  return true;
}

/** A nameserver inside of the zone needs its address in the file, also when a pool gives it. */
function gluedServers({ zone }: GdnsdZone, groups: readonly NamedGroup[], note: Note): readonly RRset[] {
  const targets = new Set(
    zone.rrsets
      .filter(({ type }) => type === rrType.NS)
      .flatMap(({ rdata, type }) => rdata.flatMap((one) => rdataNames(type, one).map(({ name }) => nameKey(name)))),
  );
  return groups.flatMap(({ group, line, name, ttlSeconds }) => {
    const owner = textName(name);
    if (!targets.has(nameKey(owner))) return [];
    note(line, `${name} is a nameserver: its addresses stand in the zone file, too, since they must not come and go`);
    return [rrType.A, rrType.AAAA].flatMap((type) => {
      const rdata = group.members
        .map(({ address }) => addressRdata(address))
        .filter((one) => one.length === (type === rrType.A ? 4 : 16));
      return rdata.length === 0 ? [] : [{ owner, type, ttlSeconds, rdata }];
    });
  });
}

function addZone(
  draft: Draft,
  origin: string,
  { groups, note, own }: { groups: readonly NamedGroup[]; own: string; note: Note },
): void {
  const file = `${origin}.zone`;
  const ttls = groups.map(({ ttlSeconds }) => Math.max(1, Math.min(ttlSecondsMax, ttlSeconds)));
  const ttl = ttls.reduce((least, each) => Math.min(least, each), ttls[0] ?? 30);
  draft.files.push({ name: file, text: own });
  draft.zones.set(origin, { ttl: `${ttl}s`, file });
  for (const { group, line, name, ttlSeconds } of groups) {
    const pool = { policy: group.policy, answers: group.answers, members: [] };
    if (draft.pools.has(name)) {
      note(line, `${name} has a pool already: this record was left out`);
      continue;
    }
    draft.pools.set(name, pool);
    for (const member of group.members) {
      const why = draft.addMember(pool, member);
      if (why !== null) note(line, `${name}: ${why}`);
    }
    if (ttlSeconds !== ttl)
      note(line, `${name} had a TTL of ${ttlSeconds}: pools of a zone share one, which is ${ttl}s`);
  }
}
