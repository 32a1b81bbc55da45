/** One connected watcher, as the controller sees it. */
import type { TLSSocket } from "node:tls";
import type { Target } from "../../core/model.ts";
import type { WatcherReport } from "../../core/vantage.ts";
import { type Authority, type Enrolment, isEnrolled } from "./authority.ts";
import { Frames } from "./frames.ts";
import { entriesPerMessage, protocolVersion, strangerOctetsMax, messageOctetsMax } from "./limits.ts";
import { readFromWatcher } from "./messages.ts";

export interface SessionParts {
  readonly authority: Authority;
  readonly isConfigured: (name: string) => boolean;
  readonly onReport: (report: WatcherReport) => void;
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
  #sequence = 0;
  /** Messages are taken one after the other. */
  #work: Promise<void> = Promise.resolve();
  #ended: string | null = null;
  #onEnd: ((why: string) => void) | null = null;

  constructor(socket: TLSSocket, holder: Holder, parts: SessionParts) {
    this.name = holder.name;
    this.#holder = holder;
    this.#parts = parts;
    this.#frames = new Frames(socket, {
      octetsMax: messageOctetsMax,
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

  assign(targets: readonly Target[], references: readonly Target[]): void {
    const count = Math.max(1, Math.ceil(targets.length / entriesPerMessage));
    for (let part = 0; part < count; part++) {
      this.#frames.send({
        v: protocolVersion,
        kind: "targets",
        begin: part === 0,
        end: part === count - 1,
        targets: targets.slice(part * entriesPerMessage, (part + 1) * entriesPerMessage),
        references: part === 0 ? references : [],
      });
    }
  }

  confirm(targetId: string): void {
    this.#frames.send({ v: protocolVersion, kind: "confirm", targetId });
  }

  refuse(why: string): void {
    this.#frames.send({ v: protocolVersion, kind: "refused", why });
    this.#frames.finish(why);
  }

  cut(why: string): void {
    this.#frames.cut(why);
  }

  /** Why it may not report; null: it may. Asked again with each message, for it may be removed at any time. */
  async whyNot(): Promise<string | null> {
    const { generation, name, validTo } = this.#holder;
    if (!this.#parts.isConfigured(name)) return "no such watcher is configured";
    if (!(validTo > Date.now())) return "its certificate has expired";
    const enrolled = await isEnrolled(this.#parts.authority, name, generation).catch(() => false);
    return enrolled ? null : "its enrolment was removed";
  }

  async #take(text: string): Promise<void> {
    const why = await this.whyNot();
    if (this.#ended !== null) return;
    if (why !== null) return this.refuse(why);
    const message = readFromWatcher(text);
    if (message === null) return this.cut("it says something that no watcher says");
    if (message.kind === "renew") return this.#renew(message.publicKey);
    if (message.sequence <= this.#sequence) return this.cut("its reports come in the wrong order");
    this.#sequence = message.sequence;
    this.#parts.onReport({ watcher: this.name, words: message.words, sick: message.sick });
  }

  #renew(publicKey: string): void {
    const { generation, name } = this.#holder;
    if (publicKey.length > strangerOctetsMax) return this.cut("its key is too long");
    const result = this.#parts.certify({ name, generation, publicKey });
    if (!result.ok) return this.cut(result.why);
    const { certificate } = this.#parts.authority;
    this.#frames.send({
      v: protocolVersion,
      kind: "certificate",
      certificate: result.certificate,
      authority: certificate,
    });
  }
}
