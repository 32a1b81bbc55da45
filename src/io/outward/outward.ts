/**
 * Carries out what the outward machine wants: NOTIFY, questions, audits, and waits. Like the runner of the controller it
 * decides nothing. Questions to many nameservers of many zones wait for each other, so that a great change makes no
 * burst.
 */
import { unreachable } from "../../base/assert.ts";
import type { Wall } from "../../base/time.ts";
import type { Config, Endpoint } from "../../core/model.ts";
import type { NameserverView } from "../../core/view.ts";
import type { ResourceRecord } from "../../dns/message.ts";
import { textName } from "../../dns/name.ts";
import { base64Octets } from "../../dns/octets.ts";
import type { TsigKey } from "../../dns/tsig.ts";
import type { RRset } from "../../dns/types.ts";
import type { Clock } from "../../ports/clock.ts";
import { auditFindings, Outward, servedEverywhereAt, viewNameservers } from "../../roles/outward.ts";
import {
  type AuditFault,
  endpointKey,
  type OutwardEffect,
  type OutwardEvent,
  type RecalledAlarm,
  type WatchConfig,
} from "../../roles/outward/events.ts";
import type { ZoneState } from "../../roles/outward/state.ts";
import { namesToResolve, outwardZones, setsOf } from "../../roles/outward/zones.ts";
import { Gate } from "../audit/gate.ts";
import { auditCatalog } from "./audit-catalog.ts";
import { auditConfigured } from "./audit-configured.ts";
import { type LookWay, lookAt, publicWay } from "./look.ts";
import { Names } from "./names.ts";
import { sendNotify } from "./send-notify.ts";
import { Wake } from "../wake.ts";

/** Questions and NOTIFYs under way at once. */
const asksMax = 200;
/** Sets that are compared to prove one change at a server with serials of its own. */
const provenSetsMax = 50;
/** Timers further away than this are set in steps. */

export interface OutwardStory {
  readonly subject: string;
  readonly rule: string;
  readonly sentence: string;
}

export interface OutwardParts {
  readonly clock: Clock;
  /** Where muster's own server can be asked, once it listens. */
  readonly embedded: () => readonly Endpoint[];
  /** The managed sets of a zone as they are decided; a set without records means: nothing there. */
  readonly decided: (origin: string) => Iterable<RRset>;
  /** A line of the story. */
  readonly onStory: (story: OutwardStory) => void;
  /** A secondary has a serial that muster never handed out, as far as it knows. */
  readonly onAhead: (ahead: { origin: string; serial: number; endpoint: string }) => void;
  /** From `at` on no watched nameserver has served data older than `serial`. */
  readonly onServedEverywhere: (served: { origin: string; serial: number; at: Wall }) => void;
}

export interface OutwardRunner {
  /** Zones, peers and nameservers are now these. Also to be called when muster's own server begins to listen. */
  configure(config: Config): void;
  /** Alarms that were told before a restart; to be called before `configure`. */
  recall(alarms: readonly RecalledAlarm[]): void;
  /** The serial is durable and served here. `quiet`: as it was before a restart, so nobody is told. */
  published(change: { readonly origin: string; readonly serial: number; readonly quiet?: boolean }): void;
  view(): readonly NameserverView[];
  audits(): ReadonlyMap<string, readonly string[]>;
  /** Null: some may still serve older data. */
  servedEverywhereAt(origin: string, serial: number): Wall | null;
  close(): void;
}

export function startOutward(parts: OutwardParts): OutwardRunner {
  return new OutwardLoop(parts);
}

class OutwardLoop implements OutwardRunner {
  readonly #parts: OutwardParts;
  readonly #machine = new Outward();
  readonly #names: Names;
  readonly #stop = new AbortController();
  readonly #gate = new Gate(asksMax);
  #config: Config | null = null;
  #keys: ReadonlyMap<string, TsigKey> = new Map();
  /** By zone, as last seen on a nameserver. */
  readonly #soas = new Map<string, ResourceRecord>();
  readonly #wake: Wake;

  constructor(parts: OutwardParts) {
    this.#parts = parts;
    this.#wake = new Wake({ clock: parts.clock, tick: () => this.#dispatch({ kind: "tick" }) });
    this.#names = new Names({ onChange: () => this.#applyConfig(), tell: parts.onStory });
  }

  configure(config: Config): void {
    this.#config = config;
    const origins = new Set([...config.zones.map(({ origin }) => origin), config.catalog?.origin]);
    for (const origin of this.#soas.keys()) if (!origins.has(origin)) this.#soas.delete(origin);
    this.#keys = new Map(config.keys.map((key) => [key.name, tsigKey(key)]));
    this.#applyConfig();
    this.#names.want(namesToResolve(config));
  }

  recall(alarms: readonly RecalledAlarm[]): void {
    this.#dispatch({ kind: "recalled", alarms });
  }

  published({ origin, serial, quiet = false }: { origin: string; serial: number; quiet?: boolean }): void {
    this.#dispatch({ kind: "published", origin, serial, quiet });
  }

  view(): readonly NameserverView[] {
    return viewNameservers(this.#machine.state, this.#parts.clock.now());
  }

  audits(): ReadonlyMap<string, readonly string[]> {
    return auditFindings(this.#machine.state);
  }

  servedEverywhereAt(origin: string, serial: number): Wall | null {
    return servedEverywhereAt(this.#machine.state, origin, serial);
  }

  close(): void {
    this.#stop.abort();
    this.#names.close();
    this.#wake.end();
  }

  #applyConfig(): void {
    const config = this.#config;
    if (config === null) return;
    const around = { resolved: this.#names.resolved, embedded: this.#parts.embedded() };
    this.#dispatch({ kind: "configured", zones: outwardZones(config, around), audit: config.audit });
  }

  #dispatch(event: OutwardEvent): void {
    if (this.#stop.signal.aborted) return;
    for (const effect of this.#machine.step(event, this.#parts.clock.now())) this.#perform(effect);
    this.#wake.set(this.#machine.nextWakeAt);
  }

  #perform(effect: OutwardEffect): void {
    switch (effect.kind) {
      case "notify":
        return void this.#gate.run(() => this.#notify(effect));
      case "ask-soa":
        return void this.#gate.run(() => this.#look(effect));
      case "audit":
        return void this.#audit(effect.origin);
      case "tell":
        return this.#parts.onStory({ subject: effect.subject, rule: effect.rule, sentence: effect.sentence });
      case "ahead":
        return this.#parts.onAhead({ origin: effect.origin, serial: effect.serial, endpoint: effect.endpoint });
      case "served-everywhere":
        return this.#parts.onServedEverywhere({ origin: effect.origin, serial: effect.serial, at: effect.at });
      default:
        return unreachable(effect);
    }
  }

  async #notify({ origin, peer, serial }: Extract<OutwardEffect, { kind: "notify" }>): Promise<void> {
    const key = peer.key === null ? null : (this.#keys.get(peer.key) ?? null);
    const soa = this.#soas.get(origin) ?? null;
    const { signal } = this.#stop;
    const outcome = await sendNotify({ origin: textName(origin), serial, soa, endpoint: peer, key, signal });
    const event = { origin, peer: endpointKey(peer) };
    if (outcome.kind === "answered") this.#dispatch({ kind: "notify-answered", ...event, rcode: outcome.rcode });
    else this.#dispatch({ kind: "notify-silent", ...event, reason: outcome.reason });
  }

  async #look({ origin, watch, serial }: Extract<OutwardEffect, { kind: "ask-soa" }>): Promise<void> {
    const sets = watch.proof === "records" ? this.#decided(origin).slice(0, provenSetsMax) : [];
    const { signal } = this.#stop;
    const way = this.#wayTo(origin, watch.endpoint);
    const { outcome, soa } = await lookAt({ origin: textName(origin), watch, serial, sets, way, signal });
    if (soa !== null) this.#soas.set(origin, soa);
    this.#dispatch({ kind: "soa-seen", origin, endpoint: endpointKey(watch.endpoint), outcome });
  }

  async #audit(origin: string): Promise<void> {
    const zone = this.#machine.state.zones.get(origin) ?? null;
    const isCatalog = origin === this.#config?.catalog?.origin;
    const faults = await (isCatalog ? this.#auditCatalog(origin, zone) : this.#auditZone(origin, zone));
    this.#dispatch({ kind: "audited", origin, faults });
  }

  #auditZone(origin: string, zone: ZoneState | null): Promise<readonly AuditFault[]> {
    return auditConfigured({
      origin,
      config: this.#config,
      zone,
      decided: () => this.#decided(origin),
      now: this.#parts.clock.now(),
      signal: this.#stop.signal,
    });
  }

  #decided(origin: string): readonly RRset[] {
    return setsOf(origin, this.#parts.decided(origin), this.#config ?? { zones: [] });
  }

  async #auditCatalog(origin: string, zone: ZoneState | null): Promise<readonly AuditFault[]> {
    const published = zone?.publications.at(-1);
    if (zone === null || published === undefined) return [];
    const watches = [...zone.watches.values()].map(({ config }) => config);
    const wayTo = ({ endpoint }: WatchConfig): LookWay => this.#wayTo(origin, endpoint);
    return auditCatalog({ origin, watches, serial: published.serial, wayTo, signal: this.#stop.signal });
  }

  /** A catalog is for secondaries alone: Knot answers questions about it over TCP only, and to whoever may transfer it. */
  #wayTo(origin: string, endpoint: Endpoint): LookWay {
    const catalog = this.#config?.catalog ?? null;
    if (catalog?.origin !== origin) return publicWay;
    const peer = catalog.transfer.to.find((one) => endpointKey(one) === endpointKey(endpoint));
    return { transport: "tcp", key: this.#keys.get(peer?.key ?? "") ?? null };
  }
}

function tsigKey({ algorithm, name, secret }: Config["keys"][number]): TsigKey {
  return { name: textName(name), algorithm, secret: base64Octets(secret) ?? new Uint8Array(0) };
}
