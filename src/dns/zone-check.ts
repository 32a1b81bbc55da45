/**
 * What is wrong with a zone although every record of it is well formed. Errors are what BIND refuses to load as a
 * primary zone, and nothing else, so that a zone moves between BIND and here without surprise; what BIND only
 * mentions (`named-checkzone -i local`) is a warning, and so are a few things that RFCs forbid and BIND lets pass.
 * Names outside the zone are not looked up.
 *
 * Like reading, checking can be stopped and taken up again.
 */
import { assert } from "../base/assert.ts";
import { ipv4Number } from "./address.ts";
import { isHostName } from "./host-name.ts";
import { isWildcard, isWithin, labelsOf, nameKey, nameText, parentName } from "./name.ts";
import { rdataNames } from "./rdata/index.ts";
import { isSingletonType, rrType, standsBesideCname, typeText } from "./rr-types.ts";
import type { Name, NameKey } from "./types.ts";
import { type LocatedSet, type OwnerSets, placeFile, placeLine } from "./zone-file/collect.ts";
import { FaultList, type ZoneFault } from "./zone-file/fault.ts";
import type { ParsedZone } from "./zone-file/parse.ts";
import { ZoneLookup } from "./zone-lookup.ts";

/** Types whose owner, and types whose target, names a host. */
const hostOwners: ReadonlySet<number> = new Set([rrType.A, rrType.AAAA, rrType.MX]);
const hostTargets: ReadonlySet<number> = new Set([rrType.NS, rrType.MX, rrType.SRV]);

/** A name whose sets of these types come from elsewhere and are laid over the zone. */
export interface LaidOver {
  readonly owner: Name;
  readonly types: readonly number[];
}

export class ZoneCheck {
  private readonly zone: ParsedZone;
  private readonly originKey: NameKey;
  private readonly lookup: ZoneLookup;
  private readonly list = new FaultList();
  /** Names that have addresses from elsewhere. */
  private readonly hosts: ReadonlySet<NameKey>;
  private readonly rest: Iterator<[NameKey, OwnerSets]>;
  private finished = false;

  /** `hosts`: names whose addresses are laid over the zone, for whoever wants to know no more of what is. */
  constructor(zone: ParsedZone, laidOver: readonly LaidOver[] = [], hosts: readonly Name[] = []) {
    this.zone = zone;
    const pooled = laidOver.filter(({ types }) => types.some(isAddress)).map(({ owner }) => owner);
    this.hosts = new Set([...hosts, ...pooled].map(nameKey));
    this.originKey = nameKey(zone.origin);
    this.lookup = new ZoneLookup(zone.owners, this.originKey);
    this.rest = zone.owners.entries();
    this.checkTop();
    for (const pool of laidOver) this.checkLaidOver(pool);
  }

  /** What is laid over a delegation, or below a DNAME, is never asked for here; what lies under a pool is hidden. */
  private checkLaidOver({ owner: name, types }: LaidOver): void {
    const key = nameKey(name);
    const cut = this.lookup.cutAbove(key);
    if (cut !== null) {
      const what = cut.type === rrType.NS ? "delegated away" : "redirected by a DNAME";
      const set = this.lookup.setOf(cut.key, cut.type) ?? null;
      return this.report(
        "error",
        set,
        `${nameText(cut.key)} is ${what} here, so the pool ${nameText(name)} would never be answered`,
      );
    }
    for (const type of [rrType.CNAME, ...types]) {
      const hidden = this.lookup.setOf(key, type);
      if (hidden === undefined) continue;
      const what = `the pool ${nameText(name)} is laid over this ${typeText(type)}`;
      this.report("warning", hidden, `${what}, which is answered again only when the pool is gone`);
    }
  }

  /** Checks at most `owners` names. True when all are checked. */
  step(owners: number): boolean {
    for (let count = 0; count < owners && !this.finished; count++) {
      const next = this.rest.next();
      if (next.done === true || this.list.full) this.finished = true;
      else this.checkOwner(next.value[0], next.value[1]);
    }
    return this.finished;
  }

  /** Only after `step` has returned true. */
  result(): readonly ZoneFault[] {
    assert(this.finished, "faults are complete when all names are checked");
    return this.list.faults;
  }

  private report(severity: ZoneFault["severity"], set: LocatedSet | null, sentence: string): void {
    const file = this.zone.files[set === null ? 0 : placeFile(set.place)] ?? "";
    this.list.add({ severity, file, line: set === null ? 0 : placeLine(set.place), column: 0, sentence });
  }

  /** RFC 1035, 5.2: a zone has one SOA and at least one NS at its top. */
  private checkTop(): void {
    const top = nameText(this.zone.origin);
    if (this.lookup.setOf(this.originKey, rrType.SOA) === undefined) {
      this.report("error", null, `the zone has no SOA record, expected one at ${top}`);
    }
    if (this.lookup.setOf(this.originKey, rrType.NS) === undefined) {
      this.report("error", null, `the zone has no NS records, expected at least one at ${top}`);
    }
  }

  private checkOwner(key: NameKey, { owner, sets }: OwnerSets): void {
    for (const set of sets) this.checkSet(set);
    if (sets.length > 1) this.checkTogether(sets);
    this.checkWildcard(owner, sets);
    if (sets.some((set) => set.type !== rrType.A && set.type !== rrType.AAAA)) this.checkTargets(key, sets);
  }

  private checkSet(set: LocatedSet): void {
    if (set.rdata.length > 1 && isSingletonType(set.type)) {
      const found = `found ${set.rdata.length} ${typeText(set.type)} records at ${nameText(set.owner)}`;
      this.report("error", set, `${found}, expected at most one`);
    }
    if (set.type === rrType.DS && nameKey(set.owner) === this.originKey) {
      this.report("error", set, "found DS at the zone's top, expected it in the parent zone (RFC 4035, 2.4)");
    }
    if (hostOwners.has(set.type) && !isHostName(set.owner, true)) {
      this.report("warning", set, `${nameText(set.owner)} has ${typeText(set.type)} but is no host name (check-names)`);
    }
  }

  private checkTogether(sets: readonly LocatedSet[]): void {
    const cname = sets.find((set) => set.type === rrType.CNAME);
    const other = cname === undefined ? undefined : sets.find((set) => !standsBesideCname(set.type));
    if (cname !== undefined && other !== undefined) {
      const sentence = `${nameText(cname.owner)} has CNAME and ${typeText(other.type)}, expected CNAME alone`;
      this.report("error", cname.place > other.place ? cname : other, `${sentence} (RFC 1034, 3.6.2)`);
    }
    const dname = sets.find((set) => set.type === rrType.DNAME);
    if (dname === undefined || nameKey(dname.owner) === this.originKey) return;
    if (!sets.some((set) => set.type === rrType.NS)) return;
    this.report("warning", dname, `${nameText(dname.owner)} has DNAME and NS, expected one of them (RFC 6672, 2.3)`);
  }

  private checkWildcard(owner: Name, sets: readonly LocatedSet[]): void {
    if (isWildcard(owner)) {
      const ns = sets.find((set) => set.type === rrType.NS);
      if (ns !== undefined) this.report("error", ns, `found NS at the wildcard ${nameText(owner)} (RFC 4592, 4.2)`);
    }
    if (!owner.includes("\x01*", 2) || !labelsOf(parentName(owner)).includes("*")) return;
    this.report("warning", sets[0] ?? null, `${nameText(owner)} has an asterisk inside, which matches nothing else`);
  }

  /** Names that NS, MX and SRV point to, at names that the zone itself answers for. */
  private checkTargets(key: NameKey, sets: readonly LocatedSet[]): void {
    const cut = this.lookup.cutAbove(key);
    const visible = cut === null || (cut.key === key && cut.type === rrType.NS);
    if (!visible) return this.reportBelowDname(cut, sets);
    for (const set of sets) {
      if (!hostTargets.has(set.type)) continue;
      for (const rdata of set.rdata) {
        const target = rdataNames(set.type, rdata)[0]?.name;
        if (target !== undefined) this.checkTarget(set, target, cut !== null);
      }
    }
  }

  private reportBelowDname(cut: { readonly key: NameKey; readonly type: number }, sets: readonly LocatedSet[]): void {
    const set = sets[0];
    if (cut.type !== rrType.DNAME || set === undefined) return;
    const sentence = `${nameText(set.owner)} lies below the DNAME at ${nameText(cut.key)} and is never answered`;
    this.report("warning", set, `${sentence} (RFC 6672, 2.4)`);
  }

  private checkTarget(set: LocatedSet, target: Name, delegation: boolean): void {
    const targetKey = nameKey(target);
    const shown = `${nameText(set.owner)} ${typeText(set.type)} ${nameText(target)}`;
    if (!isHostName(target)) this.report("warning", set, `${shown}: the target is no host name (check-names)`);
    if (looksLikeAddress(target))
      this.report("warning", set, `${shown}: the target looks like an address, expected a name`);
    const offered = targetKey.length > 1 || set.type === rrType.NS;
    if (!offered || !isWithin(targetKey, this.originKey)) return;
    if (set.type === rrType.NS && delegation) this.checkGlue(set, targetKey, shown);
    else this.checkHost(set, targetKey, shown);
  }

  /** A host that the zone answers for. Only the zone's own nameservers are worth refusing it. */
  private checkHost(set: LocatedSet, targetKey: NameKey, shown: string): void {
    if (this.hosts.has(targetKey)) return;
    const severity = set.type === rrType.NS ? "error" : "warning";
    const found = this.lookup.findHost(targetKey);
    if (found === "nothing") this.report(severity, set, `${shown}: the target has no address, expected A or AAAA`);
    if (found === "alias") this.report(severity, set, `${shown}: the target is a CNAME (RFC 2181, 10.3)`);
    if (found === "below-dname") this.report(severity, set, `${shown}: the target lies below a DNAME`);
  }

  /** A nameserver of a delegation: its address must be here if its name is below the cut (RFC 1034, 4.2.1). */
  private checkGlue(set: LocatedSet, targetKey: NameKey, shown: string): void {
    if (this.lookup.hasAddress(targetKey) || this.hosts.has(targetKey)) return;
    const found = this.lookup.findHost(targetKey);
    if (found === "alias") this.report("warning", set, `${shown}: the target is a CNAME (RFC 2181, 10.3)`);
    if (found === "below-dname") this.report("warning", set, `${shown}: the target lies below a DNAME`);
    if (found === "address" || found === "alias" || found === "below-dname") return;
    const required = isWithin(targetKey, nameKey(set.owner));
    const glue = required ? "required glue" : found === "delegated" ? "sibling glue" : "address";
    this.report("warning", set, `${shown}: the target has no ${glue}, expected A or AAAA`);
  }
}

function isAddress(type: number): boolean {
  return type === rrType.A || type === rrType.AAAA;
}

/** True for the likes of 192.0.2.1.example.org, which a missing dot or a misunderstanding makes. */
function looksLikeAddress(target: Name): boolean {
  const first = labelsOf(target).slice(0, 4).join(".");
  return ipv4Number(first, 0, first.length) >= 0;
}

/** Names that `checkZone` checks between two looks at whether it is done. */
const ownersPerStep = 4096;

/** Checks a whole zone at once. */
export function checkZone(zone: ParsedZone): readonly ZoneFault[] {
  const check = new ZoneCheck(zone);
  while (!check.step(ownersPerStep));
  return check.result();
}
