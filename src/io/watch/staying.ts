/**
 * The connection of a watcher or an agent to its controller: it is opened again whenever it is lost, with pauses that
 * grow, and its certificate is renewed over it. What is said over it is up to whoever owns it.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Log } from "../../ports/log.ts";
import { hashOf, type Token } from "./authority.ts";
import { type Identity, makeKeys, nameIn, readIdentity, saveIdentity, wantsRenewal } from "./identity.ts";
import { pauseMsMin, protocolVersion } from "./limits.ts";
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
  | { readonly kind: "certificate"; readonly certificate: string };

export interface Owner<M extends { readonly kind: string }> {
  /** Null: the controller says something that this version does not understand. */
  readonly read: (text: string) => M | Common | null;
  readonly take: (message: Exclude<M, Common>) => void;
  /** The connection is there. */
  readonly up: () => void;
  /** True: the controller answers each report, so that its silence ends the connection. */
  readonly isAnswered: boolean;
  readonly pauseMsMax: number;
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
    const { pauseMsMax } = this.#owner;
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
      const { isAnswered, read } = this.#owner;
      const take = (message: M | Common): void => this.#take(message);
      const end = (why: string): void => over.resolve(this.#refusal ?? why);
      const link = await openLink(controller, this.#identity, { read, take, end, isAnswered });
      this.#link = link;
      this.#sequence = 0;
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
    this.#link.send({ v: protocolVersion, ...message, sequence: this.#sequence });
    return this.#sequence;
  }

  /** To be called now and then. */
  renewIfDue(): void {
    const now = performance.now();
    if (this.#link === null || now - this.#renewalAskedAt < renewalCheckMs || !wantsRenewal(this.#identity)) return;
    this.#renewalAskedAt = now;
    const { key, publicKey } = makeKeys();
    this.#nextKey = key;
    this.#link.send({ v: protocolVersion, kind: "renew", publicKey });
  }

  #take(message: M | Common): void {
    if (isCommon(message)) {
      if (message.kind === "refused") this.#refusal = `it refuses: ${message.why}`;
      else void this.#takeCertificate(message.certificate);
    } else this.#owner.take(message as Exclude<M, Common>);
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
  return message.kind === "refused" || message.kind === "certificate";
}
