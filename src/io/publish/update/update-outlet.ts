/**
 * An outlet that sends a zone's managed records to one other nameserver by UPDATE (RFC 2136). This side carries out what
 * `roles/update-outlet.ts` decides: it asks and writes over TCP, where nothing is cut, doubled or put out of order, sets
 * one timer, and says when the view has changed. Each server has an outlet of its own, so nobody waits for another.
 */
import { randomInt } from "node:crypto";
import { createPrng } from "../../../base/prng.ts";
import type { KeyConfig, PeerConfig } from "../../../core/model.ts";
import type { OutletView } from "../../../core/view.ts";
import { makeMessage } from "../../../dns/message.ts";
import { encodeMessage } from "../../../dns/message-write.ts";
import { textName } from "../../../dns/name.ts";
import { rrClass } from "../../../dns/rr-types.ts";
import type { Name, SetKey } from "../../../dns/types.ts";
import { encodeUpdate } from "../../../dns/update/encode.ts";
import type { Prerequisite, UpdateChange } from "../../../dns/update/request.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Log } from "../../../ports/log.ts";
import type { Outlet, WantedZone } from "../../../ports/outlet.ts";
import { UpdateOutlet } from "../../../roles/update-outlet.ts";
import type {
  FoundSet,
  SetChange,
  UpdateOutletEffect,
  UpdateOutletEvent,
} from "../../../roles/update-outlet-effects.ts";
import type { UpdateOutletLimits } from "../../../roles/update-outlet-limits.ts";
import { Wake } from "../../wake.ts";
import { readFound, readUpdateAnswer } from "./answers.ts";
import { Exchange } from "./exchange.ts";

export interface UpdateOutletParts {
  /** Lower-case text without final dot. */
  readonly zone: string;
  readonly server: PeerConfig;
  /** Null: updates are not signed. */
  readonly key: KeyConfig | null;
  readonly clock: Clock;
  readonly log: Log;
  /** Called after each change of the view, never within `want`. */
  readonly onChange: (view: OutletView) => void;
  /** Closes it. */
  readonly signal: AbortSignal;
  readonly limits?: Partial<UpdateOutletLimits>;
}

export function createUpdateOutlet(parts: UpdateOutletParts): Outlet {
  const outlet = new ServerOutlet(parts);
  parts.signal.addEventListener("abort", () => outlet.stop(), { once: true });
  if (parts.signal.aborted) outlet.stop();
  return {
    want: (zone) => outlet.want(zone),
    view: () => outlet.view(),
    close: async () => outlet.stop(),
  };
}

class ServerOutlet {
  readonly #parts: UpdateOutletParts;
  readonly #origin: Name;
  readonly #machine: UpdateOutlet;
  readonly #exchange: Exchange;
  readonly #wake: Wake;
  #told: OutletView;
  #stopped = false;

  constructor(parts: UpdateOutletParts) {
    const { clock, key, server, zone, limits = {} } = parts;
    this.#parts = parts;
    this.#origin = textName(zone);
    this.#exchange = new Exchange(server, key, clock);
    const prng = createPrng(randomInt(2 ** 32));
    this.#machine = new UpdateOutlet({ zone, name: outletName(server), now: clock.now(), prng, limits });
    this.#told = this.#machine.view;
    this.#wake = new Wake({ clock, tick: () => this.#step({ kind: "tick" }) });
  }

  want(zone: WantedZone): void {
    this.#step({ kind: "wanted", zone });
  }

  view(): OutletView {
    return this.#machine.view;
  }

  stop(): void {
    this.#stopped = true;
    this.#wake.end();
    this.#exchange.close();
  }

  #step(event: UpdateOutletEvent): void {
    if (this.#stopped) return;
    for (const effect of this.#machine.step(event, this.#parts.clock.now())) this.#perform(effect);
    this.#wake.set(this.#machine.nextWakeAt);
    if (this.#machine.view === this.#told) return;
    this.#told = this.#machine.view;
    const view = this.#told;
    queueMicrotask(() => this.#parts.onChange(view));
  }

  #perform(effect: UpdateOutletEffect): void {
    switch (effect.kind) {
      case "ask":
        return void this.#ask(effect.request, effect.sets);
      case "write":
        return void this.#write(effect.request, effect.changes);
      case "tell":
        if (effect.level === "drift") return this.#parts.log.warn(effect.sentence, { drift: true });
        return this.#parts.log[effect.level](effect.sentence);
    }
  }

  /** All questions at once on the one connection; one that fails fails them all. */
  async #ask(request: number, keys: readonly SetKey[]): Promise<void> {
    const answers = await Promise.all(keys.map((key) => this.#askOne(key)));
    const sets: FoundSet[] = [];
    for (const answer of answers) {
      if (answer.kind === "failed") return this.#step({ ...answer, request });
      sets.push(answer);
    }
    this.#step({ kind: "found", request, sets });
  }

  async #askOne(key: SetKey) {
    const questions = [{ name: key.owner, type: key.type, class: rrClass.IN }];
    const heard = await this.#exchange.exchange((id) => encodeMessage(makeMessage({ id, questions })));
    if (heard.kind === "failed") return heard;
    const found = readFound(key, heard.message);
    return found.kind === "failed" ? { ...found, cause: "refused" as const } : found;
  }

  async #write(request: number, changes: readonly SetChange[]): Promise<void> {
    const update = {
      origin: this.#origin,
      prerequisites: changes.map(({ before }) => prerequisiteOf(before)),
      changes: changes.flatMap(({ after }) => updateOf(after)),
    };
    const heard = await this.#exchange.exchange((id) => encodeUpdate({ id, ...update }));
    const failure = heard.kind === "failed" ? heard : readUpdateAnswer(heard.message);
    if (failure === null) return this.#step({ kind: "written", request });
    this.#step({ kind: "failed", request, cause: failure.cause, reason: failure.reason });
  }
}

/** `update 192.0.2.53:53`. */
function outletName({ address, port }: PeerConfig): string {
  return `update ${address.includes(":") ? `[${address}]` : address}:${port}`;
}

/** Without it, nothing is changed (RFC 2136, 2.4.2 and 2.4.3). */
function prerequisiteOf({ owner, type, rdata }: SetChange["before"]): Prerequisite {
  return rdata.length === 0 ? { kind: "set-not-exists", owner, type } : { kind: "set-exists-with", owner, type, rdata };
}

/** The whole set anew: what was there goes, what should be there comes, in one step for whoever asks. */
function updateOf({ owner, type, ttlSeconds, rdata }: SetChange["after"]): readonly UpdateChange[] {
  const adds = rdata.map((one): UpdateChange => ({ kind: "add", owner, type, ttlSeconds, rdata: one }));
  return [{ kind: "delete-set", owner, type }, ...adds];
}
