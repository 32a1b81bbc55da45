/**
 * All outlets of all zones. Each has one state to reach, made here from the transactions as they pass: so one that was
 * away needs no queue of what it missed.
 */
import type { Config, PublishConfig, ZoneConfig } from "../core/model.ts";
import type { OutletView } from "../core/view.ts";
import { nameText, ownerTypeKey, textName } from "../dns/name.ts";
import type { RRset, SetKey, ZoneTransaction } from "../dns/types.ts";
import type { Outlet, WantedZone } from "../ports/outlet.ts";
import { isServedHere } from "./zone-state.ts";

/** Makes the outlets of one way to publish. */
export type CreateOutlets = (zone: ZoneConfig, publish: PublishConfig, config: Config) => readonly Outlet[];

interface ZoneOutlets {
  /** What made the outlets: when it changes they are made anew. */
  readonly recipe: string;
  readonly outlets: readonly Outlet[];
}

export class OutletBoard {
  readonly #create: CreateOutlets;
  readonly #zones = new Map<string, ZoneOutlets>();
  /** The managed sets of each zone. What has left is kept as an empty set, so that it leaves outside as well. */
  readonly #sets = new Map<string, Map<string, RRset>>();
  readonly #serials = new Map<string, number>();
  readonly #closing = new Set<Promise<void>>();

  constructor(create: CreateOutlets) {
    this.#create = create;
  }

  configure(config: Config): void {
    const wanted = new Map(config.zones.map((zone) => [zone.origin, zone]));
    for (const origin of this.#zones.keys()) if (!wanted.has(origin)) this.#drop(origin);
    // A zone that comes back begins anew.
    for (const known of [this.#sets, this.#serials]) {
      for (const origin of known.keys()) if (!wanted.has(origin)) known.delete(origin);
    }
    for (const zone of wanted.values()) this.#configureZone(zone, config);
    const decided = new Set(config.pools.map(({ zone }) => zone));
    // Nobody will ever decide anything, nor open them.
    for (const zone of wanted.values())
      if (!isServedHere(zone) && !decided.has(zone.origin)) this.opened(zone.origin, 0);
  }

  #configureZone(zone: ZoneConfig, config: Config): void {
    const recipe = recipeOf(zone, config);
    if (this.#zones.get(zone.origin)?.recipe === recipe) return;
    this.#drop(zone.origin);
    const outlets = zone.publish.flatMap((publish) => this.#create(zone, publish, config));
    if (outlets.length === 0) return;
    this.#zones.set(zone.origin, { recipe, outlets });
    if (this.#serials.has(zone.origin)) this.#want(zone.origin, null);
  }

  #drop(origin: string): void {
    for (const outlet of this.#zones.get(origin)?.outlets ?? []) {
      const closing = outlet.close();
      this.#closing.add(closing);
      void closing.finally(() => this.#closing.delete(closing));
    }
    this.#zones.delete(origin);
  }

  /** The zone is served here. Where nothing was decided before, it is as it is. */
  opened(origin: string, serial: number): void {
    if (this.#serials.has(origin)) return;
    this.#serials.set(origin, serial);
    this.#want(origin, null);
  }

  take(transaction: ZoneTransaction): void {
    const origin = nameText(transaction.origin).replace(/\.$/, "").toLowerCase();
    const first = !this.#serials.has(origin);
    this.#serials.set(origin, transaction.serial);
    if (transaction.layer === "pools") {
      const sets = this.#sets.get(origin) ?? new Map<string, RRset>();
      this.#sets.set(origin, sets);
      for (const { owner, type } of transaction.remove) {
        sets.set(ownerTypeKey({ owner, type }), { owner, type, ttlSeconds: 0, rdata: [] });
      }
      for (const set of transaction.put) sets.set(ownerTypeKey(set), set);
    }
    if (this.#zones.has(origin)) this.#want(origin, first ? null : transaction);
  }

  /** Records of the zone that are not managed have changed: whoever holds it whole must look again. */
  refresh(origin: string, serial: number): void {
    if (!this.#serials.has(origin)) return;
    this.#serials.set(origin, serial);
    for (const outlet of this.#zones.get(origin)?.outlets ?? []) outlet.want(this.#state(origin, []));
  }

  #want(origin: string, change: ZoneTransaction | null): void {
    const changed = change === null ? null : change.layer === "pools" ? [...change.put, ...change.remove] : [];
    for (const outlet of this.#zones.get(origin)?.outlets ?? []) outlet.want(this.#state(origin, changed));
  }

  #state(origin: string, changed: readonly SetKey[] | null): WantedZone {
    const sets = this.#sets.get(origin) ?? new Map<string, RRset>();
    return { origin: textName(origin), serial: this.#serials.get(origin) ?? 0, sets, changed };
  }

  /** The managed sets of a zone; one without records: nothing there. */
  sets(origin: string): Iterable<RRset> {
    return this.#sets.get(origin)?.values() ?? [];
  }

  views(): readonly OutletView[] {
    return [...this.#zones.values()].flatMap(({ outlets }) => outlets.map((outlet) => outlet.view()));
  }

  async close(): Promise<void> {
    for (const origin of [...this.#zones.keys()]) this.#drop(origin);
    await Promise.allSettled(this.#closing);
  }
}

/** Everything that outlets are made from. Never shown: it holds secrets. */
function recipeOf(zone: ZoneConfig, config: Config): string {
  const keys = config.keys.map(({ algorithm, name, secret }) => [name, algorithm, secret]);
  return JSON.stringify([zone.publish, zone.republishMs, keys]);
}
