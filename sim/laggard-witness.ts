/**
 * A promise about secondaries, watched from outside: one that lacks what is published, for longer than muster waits, is told
 * of; and when it answers all the while, it is told to be behind.
 */
import type { Mono } from "../src/base/time.ts";
import { serialGreater } from "../src/dns/serial.ts";
import type { Config, HistoryEvent } from "../src/core/model.ts";
import type { Host } from "./host.ts";
import type { Network } from "./network.ts";
import type { Secondary } from "./secondary.ts";
import { BrokenPromise } from "./zone-witness.ts";

/** What was published a moment ago, and questions that are under way. */
const lateMs = 5000;

/** One that has not moved, though it should have. */
interface Lag {
  readonly serial: number | null;
  readonly since: Mono;
  /** Since when nothing was lost on the way to it. */
  soundSince: Mono;
}

export class LaggardPromises {
  readonly #lags = new Map<Secondary, Lag>();
  /** Rules of alarms that are not over, by zone and nameserver. */
  readonly #told = new Map<string, string>();

  /** What was told before is told again, if it is still so. */
  onStart(): void {
    this.#lags.clear();
    this.#told.clear();
  }

  /** Who is not asked any more is begun with anew. */
  onReload({ zones }: Config): void {
    const kept = new Set(zones.map(({ origin }) => origin));
    for (const secondary of this.#lags.keys()) if (!kept.has(secondary.parts.origin)) this.#lags.delete(secondary);
  }

  onTell({ rule, sentence, subject }: HistoryEvent): void {
    const who = /^\S+ \(([^)]+)\)/.exec(sentence)?.[1];
    if (!rule.startsWith("nameserver/") || who === undefined) return;
    if (rule === "nameserver/well" || rule === "nameserver/gone") this.#told.delete(`${subject} ${who}`);
    else this.#told.set(`${subject} ${who}`, rule);
  }

  /** Called once a simulated second. */
  check(host: Host, network: Network): void {
    if (host.zones === null) return;
    for (const secondary of host.secondaries) this.#checkOne(secondary, { host, network });
  }

  #checkOne(secondary: Secondary, { host, network }: { host: Host; network: Network }): void {
    const { origin, peer } = secondary.parts;
    const { now } = host.world.agenda;
    const published = host.disk.pasts.get(origin)?.serial;
    const { serial } = secondary;
    const lacks = published !== undefined && (serial === null || serialGreater(published, serial));
    const known = this.#lags.get(secondary);
    const lag = known !== undefined && known.serial === serial ? known : { serial, since: now, soundSince: now };
    if (network.loss > 0) lag.soundSince = now;
    const isServed = (host.zones?.server.zone(origin) ?? null) !== null;
    if (!lacks || !isServed || host.world.diskFull) return void this.#lags.delete(secondary);
    this.#lags.set(secondary, lag);
    const waitMs = host.config.audit.lagMsMax + lateMs;
    if (now - lag.since < waitMs) return;
    const told = this.#told.get(`${origin} ${peer.address}:${peer.port}`);
    const what = `${peer.address} has serial ${serial} of ${origin} where ${published} is published`;
    if (told === undefined) throw new BrokenPromise(`${what}, and nobody was told`);
    // An alarm under another name is told again when its cause has been another for as long.
    if (serial !== null && told !== "nameserver/behind" && now - Math.max(lag.since, lag.soundSince) > 2 * waitMs)
      throw new BrokenPromise(`${what}, and is told as ${told}`);
  }
}
