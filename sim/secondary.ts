/**
 * A simulated secondary nameserver (RFC 1034, 4.3.5; RFC 1995, RFC 1996): it asks its primary when it is told to and
 * every now and then by itself, applies differences or takes the zone whole, and outlives the primary's crashes.
 */
import type { Config, PeerConfig } from "../src/core/model.ts";
import { serialGreater } from "../src/dns/serial.ts";
import type { ZoneDelta, ZoneRecord } from "../src/dns/types.ts";
import { recordKey } from "../src/dns/zone-records.ts";
import type { Network } from "./network.ts";
import { BrokenPromise, type ZonePromises } from "./zone-witness.ts";
import type { TransferAnswer, ZoneServer } from "./zone-server.ts";

const refreshMs = 7000;
/** A transfer that has not come back by then is begun anew. */
const transferMsMax = 2000;

interface Around {
  readonly network: Network;
  /** Null while the primary is dead. */
  readonly primary: () => ZoneServer | null;
  readonly promises: ZonePromises;
}

export interface SecondaryParts extends Around {
  readonly peer: PeerConfig;
  readonly origin: string;
}

export function startSecondaries({ zones }: Config, around: Around): readonly Secondary[] {
  const secondaries = zones.flatMap(({ origin, transfer }) =>
    transfer.to.map((peer) => new Secondary({ peer, origin, ...around })),
  );
  for (const secondary of secondaries) secondary.start();
  return secondaries;
}

export class Secondary {
  readonly parts: SecondaryParts;
  /** It answers, and takes nothing. */
  isStuck = false;
  /** Null: it never had the zone. */
  serial: number | null = null;
  records = new Map<string, ZoneRecord>();
  #transfer = 0;
  #busy = false;
  /** A NOTIFY came while a transfer was under way. */
  #again = false;

  constructor(parts: SecondaryParts) {
    this.parts = parts;
  }

  start(): void {
    const { agenda, prng } = this.parts.network;
    this.#ask();
    agenda.after(refreshMs * (0.5 + prng.next()), () => this.start());
  }

  /** It never had the zone. */
  reset(): void {
    this.#transfer += 1;
    this.#busy = false;
    this.serial = null;
    this.records = new Map();
  }

  /** RFC 1996, 3.11: a serial that is not ahead is no news. */
  notify(serial: number): void {
    if (this.serial !== null && !serialGreater(serial, this.serial)) return;
    if (this.#busy) this.#again = true;
    else this.#ask();
  }

  #ask(): void {
    if (this.#busy || this.isStuck) return;
    this.#busy = true;
    const number = ++this.#transfer;
    const { network, origin, primary } = this.parts;
    const condensed = network.prng.next() < 0.5;
    const whole = network.prng.next() < 0.1;
    const from = this.serial;
    network.send(() => {
      const answer = primary()?.transfer(origin, whole ? null : from, condensed) ?? null;
      if (answer !== null) network.send(() => this.#take(number, answer));
    });
    network.agenda.after(transferMsMax, () => this.#end(number));
  }

  #end(number: number): void {
    if (number !== this.#transfer || !this.#busy) return;
    this.#busy = false;
    const again = this.#again;
    this.#again = false;
    if (again) this.#ask();
  }

  #take(number: number, answer: TransferAnswer): void {
    if (number !== this.#transfer || !this.#busy || this.isStuck) return;
    const before = this.serial;
    if (answer.kind === "deltas") for (const delta of answer.deltas) this.#apply(delta);
    if (answer.kind === "whole" && (before === null || serialGreater(answer.serial, before))) this.#replace(answer);
    if (this.serial !== before) this.parts.promises.onSecondary(this);
    this.#end(number);
  }

  #replace({ records, serial }: Extract<TransferAnswer, { kind: "whole" }>): void {
    this.records = new Map(records.map((record) => [recordKey(record), record]));
    this.serial = serial;
  }

  #apply({ added, from, removed, to }: ZoneDelta): void {
    if (from !== this.serial) this.#misfit(`a difference begins at ${from}, the secondary is at ${this.serial}`);
    for (const record of removed) {
      if (!this.records.delete(recordKey(record)))
        this.#misfit(`the difference from ${from} to ${to} removes a record that is not there`);
    }
    for (const record of added) this.records.set(recordKey(record), record);
    this.serial = to;
  }

  /** A difference does not fit what it has. */
  #misfit(sentence: string): never {
    throw new BrokenPromise(`${this.parts.origin}: ${sentence}`);
  }
}
