/**
 * The embedded DNS server as a primary, with what the main thread does for it: it opens the zone, hands out serials, and
 * keeps the zone's past, so that a server that is started again can go on with it.
 */
import type { Endpoint, KeyConfig, PeerConfig, TransferConfig, UpdateGrant } from "../../src/core/model.ts";
import { rcode } from "../../src/dns/message.ts";
import { ownerTypeKey, textName } from "../../src/dns/name.ts";
import { addSerial } from "../../src/dns/serial.ts";
import type { Layer, Name, RRset, SetKey, ZoneDelta, ZonePast } from "../../src/dns/types.ts";
import { parseZone } from "../../src/dns/zone-file/parse.ts";
import { type EmbeddedDns, startEmbeddedDns } from "../../src/io/dns/embedded.ts";
import type { RequestedUpdate, ZoneRequest } from "../../src/ports/nameserver.ts";
import type { Log } from "../../src/ports/log.ts";
import { silentLog } from "./silent-log.ts";

export const primaryOrigin = "example.org";
export const origin: Name = textName(primaryOrigin);

export const testKeys: readonly KeyConfig[] = [
  { name: "key256.example", algorithm: "hmac-sha256", secret: "c2VjcmV0IG9mIDI1Ng==" },
  { name: "key384.example", algorithm: "hmac-sha384", secret: "c2VjcmV0IG9mIDM4NA==" },
  { name: "key512.example", algorithm: "hmac-sha512", secret: "c2VjcmV0IG9mIDUxMg==" },
];

/** SOA, NS and `names` hosts. The SOA's timers are long: secondaries move only when they are told to. */
export function zoneText(names: number, serial = 100): string {
  const hosts = Array.from({ length: names }, (_, at) => `h${at} A 10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`);
  return `$TTL 300\n@ SOA ns1 hostmaster ${serial} 86400 43200 604800 60\n@ NS ns1\nns1 A 192.0.2.1\n${hosts.join("\n")}\n`;
}

export function setsOf(text: string): readonly RRset[] {
  const parsed = parseZone({ origin, text, file: "zone" });
  if (parsed.errorCount > 0) throw new Error(JSON.stringify(parsed.faults));
  return parsed.rrsets;
}

export function addressSet(owner: string, address: readonly [number, number, number, number]): RRset {
  return { owner: textName(owner), type: 1, ttlSeconds: 300, rdata: [Uint8Array.from(address)] };
}

export interface PrimaryOptions {
  readonly text: string;
  readonly transfer?: Partial<TransferConfig>;
  readonly updates?: readonly UpdateGrant[];
  readonly primaries?: readonly PeerConfig[];
  readonly keys?: readonly KeyConfig[];
  readonly threads?: number;
  readonly past?: ZonePast | null;
  /** Proposed when the zone is opened. */
  readonly serial?: number;
  readonly listen?: Endpoint;
  /** The layer `updates` as it was saved. */
  readonly saved?: readonly RRset[];
}

export class Primary {
  readonly dns: EmbeddedDns;
  serial: number;
  /** What the store would have. */
  past: ZonePast;
  readonly remarks: string[];

  private constructor(dns: EmbeddedDns, past: ZonePast, remarks: string[]) {
    this.dns = dns;
    this.serial = past.serial;
    this.past = past;
    this.remarks = remarks;
  }

  static async start(options: PrimaryOptions): Promise<Primary> {
    const remarks: string[] = [];
    const log: Log = { ...silentLog, warn: (sentence) => void remarks.push(sentence) };
    const listen = [options.listen ?? { address: "127.0.0.1", port: 0 }];
    const dns = await startEmbeddedDns({ listen, nsid: null, threads: options.threads ?? 1, log });
    const transfer = { to: [], allow: [{ prefix: "127.0.0.0/8", key: null }], ...options.transfer };
    const { keys = testKeys, past = null, primaries = [], updates = [] } = options;
    await dns.allow([{ origin, transfer, updates, primaries }], keys);
    const loaded = await dns.loadZone({ origin, rrsets: setsOf(options.text) });
    if (!loaded.ok) throw new Error(loaded.error.join("\n"));
    const { saved = [] } = options;
    const layer = { origin, serial: loaded.value.serial, layer: "updates", put: saved, remove: [] } as const;
    if (saved.length > 0) await dns.publish(layer);
    const opened = await dns.openZone({ origin, serial: options.serial ?? loaded.value.serial, past });
    const goesOn = past !== null && past.serial === opened.serial;
    return new Primary(dns, goesOn ? past : { ...opened, deltas: [] }, remarks);
  }

  get endpoint(): Endpoint {
    const [endpoint] = this.dns.endpoints;
    if (endpoint === undefined) throw new Error("nothing listens");
    return endpoint;
  }

  async publish(put: readonly RRset[], remove: readonly SetKey[] = [], layer: Layer = "pools"): Promise<void> {
    const serial = addSerial(this.serial, 1);
    const outcome = await this.dns.publish({ origin, serial, layer, put, remove });
    if (outcome.kind !== "ok") throw new Error(outcome.reason);
    this.keep(serial, outcome);
  }

  async reload(text: string): Promise<ZoneDelta | null> {
    const loaded = await this.dns.loadZone({ origin, rrsets: setsOf(text) });
    if (!loaded.ok) throw new Error(loaded.error.join("\n"));
    const { changed, delta, digest, serial } = loaded.value;
    if (changed) this.keep(serial, { delta, digest });
    return delta;
  }

  private keep(serial: number, { delta, digest }: { delta: ZoneDelta | null; digest: string }): void {
    this.serial = serial;
    const deltas = delta === null ? [] : [...this.past.deltas, delta];
    this.past = { serial, digest, deltas };
  }

  /** Makes updates served at once, as the main thread does once they are saved. */
  acceptUpdates(seen: (request: ZoneRequest) => void = () => undefined): void {
    this.dns.onRequest((request) => {
      seen(request);
      if (request.kind !== "updates") return;
      void this.makeUpdates(request.updates);
    });
  }

  /** Updates that were decided together, as one transaction. */
  async makeUpdates(updates: readonly RequestedUpdate[]): Promise<void> {
    const last = new Map<string, RRset | SetKey>();
    for (const { put, remove } of updates) for (const set of [...remove, ...put]) last.set(ownerTypeKey(set), set);
    const sets = [...last.values()];
    const put = sets.filter((set) => "rdata" in set);
    const remove = sets.filter((set) => !("rdata" in set));
    const code = await this.publish(put, remove, "updates").then(
      () => rcode.NOERROR,
      () => rcode.SERVFAIL,
    );
    for (const { answer } of updates) answer(code);
  }

  async count(name: string): Promise<number> {
    return (await this.dns.counters()).exchange[name] ?? 0;
  }
}

/** Looks again and again until `look` gives something, or fails with `what`. */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | null | undefined | false>,
  msMax = 60_000,
): Promise<T> {
  const deadline = performance.now() + msMax;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`in vain waited for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
