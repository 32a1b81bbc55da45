/**
 * A zone in memory: the tree of what is served, and the layers it comes from. `apply` is the only way in which a served
 * zone changes; it costs what the change is worth, whatever the size of the zone, and says record by record what it
 * changed, so that other nameservers can be told just that (RFC 1995).
 */
import { assert } from "../base/assert.ts";
import { fail, ok, type Result } from "../base/result.ts";
import { isWithin, nameKey, nameText, ownerTypeKey, parentName } from "./name.ts";
import { replaceSoaSerial } from "./rdata/index.ts";
import { rrType } from "./rr-types.ts";
import type { Name, NameKey, RRset, SetKey, ZoneDelta, ZoneTransaction } from "./types.ts";
import { type LayerChange, ZoneLayers } from "./zone-layers.ts";
import { DeltaDraft, soaSerial } from "./zone-records.ts";
import { type Mark, ZoneTree } from "./zone-tree.ts";

export interface ZoneOptions {
  /** Whether `apply` says what it changed. Zones that nobody transfers save that work. */
  readonly journaled: boolean;
}

export class Zone extends ZoneTree {
  journaled: boolean;
  private readonly layers = new ZoneLayers();

  constructor(origin: Name, options: ZoneOptions = { journaled: false }) {
    super(origin);
    this.journaled = options.journaled;
  }

  get serial(): number {
    const rdata = this.apex.set(rrType.SOA)?.rdata[0];
    return rdata === undefined ? 0 : soaSerial({ rdata });
  }

  /** The sets served for a name; one without records stands for a name that exists and has nothing else. */
  sets(owner: NameKey): readonly RRset[] {
    return this.node(owner)?.sets ?? [];
  }

  /** What the base has, whatever lies over it. */
  below(owner: NameKey, type: number): RRset | undefined {
    return this.layers.base(owner, type, this.node(owner)?.entry(type));
  }

  /** True for a name that owns records. Names that only have others below them do not (RFC 2136, 2.4.4). */
  nameExists(owner: NameKey): boolean {
    return this.sets(owner).some((set) => set.rdata.length > 0);
  }

  /** True when a decision governs any set of the name. */
  hasPoolEntry(owner: NameKey): boolean {
    return this.layers.has("pools", owner);
  }

  /** Adds a set to the base of a zone that is being read. Not for zones that are being served: `apply` is. */
  load(set: RRset): void {
    this.putSet(nameKey(set.owner), set);
  }

  /** What stands over the base for a key, layer by layer; undefined: nothing. */
  overlayAt(key: NameKey, type: number): readonly LayerChange[] {
    return this.layers.upperAt(key, type);
  }

  /** All entries above the base. */
  get overlay(): Iterable<LayerChange> {
    return this.layers.upper();
  }

  /**
   * Lays the overlay of the zone that was served over this one, whose base was read anew. `changed` hears what is served
   * of each key before and after.
   */
  layOver(
    overlay: Iterable<LayerChange>,
    changed: (before: RRset | undefined, after: RRset | undefined) => void = () => undefined,
  ): void {
    for (const entry of overlay) this.layEntry(entry, changed);
  }

  /** The same for one entry. */
  layEntry(entry: LayerChange, changed: (before: RRset | undefined, after: RRset | undefined) => void): void {
    const before = this.node(entry.key)?.entry(entry.type);
    this.enter(entry);
    changed(before, this.node(entry.key)?.entry(entry.type));
  }

  /**
   * Applies a change in its layer whole, or refuses it with a reason and changes nothing. Returns what changed in what is
   * served: at least the SOA, and null for zones that are not journaled.
   */
  apply(transaction: ZoneTransaction): Result<ZoneDelta | null, string> {
    const refusal = this.refusal(transaction);
    if (refusal !== null) return fail(refusal);
    const befores = this.journaled ? this.servedNow(transaction) : null;
    const { layer } = transaction;
    for (const { owner, type } of transaction.remove) this.enter({ layer, key: nameKey(owner), type, set: undefined });
    for (const set of transaction.put) this.enter({ layer, key: nameKey(set.owner), type: set.type, set });
    this.setSerial(transaction.serial);
    return ok(befores === null ? null : this.deltaSince(befores));
  }

  /** Why the transaction cannot be applied, or null. */
  private refusal({ put, remove }: ZoneTransaction): string | null {
    const origin = nameText(this.origin);
    for (const { owner } of [...put, ...remove]) {
      if (!isWithin(nameKey(owner), this.apex.key)) return `${nameText(owner)} is not in ${origin}`;
    }
    for (const set of put) {
      if (set.type !== rrType.SOA) continue;
      if (nameKey(set.owner) !== this.apex.key) return `${nameText(set.owner)} cannot have a SOA: it is not the apex`;
      if (set.rdata.length !== 1) return `${origin} would have ${set.rdata.length} SOA records instead of one`;
    }
    const removesSoa = remove.some((gone) => gone.type === rrType.SOA);
    return removesSoa || this.apex.set(rrType.SOA) === undefined ? `${origin} would have no SOA` : null;
  }

  /** Changes one entry and what is served for it. The SOA has no layers, since each change replaces its serial. */
  private enter(change: LayerChange): void {
    const { key, type } = change;
    const served = this.node(key)?.entry(type);
    const top = type === rrType.SOA ? change.set : this.layers.change(change, served);
    if (top === served) return;
    if (top === undefined) this.removeSet(key, type);
    else this.putSet(key, top);
  }

  /** What is served for the keys of a transaction, each once. */
  private servedNow({ put, remove }: ZoneTransaction): Map<string, SetKey & { readonly set: RRset | undefined }> {
    const served = new Map<string, SetKey & { readonly set: RRset | undefined }>();
    for (const { owner, type } of [{ owner: this.origin, type: rrType.SOA }, ...remove, ...put]) {
      const set = this.node(nameKey(owner))?.entry(type);
      served.set(ownerTypeKey({ owner, type }), { owner, type, set });
    }
    return served;
  }

  private deltaSince(befores: ReturnType<Zone["servedNow"]>): ZoneDelta {
    const draft = new DeltaDraft();
    for (const { owner, type, set } of befores.values()) draft.change(set, this.node(nameKey(owner))?.entry(type));
    const before = befores.get(ownerTypeKey({ owner: this.origin, type: rrType.SOA }))?.set;
    const after = this.apex.set(rrType.SOA);
    assert(before !== undefined && after !== undefined, "a served zone has a SOA");
    return draft.finish(before, after);
  }

  /** Writes a serial into the SOA. */
  setSerial(serial: number): void {
    const set = this.apex.set(rrType.SOA);
    const rdata = set?.rdata[0];
    assert(set !== undefined && rdata !== undefined, "a served zone has a SOA");
    const { owner, type, ttlSeconds } = set;
    this.putSet(this.apex.key, { owner, type, ttlSeconds, rdata: [replaceSoaSerial(rdata, serial)] });
    this.changes += 1;
  }
}

/**
 * All zones that are served. `changes` moves with every change of any of them, `generation` with those that may touch
 * the answer of a name that has not itself changed: a zone comes or goes, a delegation or DNAME does.
 */
export class ZoneTable implements Mark {
  changes = 0;
  generation = 0;
  private readonly zones = new Map<NameKey, Zone>();

  get size(): number {
    return this.zones.size;
  }

  get(origin: NameKey): Zone | undefined {
    return this.zones.get(origin);
  }

  all(): Iterable<Zone> {
    return this.zones.values();
  }

  set(zone: Zone): void {
    this.zones.set(zone.apex.key, zone);
    this.changes += 1;
    this.generation += 1;
  }

  /** Applies a change to the zone it names, whole or not at all. */
  apply(transaction: ZoneTransaction): Result<ZoneDelta | null, string> {
    const zone = this.zones.get(nameKey(transaction.origin));
    if (zone === undefined) return fail(`${nameText(transaction.origin)} is not served`);
    const bends = zone.bends;
    const applied = zone.apply(transaction);
    this.changes += 1;
    if (zone.bends !== bends) this.generation += 1;
    return applied;
  }

  delete(origin: NameKey): void {
    this.zones.delete(origin);
    this.changes += 1;
    this.generation += 1;
  }

  /** The zone nearest to a name, itself or above. */
  find(key: NameKey): Zone | undefined {
    for (let at = key; ; at = parentName(at)) {
      const zone = this.zones.get(at);
      if (zone !== undefined || at.length === 1) return zone;
    }
  }

  /**
   * The zone that answers for DS: the parent's side of a cut (RFC 4035, 3.1.4.1), if it is here and knows the name. A
   * parent that lacks the delegation would deny a name which exists.
   */
  findForDs(key: NameKey): Zone | undefined {
    const own = this.find(key);
    if (key.length === 1) return own;
    const above = this.find(parentName(key));
    return above === undefined || (above !== own && above.node(key) === undefined) ? own : above;
  }
}
