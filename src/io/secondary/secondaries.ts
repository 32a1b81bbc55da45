/**
 * Carries out what the secondary machine wants: SOA questions, transfers, copies, and waits. What came of a transfer goes
 * to the answering threads and to the controller, whole or not at all.
 */
import { unreachable } from "../../base/assert.ts";
import { createPrng } from "../../base/prng.ts";
import { type Wall, wall } from "../../base/time.ts";
import { zonesOf } from "../../core/catalog.ts";
import type { Config, PeerConfig } from "../../core/model.ts";
import { nameText, textName } from "../../dns/name.ts";
import { base64Octets } from "../../dns/octets.ts";
import type { TsigKey } from "../../dns/tsig.ts";
import type { Name } from "../../dns/types.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { LoadedZone, Nameserver } from "../../ports/nameserver.ts";
import type { ControllerEvent } from "../../roles/effects.ts";
import { Secondary } from "../../roles/secondary.ts";
import type {
  SecondaryEffect,
  SecondaryEvent,
  SecondaryView,
  SoaNumbers,
  TransferOutcome,
} from "../../roles/secondary/events.ts";
import { Gate } from "../audit/gate.ts";
import { askSoa } from "./ask-soa.ts";
import { Copies } from "./copies.ts";
import { copyConfirmedAt, copyPath } from "./copy-file.ts";
import type { Answer } from "./protocol.ts";
import { TransferThread } from "./transfer-thread.ts";
import { Wake } from "../wake.ts";

/** SOA questions under way at once. */
const asksMax = 50;
/** Transfers under way at once: each may hold a whole zone besides the one that is served. */
const transfersMax = 3;
/** A start waits so long for the first answers of primaries; zones that come later are served when they come. */
const firstWaitMsMax = 8000;
/** Timers further away than this are set in steps. */

export interface SecondaryTimes {
  /** For the SOA, over UDP and then over TCP. */
  readonly soaMs: number;
  /** Longest silence in a transfer, and its whole length. */
  readonly silenceMs: number;
  readonly transferMs: number;
}

const usualTimes: SecondaryTimes = { soaMs: 2000, silenceMs: 10_000, transferMs: 600_000 };

export interface SecondariesParts {
  readonly nameserver: Pick<Nameserver, "loadZone">;
  readonly clock: Clock;
  readonly dispatch: (event: ControllerEvent) => void;
  /** A zone was loaded anew: what differs from before must become durable, then others are told. */
  readonly loaded: (origin: Name, loaded: LoadedZone) => void;
  /** Where copies are kept, beside the database. */
  readonly folder: string;
  readonly log: Log;
  readonly seed: number;
  readonly times?: Partial<SecondaryTimes>;
}

export interface Secondaries {
  /** Primaries and keys are now these. Zones that have none any more are not followed. */
  configure(config: Config): void;
  /**
   * Take the zone from its primaries from now on; said again: look now, and take what is older, too. Resolves when the
   * zone is there, or there is nothing more to wait for at a start.
   */
  follow(origin: string): Promise<void>;
  forget(origin: string): void;
  notified(origin: string, serial: number | null, from: string): void;
  view(): readonly SecondaryView[];
  close(): Promise<void>;
}

export function startSecondaries(parts: SecondariesParts): Secondaries {
  return new SecondaryLoop(parts);
}

type EffectOf<K extends SecondaryEffect["kind"]> = Extract<SecondaryEffect, { kind: K }>;

class SecondaryLoop implements Secondaries {
  readonly #parts: SecondariesParts;
  readonly #machine: Secondary;
  readonly #thread = new TransferThread();
  readonly #asks = new Gate(asksMax);
  readonly #transfers = new Gate(transfersMax);
  readonly #copies: Copies;
  readonly #stop = new AbortController();
  /** Of each zone that is followed: aborted when it is not any more. */
  readonly #followed = new Map<string, AbortController>();
  /** Who waits for a zone to be there. */
  readonly #waiting = new Map<string, readonly (() => void)[]>();
  #primaries = new Map<string, readonly PeerConfig[]>();
  #keys = new Map<string, TsigKey>();
  readonly #wake: Wake;

  constructor(parts: SecondariesParts) {
    this.#parts = parts;
    this.#machine = new Secondary(createPrng(parts.seed));
    this.#wake = new Wake({ clock: parts.clock, tick: () => this.#step({ kind: "tick" }) });
    this.#copies = new Copies({
      pathOf: (origin) => copyPath(parts.folder, origin),
      save: (origin, path, confirmedAt) => this.#save(origin, path, confirmedAt),
      onTrouble: (reason) => this.#tellCopies(reason),
    });
  }

  configure(config: Config): void {
    this.#keys = new Map(config.keys.map((key) => [key.name, tsigKey(key)]));
    const zones = zonesOf(config).filter(({ primaries }) => primaries.length > 0);
    this.#primaries = new Map(zones.map(({ origin, primaries }) => [origin, primaries]));
    for (const origin of [...this.#followed.keys()]) if (!this.#primaries.has(origin)) this.forget(origin);
  }

  async follow(origin: string): Promise<void> {
    if (this.#stop.signal.aborted) return;
    if (!this.#followed.has(origin)) this.#followed.set(origin, new AbortController());
    this.#step({ kind: "followed", origin, primaries: this.#primaries.get(origin) ?? [] });
    if (this.#machine.isSettled(origin)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = this.#waiting.get(origin) ?? [];
    this.#waiting.set(origin, [...waiting, resolve]);
    const timer = setTimeout(resolve, firstWaitMsMax);
    await promise;
    clearTimeout(timer);
  }

  forget(origin: string): void {
    this.#followed.get(origin)?.abort();
    this.#followed.delete(origin);
    this.#step({ kind: "forgotten", origin });
    this.#copies.forget(origin);
    void this.#thread.ask({ kind: "forget", origin: textName(origin) });
  }

  notified(origin: string, serial: number | null, from: string): void {
    this.#step({ kind: "notified", origin, serial, from });
  }

  view(): readonly SecondaryView[] {
    return this.#machine.view();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    for (const control of this.#followed.values()) control.abort();
    this.#wake.end();
    for (const resolve of [...this.#waiting.values()].flat()) resolve();
    await this.#copies.close();
    await this.#thread.close();
  }

  #step(event: SecondaryEvent): void {
    if (this.#stop.signal.aborted) return;
    for (const effect of this.#machine.step(event, this.#parts.clock.now())) this.#perform(effect);
    for (const [origin, waiting] of this.#waiting) {
      if (!this.#machine.isSettled(origin)) continue;
      this.#waiting.delete(origin);
      for (const resolve of waiting) resolve();
    }
    this.#wake.set(this.#machine.nextWakeAt);
  }

  #perform(effect: SecondaryEffect): void {
    switch (effect.kind) {
      case "restore":
        return void this.#restore(effect.origin);
      case "ask-soa":
        return void this.#asks.run(() => this.#ask(effect));
      case "transfer":
        return void this.#transfers.run(() => this.#transfer(effect));
      case "confirmed":
        return this.#copies.note(effect.origin, this.#parts.clock.now().wall, false);
      case "tell":
        return this.#tell(effect);
      default:
        return unreachable(effect);
    }
  }

  #tell({ origin, rule, sentence, trouble }: EffectOf<"tell">): void {
    this.#parts.dispatch({ kind: "primaries-told", origin, rule, sentence, trouble });
  }

  #tellCopies(reason: string | null): void {
    const [rule, sentence] =
      reason === null
        ? ["secondary/copies-work", "copies of zones from primaries are written again"]
        : ["secondary/copies-failed", `copies of zones from primaries cannot be written: ${reason}; it is tried again`];
    this.#parts.dispatch({ kind: "trouble", subject: "muster", rule, sentence });
  }

  /** Aborted when the zone is not followed any more, or the program ends. */
  #signalOf(origin: string): AbortSignal {
    return this.#followed.get(origin)?.signal ?? AbortSignal.abort();
  }

  async #ask({ origin, primary, request }: EffectOf<"ask-soa">): Promise<void> {
    const signal = this.#signalOf(origin);
    const key = this.#keyOf(primary);
    const timeoutMs = this.#times.soaMs;
    const outcome = await askSoa({ origin: textName(origin), primary, key, timeoutMs, signal });
    this.#step({ kind: "soa-seen", origin, request, outcome });
  }

  get #times(): SecondaryTimes {
    return { ...usualTimes, ...this.#parts.times };
  }

  #keyOf({ key }: PeerConfig): TsigKey | null {
    return key === null ? null : (this.#keys.get(key) ?? null);
  }

  /** A copy that is damaged is told of and passed over: the primary has better. */
  async #restore(origin: string): Promise<void> {
    const signal = this.#signalOf(origin);
    const path = copyPath(this.#parts.folder, origin);
    const answer = await this.#thread.ask({ kind: "restore", origin: textName(origin), path });
    if (answer.kind === "failed") {
      const sentence = `the copy of zone ${origin} is not used: ${answer.reason}`;
      this.#parts.dispatch({ kind: "trouble", subject: origin, rule: "secondary/copy-damaged", sentence });
    }
    const restored = answer.kind === "whole" && (await this.#load(origin, answer, signal)) === null;
    const held = restored ? { soa: answer.soa, confirmedAt: confirmedAt(path) } : null;
    if (!signal.aborted) this.#step({ kind: "restored", origin, held });
  }

  async #transfer(effect: EffectOf<"transfer">): Promise<void> {
    const { from, origin, primary, promised, request } = effect;
    const signal = this.#signalOf(origin);
    if (signal.aborted) return;
    const { silenceMs, transferMs } = this.#times;
    const times = { silenceMs, wholeMs: transferMs };
    const job = { origin: textName(origin), primary, key: this.#keyOf(primary), from, promised, times };
    const answer = await this.#thread.ask({ kind: "transfer", ...job }, signal);
    if (signal.aborted) return;
    const outcome = await this.#take(origin, answer, signal);
    if (outcome.kind === "taken") this.#copies.note(origin, this.#parts.clock.now().wall, true);
    this.#step({ kind: "transferred", origin, request, outcome });
  }

  async #take(origin: string, answer: Answer, signal: AbortSignal): Promise<TransferOutcome> {
    switch (answer.kind) {
      case "whole": {
        const reason = await this.#load(origin, answer, signal);
        return reason === null ? taken(answer.soa) : failed(reason);
      }
      case "differences": {
        const { put, remove, soa } = answer;
        this.#parts.dispatch({ kind: "base-changed", origin, serial: soa.serial, put, remove });
        return taken(soa);
      }
      case "fault":
        return answer;
      case "failed":
        return failed(answer.reason);
      case "absent":
      case "done":
        return failed(`a transfer was answered with "${answer.kind}"`);
      default:
        return unreachable(answer);
    }
  }

  /** Serves a whole zone in the place of the base that was there. Null, or why it was refused. */
  async #load(origin: string, whole: Extract<Answer, { kind: "whole" }>, signal: AbortSignal): Promise<string | null> {
    const { dispatch, loaded, log, nameserver } = this.#parts;
    const name = textName(origin);
    const outcome = await nameserver
      .loadZone({ origin: name, pieces: whole.pieces })
      .catch((error: unknown) => ({ ok: false as const, error: [String(error)] }));
    const accept = outcome.ok && !signal.aborted;
    await this.#thread.ask({ kind: "settle", origin: name, accept });
    if (!outcome.ok) return outcome.error.join("; ");
    if (signal.aborted) return "it is not wanted any more";
    log.debug(`Zone ${nameText(name)} serial ${whole.soa.serial} was taken whole: ${whole.sets} sets.`);
    dispatch({ kind: "zone-loaded", origin, serial: outcome.value.serial });
    loaded(name, outcome.value);
    return null;
  }

  async #save(origin: string, path: string, at: number): Promise<string | null> {
    const answer = await this.#thread.ask({ kind: "save", origin: textName(origin), path, confirmedAt: at });
    return answer.kind === "failed" ? answer.reason : null;
  }
}

function taken(soa: SoaNumbers): TransferOutcome {
  return { kind: "taken", soa };
}

function failed(reason: string): TransferOutcome {
  return { kind: "fault", whole: false, fault: { kind: "refused", reason } };
}

/** A copy whose time cannot be read counts as very old. */
function confirmedAt(path: string): Wall {
  try {
    return wall(copyConfirmedAt(path));
  } catch {
    return wall(0);
  }
}

function tsigKey({ algorithm, name, secret }: Config["keys"][number]): TsigKey {
  return { name: textName(name), algorithm, secret: base64Octets(secret) ?? new Uint8Array(0) };
}
