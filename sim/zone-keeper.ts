/**
 * What one life of the controller does with its zones, as `io/zone-hands` does it: a change is served, then made durable
 * in order, then told to others by the real `Outward` machine, over the simulated network. A change that the disk does
 * not take is told later: what nobody outside has heard of cannot be taken back.
 */
import type { Config, Endpoint } from "../src/core/model.ts";
import { textName } from "../src/dns/name.ts";
import type { ZoneDelta, ZoneTransaction } from "../src/dns/types.ts";
import { type MemoryDisk, writePast } from "../src/ports/memory-store.ts";
import type { PastStep } from "../src/ports/store.ts";
import type { ControllerEvent, Effect } from "../src/roles/effects.ts";
import { Outward } from "../src/roles/outward.ts";
import { endpointKey, type OutwardEffect, type OutwardEvent } from "../src/roles/outward/events.ts";
import type { FileFaults } from "./file-outlets.ts";
import type { Network } from "./network.ts";
import type { OtherFile } from "./other-file.ts";
import type { OtherServer } from "./other-server.ts";
import type { OutletPromises } from "./outlet-witness.ts";
import { Outlets, type OutletsParts } from "./outlets.ts";
import type { Secondary } from "./secondary.ts";
import type { World } from "./world.ts";
import { originText, type ServerFaults, ZoneServer } from "./zone-server.ts";
import type { ZonePromises } from "./zone-witness.ts";

const keepMsMax = 8;
const keepAgainMs = 1000;
/** An answer that has not come by then is taken for none. */
const silentMs = 1500;

export interface KeeperFaults extends ServerFaults {
  /** NOTIFY leaves before the serial is durable. */
  readonly notifyEarly?: boolean;
  /** Nobody is told of a nameserver that is late. */
  readonly patient?: boolean;
  /** Other nameservers do not get some of the changes. */
  readonly deafOutlets?: boolean;
  /** After a crash a zone that is as it was goes on with the serial that was saved. */
  readonly goOnQuietly?: boolean;
  readonly files?: FileFaults;
}

export interface KeeperParts {
  readonly world: World;
  readonly network: Network;
  readonly disk: MemoryDisk;
  readonly secondaries: readonly Secondary[];
  /** They are updated. */
  readonly others: readonly OtherServer[];
  /** They are written. */
  readonly files: readonly OtherFile[];
  readonly promises: { readonly zones: ZonePromises; readonly outlets: OutletPromises };
  readonly dispatch: (event: ControllerEvent) => void;
  readonly faults: KeeperFaults;
}

interface Keeping {
  readonly step: PastStep;
  readonly kept: () => void;
}

export class ZoneKeeper {
  readonly server: ZoneServer;
  readonly #parts: KeeperParts;
  readonly #outward = new Outward();
  readonly #outlets: Outlets;
  readonly #waiting: Keeping[] = [];
  #keeping = false;
  #dead = false;
  #cancelWake: () => void = () => undefined;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.server = new ZoneServer(parts.faults);
    const { dispatch, faults, files, network, others, promises, world } = parts;
    const tell: OutletsParts["tell"] = (subject, rule, sentence) =>
      dispatch({ kind: "trouble", subject, rule, sentence });
    this.#outlets = new Outlets({
      world,
      network,
      servers: others,
      files,
      promises: promises.outlets,
      tell,
      readZone: (origin) => this.server.sets(origin),
      onAhead: (ahead) => dispatch({ kind: "serial-ahead", ...ahead }),
      faults: faults.files ?? {},
    });
  }

  configure(config: Config): void {
    this.#outlets.configure(config);
    const { audit, zones } = config;
    const configured = zones.map(({ origin, transfer }) => ({
      origin,
      secondaries: transfer.to,
      watches: transfer.to.map(({ address, port }) => ({
        name: "secondary",
        endpoint: { address, port },
        proof: "serial" as const,
      })),
      unresolved: [],
    }));
    const { patient = false } = this.#parts.faults;
    const lagMsMax = patient ? Number.POSITIVE_INFINITY : audit.lagMsMax;
    this.#step({ kind: "configured", zones: configured, audit: { ...audit, lagMsMax } });
  }

  die(): void {
    this.#dead = true;
    this.#outlets.die();
    this.#cancelWake();
  }

  load({ origin, sets }: Extract<Effect, { kind: "load-zone" }>): void {
    this.#later(5, () => {
      const serial = this.server.load(origin, sets);
      this.#parts.dispatch({ kind: "zone-loaded", origin, serial });
    });
  }

  open({ origin, serial: proposed }: Extract<Effect, { kind: "open-zone" }>): void {
    this.#later(keepMsMax, () => {
      const past = this.#parts.disk.pasts.get(origin) ?? null;
      const { digest, serial } = this.server.open(origin, { serial: proposed, past });
      const delta = serial === proposed ? null : this.#raise(origin, proposed);
      const opened = delta === null ? serial : proposed;
      this.#served(origin);
      this.#parts.dispatch({ kind: "zone-opened", origin, proposed, serial: opened });
      if (opened === past?.serial) this.#step({ kind: "published", origin, serial, quiet: true });
      else this.#keep({ zone: origin, serial: opened, digest, delta }, () => undefined);
    });
  }

  /**
   * A life that ended by a crash may have served serials that never became durable, and a secondary may have one of them.
   * So a zone that is as it was goes on with its differences, but not with its serial.
   */
  #raise(origin: string, serial: number): ZoneDelta | null {
    if (this.#parts.faults.goOnQuietly === true) return null;
    const change = { origin: textName(origin), serial, layer: "base", put: [], remove: [] } as const;
    return this.server.publish(change)?.delta ?? null;
  }

  /** `kept` is called when the change is served and durable. */
  publish(transaction: ZoneTransaction, kept: () => void): void {
    const origin = originText(transaction.origin);
    const changed = this.server.publish(transaction);
    if (this.#parts.faults.deafOutlets !== true || transaction.serial % 3 > 0) this.#outlets.take(transaction);
    if (changed === null) return kept();
    this.#served(origin);
    const { delta, digest } = changed;
    this.#keep({ zone: origin, serial: transaction.serial, digest, delta }, kept);
  }

  #served(origin: string): void {
    const zone = this.server.zone(origin);
    if (zone !== null) this.#parts.promises.zones.onServed(origin, zone);
  }

  #later(msMax: number, act: () => void): void {
    this.#parts.world.agenda.after(this.#parts.network.prng.next() * msMax, () => {
      if (!this.#dead) act();
    });
  }

  /** Steps become durable one after the other. */
  #keep(step: PastStep, kept: () => void): void {
    if (this.#parts.faults.notifyEarly === true) this.#publish(step);
    this.#waiting.push({ step, kept });
    if (!this.#keeping) this.#later(keepMsMax, () => this.#keepNext());
    this.#keeping = true;
  }

  #keepNext(): void {
    const { disk, world } = this.#parts;
    if (world.diskFull) {
      world.agenda.after(keepAgainMs, () => {
        if (!this.#dead) this.#keepNext();
      });
      return;
    }
    const next = this.#waiting.shift();
    if (next !== undefined) {
      writePast(disk, next.step);
      next.kept();
      if (this.#parts.faults.notifyEarly !== true) this.#publish(next.step);
    }
    if (this.#waiting.length > 0) this.#later(keepMsMax, () => this.#keepNext());
    else this.#keeping = false;
  }

  #publish({ serial, zone }: PastStep): void {
    this.#step({ kind: "published", origin: zone, serial, quiet: false });
  }

  #step(event: OutwardEvent): void {
    if (this.#dead) return;
    for (const effect of this.#outward.step(event, this.#parts.world.now())) this.#perform(effect);
    this.#cancelWake();
    const { agenda } = this.#parts.world;
    const at = this.#outward.nextWakeAt;
    if (Number.isFinite(at)) this.#cancelWake = agenda.after(at - agenda.now, () => this.#step({ kind: "tick" }));
  }

  #perform(effect: OutwardEffect): void {
    const { dispatch, disk, promises } = this.#parts;
    switch (effect.kind) {
      case "notify": {
        const { origin, peer, serial } = effect;
        promises.zones.onNotify(origin, serial, disk);
        const to = { origin, peer: endpointKey(peer) };
        return this.#ask(
          peer,
          (secondary) => {
            secondary.notify(serial);
            return { kind: "notify-answered", ...to, rcode: 0 };
          },
          { kind: "notify-silent", ...to, reason: "no answer" },
        );
      }
      case "ask-soa": {
        const { origin, watch } = effect;
        const to = { kind: "soa-seen", origin, endpoint: endpointKey(watch.endpoint) } as const;
        return this.#ask(
          watch.endpoint,
          ({ serial }) => ({
            ...to,
            outcome: serial === null ? { kind: "lame", reason: "has no zone" } : { kind: "serial", serial },
          }),
          { ...to, outcome: { kind: "unreachable", reason: "no answer" } },
        );
      }
      case "audit":
        return this.#later(100, () => this.#step({ kind: "audited", origin: effect.origin, faults: [] }));
      case "tell":
        return dispatch({ ...effect, kind: "trouble" });
      case "ahead":
        return dispatch({ ...effect, kind: "serial-ahead" });
      case "served-everywhere":
        return dispatch(effect);
    }
  }

  /** One message there and one back, either of which may be lost. */
  #ask(to: Endpoint, answer: (secondary: Secondary) => OutwardEvent, silence: OutwardEvent): void {
    const { network, secondaries } = this.#parts;
    const secondary = secondaries.find(({ parts }) => endpointKey(parts.peer) === endpointKey(to));
    let isOver = false;
    const end = (event: OutwardEvent): void => {
      if (isOver) return;
      isOver = true;
      this.#step(event);
    };
    network.send(() => {
      if (secondary === undefined) return;
      const event = answer(secondary);
      network.send(() => end(event));
    });
    network.agenda.after(silentMs, () => end(silence));
  }
}
