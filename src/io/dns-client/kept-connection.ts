/**
 * A connection to one server that is opened when it is needed, carries requests side by side, and is closed after a
 * short silence, before the server would do it: then no request is lost to a server that hangs up at that moment.
 * After a request that was not answered in time the next ones go on a new connection, since the old one may be stuck.
 */
import type { Endpoint } from "../../core/model.ts";
import { Link } from "./link.ts";
import { type AskLimits, type AskOutcome, silent } from "./outcome.ts";

/** Servers wait ten seconds and more (knotd 10 s, named 30 s). */
const idleMsMax = 5000;
/** Requests under way on one connection. */
export const pipelinedMax = 100;

export class KeptConnection {
  readonly endpoint: Endpoint;
  readonly #links = new Set<Link>();
  #current: Link | null = null;
  #idle: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint;
  }

  /**
   * Sends one message and waits for its answer. Requests are sent in the order of the calls; those under way need
   * different ids, and there are at most `pipelinedMax`: one more is `silent` at once.
   */
  ask(message: Uint8Array, limits: AskLimits): Promise<AskOutcome> {
    if (this.#closed) return Promise.resolve(silent("the connection was closed here"));
    const link = this.#usable();
    if (link.size >= pipelinedMax) return Promise.resolve(silent(`${pipelinedMax} requests are already under way`));
    this.#stopIdling();
    return link.ask(message, limits);
  }

  /** Ends everything: requests under way are `silent`. */
  close(): void {
    this.#closed = true;
    this.#stopIdling();
    for (const link of this.#links) link.close();
  }

  #usable(): Link {
    const kept = this.#current;
    if (kept !== null && !kept.isRetired) return kept;
    const link = new Link(this.endpoint, {
      onIdle: () => this.#idleSoon(link),
      onEnd: () => {
        this.#links.delete(link);
        if (this.#current === link) this.#current = null;
      },
    });
    this.#links.add(link);
    this.#current = link;
    return link;
  }

  #idleSoon(link: Link): void {
    if (link !== this.#current || this.#closed) return;
    this.#stopIdling();
    this.#idle = setTimeout(() => link.close(), idleMsMax);
  }

  #stopIdling(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
  }
}
