/**
 * Where updates by RFC 2136 wait for their turn. Those of one zone are decided one after the other, each against what
 * the one before has left (RFC 2136, 3.7), but not each with a commit of its own: all that wait when it is the zone's turn
 * go together. An answering thread works out in one go what each would change, whoever listens makes that served and
 * durable as one transaction, and only then are they answered and come the next. So an update that is alone waits for
 * nobody, and a thousand wait for a few dozen commits. A zone whose updates are not decided holds up nobody but its own
 * clients, who hear SERVFAIL in time.
 */
import { rcode } from "../../dns/message.ts";
import { nameKey } from "../../dns/name.ts";
import type { Name, NameKey, RRset, SetKey } from "../../dns/types.ts";
import type { RequestedUpdate, ZoneRequest } from "../../ports/nameserver.ts";

/** Updates of one zone that wait, those being decided included; further ones hear SERVFAIL. */
export const updatesWaitingMax = 100;
/** Updates that are decided together: working them out takes an answering thread about half a millisecond. */
export const updatesTogetherMax = 25;
/** Octets of their messages; one that is longer goes alone. */
export const octetsTogetherMax = 16_384;
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
  /** Says of each, in the same order, what it would change after those before it. */
  readonly judge: (origin: Name, updates: readonly ArrivedUpdate[]) => Promise<readonly JudgedUpdate[]>;
  /** Returns false when nobody listens. */
  readonly emit: (request: ZoneRequest) => boolean;
}

interface Waiting {
  readonly update: ArrivedUpdate;
  readonly answer: (rcode: number) => void;
  /** Its client has heard SERVFAIL. */
  expired: boolean;
}

/** What waits for one zone, in the order of arrival, and how many are being decided. */
interface Queue {
  waiting: Waiting[];
  deciding: number;
}

export class UpdateDesk {
  private readonly parts: DeskParts;
  private readonly queues = new Map<NameKey, Queue>();

  constructor(parts: DeskParts) {
    this.parts = parts;
  }

  /** Resolves with the rcode for the client, at the latest after `updateMsMax`. */
  async decide(update: ArrivedUpdate): Promise<number> {
    const key = nameKey(update.origin);
    const queue = this.queues.get(key) ?? { waiting: [], deciding: 0 };
    if (queue.waiting.length + queue.deciding >= updatesWaitingMax) return rcode.SERVFAIL;
    const { promise, resolve } = Promise.withResolvers<number>();
    const entry: Waiting = { update, answer: resolve, expired: false };
    queue.waiting.push(entry);
    if (!this.queues.has(key)) {
      this.queues.set(key, queue);
      void this.work(key, queue);
    }
    return withinLimit(promise, entry);
  }

  /** One group after the other until nothing waits. */
  private async work(key: NameKey, queue: Queue): Promise<void> {
    while (queue.waiting.length > 0) {
      const group = takeGroup(queue);
      queue.deciding = group.length;
      await this.decideGroup(group).catch(() => {
        for (const { answer } of group) answer(rcode.SERVFAIL);
      });
      queue.deciding = 0;
    }
    this.queues.delete(key);
  }

  private async decideGroup(group: readonly Waiting[]): Promise<void> {
    const [first] = group;
    if (first === undefined) return;
    const { origin } = first.update;
    const judged = await this.parts.judge(
      origin,
      group.map(({ update }) => update),
    );
    const updates: RequestedUpdate[] = [];
    const answered: Promise<void>[] = [];
    for (const [at, { answer, update }] of group.entries()) {
      const { put, rcode: code, remove } = judged[at] ?? { rcode: rcode.SERVFAIL, put: [], remove: [] };
      if (code !== rcode.NOERROR || put.length + remove.length === 0) {
        answer(code);
        continue;
      }
      const { promise, resolve } = Promise.withResolvers<number>();
      updates.push({ key: update.key, put, remove, answer: resolve });
      answered.push(promise.then(answer));
    }
    if (updates.length === 0) return;
    if (!this.parts.emit({ kind: "updates", origin, updates })) for (const { answer } of updates) answer(rcode.REFUSED);
    await Promise.all(answered);
  }
}

/** The next that are decided together. Who has not been waited for any more is left out. */
function takeGroup(queue: Queue): readonly Waiting[] {
  const waiting = queue.waiting.filter(({ expired }) => !expired);
  let [count, octets] = [0, 0];
  for (const { update } of waiting.slice(0, updatesTogetherMax)) {
    octets += update.message.length;
    if (count > 0 && octets > octetsTogetherMax) break;
    count += 1;
  }
  queue.waiting = waiting.slice(count);
  return waiting.slice(0, count);
}

/** What was decided, or SERVFAIL when that takes too long. */
function withinLimit(decided: Promise<number>, entry: Waiting): Promise<number> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      entry.expired = true;
      resolve(rcode.SERVFAIL);
    }, updateMsMax);
    void decided.then((code) => {
      clearTimeout(timer);
      resolve(code);
    });
  });
}
