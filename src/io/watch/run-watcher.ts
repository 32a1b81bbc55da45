/**
 * `muster watch` at work: the one place on a watcher that waits. It feeds the clock, verdicts and the controller's wishes
 * to the state machine, starts probes, reports what changed at once and a sign of life each second, and connects again
 * when the connection is lost; meanwhile it goes on looking.
 */
import { setTimeout as pause } from "node:timers/promises";
import { createPrng } from "../../base/prng.ts";
import { never } from "../../base/time.ts";
import { loadConfig } from "../../config/load.ts";
import type { Config, Target } from "../../core/model.ts";
import type { Log } from "../../ports/log.ts";
import type { CancelProbe, Prober } from "../../ports/prober.ts";
import type { Effect } from "../../roles/effects.ts";
import { Watcher, type WatcherEvent } from "../../roles/watcher.ts";
import { createClock } from "../clock.ts";
import { createProber } from "../probe/prober.ts";
import { hashOf, type Token } from "./authority.ts";
import { type Identity, makeKeys, nameIn, readIdentity, saveIdentity, wantsRenewal } from "./identity.ts";
import { entriesPerMessage, pauseMsMax, pauseMsMin, protocolVersion } from "./limits.ts";
import { type Address, enrolAt, type Link, openLink } from "./link.ts";
import type { FromController } from "./messages.ts";

export interface RunWatcherOptions {
  readonly controller: Address;
  readonly folder: string;
  /** Null: it is enrolled already. */
  readonly token: Token | null;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const heartbeatMs = 1000;
const wakeMsMin = 2;
const wakeMsMax = 60_000;
const renewalCheckMs = 60_000;

/** Null: there is no identity in the folder, and no token to get one with. */
export async function identityFor(options: RunWatcherOptions): Promise<Identity | null> {
  const known = await readIdentity(options.folder);
  if (options.token === null) return known;
  if (known !== null && known.tokenHash === hashOf(options.token.secret)) return known;
  const identity = await enrolAt(options.controller, options.token);
  await saveIdentity(options.folder, identity);
  return identity;
}

/** Runs until the signal. */
export async function runWatcher(identity: Identity, options: RunWatcherOptions): Promise<void> {
  const prober = createProber();
  const run = new WatcherRun(identity, { ...options, prober });
  try {
    await run.stay();
  } finally {
    run.stop();
    await prober.close();
  }
}

class WatcherRun {
  readonly #options: RunWatcherOptions & { readonly prober: Prober };
  readonly #clock = createClock();
  readonly #watcher: Watcher;
  readonly #cancels = new Map<number, CancelProbe>();
  #identity: Identity;
  /** The key whose certificate is on its way. */
  #nextKey: string | null = null;
  #renewalAskedAt = Number.NEGATIVE_INFINITY;
  #link: Link | null = null;
  #sequence = 0;
  #wake: NodeJS.Timeout | null = null;
  #targets: Target[] = [];
  #references: Target[] = [];

  constructor(identity: Identity, options: RunWatcherOptions & { readonly prober: Prober }) {
    this.#identity = identity;
    this.#options = options;
    const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;
    this.#watcher = new Watcher({ config: bareConfig(), now: this.#clock.now(), prng: createPrng(seed) });
    options.prober.onTrip((targetId) => this.#dispatch({ kind: "tripped", targetId }));
    options.prober.onTrouble(({ rule, sentence, subject }) => options.log.warn(sentence, { rule, subject }));
  }

  /** Connects, and again, with pauses that grow, until the signal. */
  async stay(): Promise<void> {
    const { controller, log, signal } = this.#options;
    const beat = setInterval(() => this.#report(), heartbeatMs);
    let pauseMs = pauseMsMin;
    try {
      while (!signal.aborted) {
        const began = performance.now();
        const why = await this.#connection();
        if (signal.aborted) break;
        pauseMs = performance.now() - began > pauseMsMax ? pauseMsMin : Math.min(pauseMs * 2, pauseMsMax);
        log.warn(
          `the controller at ${controller.host}:${controller.port} is not reached: ${why}; trying again in ${pauseMs} ms`,
          {},
        );
        await pause(pauseMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
      }
    } finally {
      clearInterval(beat);
    }
  }

  stop(): void {
    if (this.#wake !== null) clearTimeout(this.#wake);
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
    this.#link?.cut("the watcher ends");
  }

  /** Resolves with the reason when the connection is over. */
  async #connection(): Promise<string> {
    const { controller, log, signal } = this.#options;
    const over = Promise.withResolvers<string>();
    let refusal: string | null = null;
    const cut = (): void => this.#link?.cut("the watcher ends");
    try {
      const link = await openLink(controller, this.#identity, {
        message: (message) => {
          if (message.kind === "refused") refusal = `it refuses: ${message.why}`;
          else this.#take(message);
        },
        end: (why) => over.resolve(refusal ?? why),
      });
      this.#link = link;
      this.#sequence = 0;
      signal.addEventListener("abort", cut, { once: true });
      if (signal.aborted) cut();
      log.info(`connected to ${controller.host}:${controller.port} as ${nameIn(this.#identity)}`, {});
      this.#report(true);
      return await over.promise;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      signal.removeEventListener("abort", cut);
      this.#link = null;
    }
  }

  #take(message: Exclude<FromController, { kind: "refused" }>): void {
    switch (message.kind) {
      case "targets":
        return this.#takeTargets(message);
      case "confirm":
        return this.#dispatch({ kind: "confirm", targetId: message.targetId });
      case "certificate":
        return void this.#takeCertificate(message.certificate);
    }
  }

  #takeTargets(message: Extract<FromController, { kind: "targets" }>): void {
    if (message.begin) {
      this.#targets = [];
      this.#references = [];
    }
    this.#targets.push(...message.targets);
    this.#references.push(...message.references);
    if (!message.end) return;
    this.#options.log.info(`looks at ${this.#targets.length} targets, with ${this.#references.length} references`, {});
    this.#dispatch({ kind: "assigned", targets: this.#targets, references: this.#references });
  }

  async #takeCertificate(certificate: string): Promise<void> {
    if (this.#nextKey === null) return;
    this.#identity = { ...this.#identity, key: this.#nextKey, certificate };
    this.#nextKey = null;
    try {
      await saveIdentity(this.#options.folder, this.#identity);
      this.#options.log.info("the certificate is renewed", {});
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#options.log.warn(`the renewed certificate cannot be kept: ${why}`, {});
    }
  }

  #dispatch(event: WatcherEvent): void {
    if (this.#options.signal.aborted) return;
    for (const effect of this.#watcher.step(event, this.#clock.now())) this.#perform(effect);
    if (event.kind === "verdict" && this.#link !== null) {
      const { sick, words } = this.#watcher.reportOn(event.targetId, this.#clock.now());
      if (words.length > 0) this.#send(words, sick);
    }
    this.#setWake();
  }

  #perform(effect: Effect): void {
    if (effect.kind === "cancel") {
      this.#cancels.get(effect.probe)?.();
      this.#cancels.delete(effect.probe);
    } else if (effect.kind === "forget") this.#options.prober.forget(effect.targetId);
    else if (effect.kind === "probe") {
      const { fresh, probe, target, timeoutMs } = effect;
      const cancel = this.#options.prober.start({ target, timeoutMs, fresh }, (verdict) => {
        this.#cancels.delete(probe);
        this.#dispatch({ kind: "verdict", targetId: target.id, probe, verdict });
      });
      this.#cancels.set(probe, cancel);
    }
  }

  #setWake(): void {
    if (this.#wake !== null) clearTimeout(this.#wake);
    const at = this.#watcher.nextWakeAt();
    if (at === never) return;
    const inMs = Math.min(wakeMsMax, Math.max(wakeMsMin, at - this.#clock.now().mono));
    this.#wake = setTimeout(() => this.#dispatch({ kind: "tick" }), inMs);
  }

  /** Whatever changed, or only a sign of life. */
  #report(all = false): void {
    if (this.#link === null) return;
    const { sick, words } = this.#watcher.report(this.#clock.now(), all);
    this.#send(words, sick);
    this.#renewIfDue();
  }

  #send(words: readonly object[], sick: string | null): void {
    for (let at = 0; at === 0 || at < words.length; at += entriesPerMessage) {
      this.#sequence += 1;
      const part = words.slice(at, at + entriesPerMessage);
      this.#link?.send({ v: protocolVersion, kind: "report", sequence: this.#sequence, sick, words: part });
    }
  }

  #renewIfDue(): void {
    const now = performance.now();
    if (now - this.#renewalAskedAt < renewalCheckMs || !wantsRenewal(this.#identity)) return;
    this.#renewalAskedAt = now;
    const { key, publicKey } = makeKeys();
    this.#nextKey = key;
    this.#link?.send({ v: protocolVersion, kind: "renew", publicKey });
  }
}

/** A configuration with nothing in it: all that a watcher looks at comes from the controller. */
function bareConfig(): Config {
  const loaded = loadConfig("zones: {watch.invalid: {nameservers: [ns.watch.invalid]}}", {
    file: "watch",
    readSecretFile: () => ({ ok: false, error: "nothing is read" }),
    isReadableByAll: () => false,
    env: () => undefined,
    servicePort: () => null,
    serviceNames: () => [],
  });
  if (!loaded.ok) throw new Error("the bare configuration of a watcher is wrong");
  return loaded.value.config;
}
