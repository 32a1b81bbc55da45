/**
 * Promises about other nameservers that are updated, watched from outside: they are sent what is wanted at that moment and
 * only what they do not have, so one that was down gets exactly what it missed; records of others stay; and who is said to
 * be in step is.
 */
import { type Mono, mono } from "../src/base/time.ts";
import { nameText, ownerTypeKey } from "../src/dns/name.ts";
import { rrType } from "../src/dns/rr-types.ts";
import type { RRset } from "../src/dns/types.ts";
import type { OutletView } from "../src/core/view.ts";
import type { WantedZone } from "../src/ports/outlet.ts";
import { sameContent } from "../src/roles/managed-sets.ts";
import type { SetChange } from "../src/roles/update-outlet-effects.ts";
import { FilePromises } from "./file-witness.ts";
import type { Host } from "./host.ts";
import { type OtherServer, setText } from "./other-server.ts";
import { BrokenPromise, type ZonePromises } from "./zone-witness.ts";

/** What was changed unseen is noticed by the next comparison at the latest. */
const noticeDriftMs = 12_000;

export class OutletPromises {
  readonly files: FilePromises;
  /** When somebody else, or muster's own write that was late, last changed what is there. */
  readonly #disturbedAt = new Map<OtherServer, Mono>();

  constructor(zones: ZonePromises) {
    this.files = new FilePromises(zones);
  }

  /** The controller sends changes to a server. */
  onSent(server: OtherServer, changes: readonly SetChange[], context: { wanted: WantedZone; now: Mono }): void {
    const { address } = server.parts.peer;
    for (const { after } of changes) {
      const set = context.wanted.sets.get(ownerTypeKey(after)) ?? nothingAt(after);
      if (!sameContent(set, after)) throw new BrokenPromise(`${address} is sent a stale value: ${setText(after)}`);
      if (sameContent(server.find(after), after) && !this.#isDisturbed(server, context.now))
        throw new BrokenPromise(`${address} is sent what it has already: ${setText(after)}`);
    }
  }

  /** A server carries out a change. */
  onWrite({ parts: { origin, peer } }: OtherServer, { after }: SetChange): void {
    if (nameText(after.owner).startsWith("hand."))
      throw new BrokenPromise(`${peer.address} loses a record of ${origin} that is not muster's`);
  }

  onDisturbed(server: OtherServer, now: Mono): void {
    this.#disturbedAt.set(server, now);
  }

  #isDisturbed(server: OtherServer, now: Mono): boolean {
    return now - (this.#disturbedAt.get(server) ?? mono(Number.NEGATIVE_INFINITY)) < noticeDriftMs;
  }

  onView(server: OtherServer, seen: { view: OutletView; wanted: WantedZone | null; now: Mono }): void {
    const { now, view, wanted } = seen;
    if (view.state !== "in-step" || wanted === null) return;
    if (this.#isDisturbed(server, now)) return;
    const odd = findOdd(server, wanted);
    if (odd !== null) throw new BrokenPromise(`${view.name} is said to be in step, and ${odd}`);
  }

  /** In quiet times all of them have what muster's own server has of pools. Null: they do. */
  findLaggard(host: Host): string | null {
    const { config, others, zones } = host;
    for (const server of others) {
      const pools = config.pools.filter(({ zone }) => zone === server.parts.origin);
      const served = pools.flatMap(({ name, zone }) =>
        [rrType.A, rrType.AAAA].flatMap((type) => zones?.server.set(zone, name, type) ?? []),
      );
      const sets = new Map(served.map((set) => [ownerTypeKey(set), set]));
      const odd = findOdd(server, { sets });
      if (odd !== null) return `${server.parts.peer.address} ${odd}`;
    }
    return this.files.findLaggard(host);
  }
}

function findOdd(server: OtherServer, { sets }: Pick<WantedZone, "sets">): string | null {
  for (const set of sets.values()) {
    const there = server.find(set);
    if (!sameContent(there, set)) return `has ${setText(there)}, where ${setText(set)} are wanted`;
  }
  return null;
}

function nothingAt({ owner, type }: RRset): RRset {
  return { owner, type, ttlSeconds: 0, rdata: [] };
}
