/**
 * Another nameserver that takes updates (RFC 2136): it is down for a while, refuses, or is slow, so that what was sent is
 * carried out long after anybody waits for it; and other people write to it. It outlives every controller.
 */
import type { Config, PeerConfig } from "../src/core/model.ts";
import { nameText, ownerTypeKey, textName } from "../src/dns/name.ts";
import { rrType } from "../src/dns/rr-types.ts";
import type { RRset, SetKey } from "../src/dns/types.ts";
import { sameData } from "../src/roles/managed-sets.ts";
import type { SetChange } from "../src/roles/update-outlet-effects.ts";
import type { OutletPromises } from "./outlet-witness.ts";

export type ServerMood = "works" | "down" | "refuses" | "slow";

export interface OtherServerParts {
  readonly origin: string;
  readonly peer: PeerConfig;
  readonly onWrite: (server: OtherServer, change: SetChange) => void;
}

export type WriteAnswer = "done" | "stale" | "refused";

export class OtherServer {
  readonly parts: OtherServerParts;
  mood: ServerMood = "works";
  readonly #sets = new Map<string, RRset>();

  constructor(parts: OtherServerParts) {
    this.parts = parts;
  }

  /** What is there; without records when nothing is. */
  find({ owner, type }: SetKey): RRset {
    return this.#sets.get(ownerTypeKey({ owner, type })) ?? { owner, type, ttlSeconds: 0, rdata: [] };
  }

  /** All of it or nothing (RFC 2136, 3.2 and 3.4). */
  write(changes: readonly SetChange[]): WriteAnswer {
    if (this.mood === "refuses") return "refused";
    // A prerequisite compares data alone (RFC 2136, 2.4.2).
    if (!changes.every(({ before }) => sameData(this.find(before), before))) return "stale";
    for (const change of changes) {
      this.parts.onWrite(this, change);
      this.put(change.after);
    }
    return "done";
  }

  /** Somebody with access to it writes. */
  put(set: RRset): void {
    if (set.rdata.length === 0) this.#sets.delete(ownerTypeKey(set));
    else this.#sets.set(ownerTypeKey(set), set);
  }
}

export function setText({ owner, rdata, ttlSeconds, type }: RRset): string {
  return `${nameText(owner)} ${type}: ${rdata.length} records with TTL ${ttlSeconds}`;
}

/** Each has a record that is not muster's. */
export function createOtherServers({ zones }: Config, promises: OutletPromises): readonly OtherServer[] {
  return zones.flatMap(({ origin, publish }) =>
    publish.flatMap((way) =>
      way.kind === "update" ? way.servers.map((peer) => createServer(origin, peer, promises)) : [],
    ),
  );
}

function createServer(origin: string, peer: PeerConfig, promises: OutletPromises): OtherServer {
  const onWrite: OtherServerParts["onWrite"] = (server, change) => promises.onWrite(server, change);
  const server = new OtherServer({ origin, peer, onWrite });
  server.put({ owner: textName(`hand.${origin}`), type: rrType.TXT, ttlSeconds: 60, rdata: [Uint8Array.of(1, 65)] });
  return server;
}
