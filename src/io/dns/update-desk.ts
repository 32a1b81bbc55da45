/**
 * Where updates by RFC 2136 wait for their turn. Those of one zone are decided one after the other, each against what
 * the one before has left (RFC 2136, 3.7): an answering thread works out what an update would change, whoever listens
 * makes that durable and served, and only then comes the next. A zone whose updates are not decided holds up nobody
 * but its own clients, who hear SERVFAIL in time.
 */
import { rcode } from "../../dns/message.ts";
import { nameKey } from "../../dns/name.ts";
import type { Name, NameKey, RRset, SetKey } from "../../dns/types.ts";
import type { ZoneRequest } from "../../ports/nameserver.ts";

/** Updates of one zone that wait, the one that is being decided included; further ones hear SERVFAIL. */
export const updatesWaitingMax = 100;
/** A client hears SERVFAIL when its update has not been decided by then; it may still be made. */
export const updateMsMax = 10_000;

/** An update as it came, signed by `key` and with the right to speak about the zone. */
export interface ArrivedUpdate {
  readonly origin: Name;
  readonly key: string;
  readonly message: Uint8Array;
}

/** What an update would change; or why not, when `rcode` is not 0. */
export interface JudgedUpdate {
  readonly rcode: number;
  readonly put: readonly RRset[];
  readonly remove: readonly SetKey[];
}

interface DeskParts {
  readonly judge: (update: ArrivedUpdate) => Promise<JudgedUpdate>;
  /** Returns false when nobody listens. */
  readonly emit: (request: ZoneRequest) => boolean;
}

export class UpdateDesk {
  private readonly parts: DeskParts;
  private readonly queues = new Map<NameKey, { waiting: number; last: Promise<void> }>();

  constructor(parts: DeskParts) {
    this.parts = parts;
  }

  /** Resolves with the rcode for the client, at the latest after `updateMsMax`. */
  async decide(update: ArrivedUpdate): Promise<number> {
    const key = nameKey(update.origin);
    const queue = this.queues.get(key) ?? { waiting: 0, last: Promise.resolve() };
    if (queue.waiting >= updatesWaitingMax) return rcode.SERVFAIL;
    this.queues.set(key, queue);
    queue.waiting += 1;
    const state = { expired: false };
    const decided = queue.last.then(() => (state.expired ? rcode.SERVFAIL : this.decideNow(update)));
    queue.last = decided.then(
      () => this.leave(key),
      () => this.leave(key),
    );
    return withinLimit(decided, state);
  }

  private leave(key: NameKey): void {
    const queue = this.queues.get(key);
    if (queue === undefined) return;
    queue.waiting -= 1;
    if (queue.waiting === 0) this.queues.delete(key);
  }

  private async decideNow(update: ArrivedUpdate): Promise<number> {
    const { put, remove, rcode: code } = await this.parts.judge(update);
    if (code !== rcode.NOERROR || put.length + remove.length === 0) return code;
    const { origin, key } = update;
    return new Promise((resolve) => {
      const listened = this.parts.emit({ kind: "update", origin, key, put, remove, answer: resolve });
      if (!listened) resolve(rcode.REFUSED);
    });
  }
}

/** What was decided, or SERVFAIL when that takes too long or fails. */
function withinLimit(decided: Promise<number>, state: { expired: boolean }): Promise<number> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      state.expired = true;
      resolve(rcode.SERVFAIL);
    }, updateMsMax);
    const settle = (code: number): void => {
      clearTimeout(timer);
      resolve(code);
    };
    decided.then(settle, () => settle(rcode.SERVFAIL));
  });
}
