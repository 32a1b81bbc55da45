/** One connected watcher or agent, as the controller sees it. What it may say is up to its role. */
import { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { type Authority, type Enrolment, isEnrolled } from "./authority.ts";
import { Frames } from "./frames.ts";
import { protocolVersion, strangerOctetsMax } from "./limits.ts";

/** What it says: it wants a new certificate, or it reports. */
export type Said =
  | { readonly kind: "renew"; readonly publicKey: string }
  /** `take` passes the report on; its number has been found to be the next. */
  | { readonly kind: "report"; readonly sequence: number; readonly take: () => void };

/** What the one with this name is at present. */
export interface SessionRole {
  readonly octetsMax: number;
  /** Null: nobody of this role says such a thing. */
  readonly read: (text: string, session: Session) => Said | null;
}

export interface SessionParts {
  readonly authority: Authority;
  /** Null: nobody of this name is configured. */
  readonly roleOf: (name: string) => SessionRole | null;
  readonly onRefused: (why: string) => void;
  readonly certify: (holder: { name: string; generation: string; publicKey: string }) => Enrolment;
}

/** Null: whoever it is has a certificate and may not report; it was told why. */
export async function sessionOf(socket: TLSSocket, parts: SessionParts): Promise<Session | null> {
  const { subject, valid_to: validTo } = socket.getPeerCertificate();
  const holder = { name: String(subject.CN), generation: String(subject.OU), validTo: Date.parse(validTo) };
  const session = new Session(socket, holder, parts);
  const why = await session.whyNot();
  if (why === null) return session;
  session.refuse(why);
  parts.onRefused(`${holder.name}: ${why}`);
  return null;
}

interface Holder {
  readonly name: string;
  readonly generation: string;
  /** Unix time in ms. */
  readonly validTo: number;
}

export class Session {
  readonly name: string;
  readonly #holder: Holder;
  readonly #parts: SessionParts;
  readonly #frames: Frames;
  /** When the newest of its certificates expires: one that is renewed counts on the connection that asked for it. */
  #validTo: number;
  #sequence = 0;
  /** Messages are taken one after the other. */
  #work: Promise<void> = Promise.resolve();
  #ended: string | null = null;
  #onEnd: ((why: string) => void) | null = null;

  constructor(socket: TLSSocket, holder: Holder, parts: SessionParts) {
    this.name = holder.name;
    this.#holder = holder;
    this.#validTo = holder.validTo;
    this.#parts = parts;
    this.#frames = new Frames(socket, {
      octetsMax: parts.roleOf(holder.name)?.octetsMax ?? strangerOctetsMax,
      onMessage: (text) => {
        this.#work = this.#work.then(() => this.#take(text));
      },
      onEnd: (why) => {
        this.#ended = why;
        this.#onEnd?.(why);
      },
    });
  }

  /** At once, when it is over already. */
  onEnd(listener: (why: string) => void): void {
    this.#onEnd = listener;
    if (this.#ended !== null) listener(this.#ended);
  }

  send(message: object): void {
    this.#frames.send({ v: protocolVersion, ...message });
  }

  refuse(why: string): void {
    this.send({ kind: "refused", why });
    this.#frames.finish(why);
  }

  cut(why: string): void {
    this.#frames.cut(why);
  }

  /** Why it may not begin to report; null: it may. */
  async whyNot(): Promise<string | null> {
    try {
      return await this.#whyNoMore();
    } catch (error) {
      return `its enrolment cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  /** Asked again with each message, for it may be removed at any time. Rejects when the enrolment cannot be read. */
  async #whyNoMore(): Promise<string | null> {
    const { generation, name } = this.#holder;
    if (this.#parts.roleOf(name) === null) return "nobody of this name is configured";
    if (!(this.#validTo > Date.now())) return "its certificate has expired";
    const enrolled = await isEnrolled(this.#parts.authority, name, generation);
    return enrolled ? null : "its enrolment was removed";
  }

  async #take(text: string): Promise<void> {
    // A disk that fails here and now takes nobody's voice: it was enrolled when it came.
    const why = await this.#whyNoMore().catch(() => null);
    const role = this.#parts.roleOf(this.name);
    if (this.#ended !== null) return;
    if (why !== null || role === null) return this.refuse(why ?? "nobody of this name is configured");
    const said = role.read(text, this);
    if (said === null) return this.cut("it says something that it may not say");
    if (said.kind === "renew") return this.#renew(said.publicKey);
    if (said.sequence <= this.#sequence) return this.cut("its reports come in the wrong order");
    this.#sequence = said.sequence;
    said.take();
  }

  #renew(publicKey: string): void {
    const { generation, name } = this.#holder;
    if (publicKey.length > strangerOctetsMax) return this.cut("its key is too long");
    const result = this.#parts.certify({ name, generation, publicKey });
    if (!result.ok) return this.cut(result.why);
    this.#validTo = Date.parse(new X509Certificate(result.certificate).validTo);
    this.send({ kind: "certificate", certificate: result.certificate, authority: this.#parts.authority.certificate });
  }
}
