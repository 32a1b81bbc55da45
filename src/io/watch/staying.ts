/**
 * The connection of a watcher or an agent to its controller: it is opened again whenever it is lost, with pauses that
 * grow, and when reports are not answered; its certificate is renewed over it. What is said over it is up to whoever owns it.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Log } from "../../ports/log.ts";
import { hashOf, type Token } from "./authority.ts";
import { type Identity, makeKeys, nameIn, readIdentity, saveIdentity, wantsRenewal } from "./identity.ts";
import { pauseMsMax, pauseMsMin, protocolVersion, unansweredMsMax, unansweredMsMin } from "./limits.ts";
import { type Address, enrolAt, type Link, openLink } from "./link.ts";

export interface StayingOptions {
  readonly controller: Address;
  readonly folder: string;
  /** Null: it is enrolled already. */
  readonly token: Token | null;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Null: there is no identity in the folder, and no token to get one with. */
export async function identityFor(options: StayingOptions): Promise<Identity | null> {
  const known = await readIdentity(options.folder);
  if (options.token === null) return known;
  if (known !== null && known.tokenHash === hashOf(options.token.secret)) return known;
  const identity = await enrolAt(options.controller, options.token);
  await saveIdentity(options.folder, identity);
  return identity;
}

/** What every controller says to everybody; the rest is the owner's. */
type Common =
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "certificate"; readonly certificate: string }
  /** The report with this number has arrived. */
  | { readonly kind: "taken"; readonly sequence: number };

export interface Owner<M extends { readonly kind: string }> {
  /** Null: the controller says something that this version does not understand. */
  readonly read: (text: string) => M | Common | null;
  readonly take: (message: Exclude<M, Common>) => void;
  /** The connection is there. */
  readonly up: () => void;
  /** The controller wants nothing of it: what it was told to look at may have left long ago when it is wanted again. */
  readonly refused: () => void;
  /** Its report with this number has arrived. */
  readonly taken?: (sequence: number) => void;
  /** After so much silence the controller counts it as silent; null: it is not known, or nothing depends on it. */
  readonly silentMs: () => number | null;
}

const renewalCheckMs = 60_000;

export class Staying<M extends { readonly kind: string }> {
  readonly #options: StayingOptions;
  readonly #owner: Owner<M>;
  #identity: Identity;
  /** The key whose certificate is on its way. */
  #nextKey: string | null = null;
  #renewalAskedAt = Number.NEGATIVE_INFINITY;
  #link: Link | null = null;
  #sequence = 0;
  /** When the first report left that was not answered; null: all were. */
  #unansweredAt: number | null = null;
  #refusal: string | null = null;

  constructor(identity: Identity, options: StayingOptions, owner: Owner<M>) {
    this.#identity = identity;
    this.#options = options;
    this.#owner = owner;
  }

  get isUp(): boolean {
    return this.#link !== null;
  }

  /** A new certificate is on its way. */
  get isRenewing(): boolean {
    return this.#nextKey !== null;
  }

  /** Connects, and again, until the signal. */
  async stay(): Promise<void> {
    const { controller, log, signal } = this.#options;
    let pauseMs = pauseMsMin;
    while (!signal.aborted) {
      const began = performance.now();
      const why = await this.once();
      if (signal.aborted) break;
      pauseMs = performance.now() - began > pauseMsMax ? pauseMsMin : Math.min(pauseMs * 2, pauseMsMax);
      const where = `${controller.host}:${controller.port}`;
      log.warn(`the controller at ${where} is not reached: ${why}; trying again in ${pauseMs} ms`, {});
      await pause(pauseMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
    }
  }

  /** One connection; resolves with the reason when it is over. */
  async once(): Promise<string> {
    const { controller, log, signal } = this.#options;
    const over = Promise.withResolvers<string>();
    const cut = (): void => this.cut("it ends here");
    this.#refusal = null;
    try {
      const { read } = this.#owner;
      const take = (message: M | Common): void => this.#take(message);
      const end = (why: string): void => over.resolve(this.#refusal ?? why);
      const link = await openLink(controller, this.#identity, { read, take, end, signal });
      this.#link = link;
      this.#sequence = 0;
      this.#unansweredAt = null;
      signal.addEventListener("abort", cut, { once: true });
      if (signal.aborted) cut();
      log.info(`connected to ${controller.host}:${controller.port} as ${nameIn(this.#identity)}`, {});
      this.#owner.up();
      return await over.promise;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      signal.removeEventListener("abort", cut);
      this.#link = null;
    }
  }

  cut(why: string): void {
    this.#link?.cut(why);
  }

  /** Sends a report, with the next number; lost when there is no connection. Null then, else the number. */
  report(message: object): number | null {
    if (this.#link === null) return null;
    this.#sequence += 1;
    this.#unansweredAt ??= performance.now();
    this.#link.send({ v: protocolVersion, ...message, sequence: this.#sequence });
    return this.#sequence;
  }

  /** To be called now and then: gives a connection up that is good for nothing, and renews the certificate. */
  keep(): void {
    const now = performance.now();
    const limitMs = this.#answerMsMax;
    if (this.#unansweredAt !== null && now - this.#unansweredAt > limitMs)
      return this.cut(`no report was answered for ${limitMs} ms`);
    if (this.#link === null || now - this.#renewalAskedAt < renewalCheckMs || !wantsRenewal(this.#identity)) return;
    this.#renewalAskedAt = now;
    const { key, publicKey } = makeKeys();
    this.#nextKey = key;
    this.#link.send({ v: protocolVersion, kind: "renew", publicKey });
  }

  /** Half of what counts as silence leaves the other half for a new connection. */
  get #answerMsMax(): number {
    const silentMs = this.#owner.silentMs() ?? Number.POSITIVE_INFINITY;
    return Math.max(unansweredMsMin, Math.min(unansweredMsMax, silentMs / 2));
  }

  #take(message: M | Common): void {
    if (isCommon(message)) {
      if (message.kind === "taken") return this.#takeAnswer(message.sequence);
      if (message.kind === "refused") {
        this.#refusal = `it refuses: ${message.why}`;
        this.#owner.refused();
      } else void this.#takeCertificate(message.certificate);
    } else this.#owner.take(message as Exclude<M, Common>);
  }

  #takeAnswer(sequence: number): void {
    this.#unansweredAt = sequence < this.#sequence ? performance.now() : null;
    this.#owner.taken?.(sequence);
  }

  async #takeCertificate(certificate: string): Promise<void> {
    if (this.#nextKey === null) return;
    this.#identity = { ...this.#identity, key: this.#nextKey, certificate };
    const { folder, log } = this.#options;
    try {
      await saveIdentity(folder, this.#identity);
      log.info("the certificate is renewed", {});
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      log.warn(`the renewed certificate cannot be kept: ${why}`, {});
    }
    this.#nextKey = null;
  }
}

function isCommon(message: { readonly kind: string }): message is Common {
  return message.kind === "refused" || message.kind === "certificate" || message.kind === "taken";
}
