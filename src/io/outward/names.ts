/**
 * Addresses of nameservers that are known by name only, from the machine's own resolvers, looked up again now and then.
 * A name that cannot be looked up keeps the addresses it had; the failure is told once, and once when it is over. Where DNS
 * does not say that there is no address, others may find one: such a name is looked up again soon, and what waits for its
 * nameserver goes on waiting, until that has failed too.
 */
import type { Resolved } from "../../roles/outward/zones.ts";
import { createResolver, lookUpAddresses } from "../dns-client/addresses.ts";

/** Addresses change seldom, and a new nameserver should be watched soon. */
const againMs = 300_000;
const againAfterFailureMs = 30_000;
/** A lookup without an outcome is tried so often before its name counts as one without address, and again so soon. */
const uncertainLookUpsMax = 3;
const againWhenUncertainMs = 5000;

export interface NamesCalls {
  /** Some addresses have changed. */
  readonly onChange: () => void;
  readonly tell: (story: { rule: string; subject: string; sentence: string }) => void;
}

export class Names {
  readonly resolved = new Map<string, Resolved>();
  readonly #calls: NamesCalls;
  readonly #resolver = createResolver();
  #wanted: readonly string[] = [];
  #timer: NodeJS.Timeout | null = null;
  readonly #failing = new Set<string>();
  /** Lookups in a row that had no outcome, by name. */
  readonly #uncertain = new Map<string, number>();
  #closed = false;
  /** Only the newest round counts. */
  #round = 0;

  constructor(calls: NamesCalls) {
    this.#calls = calls;
  }

  want(names: readonly string[]): void {
    this.#wanted = names;
    for (const name of this.#failing) if (!names.includes(name)) this.#forget(name);
    for (const known of this.resolved.keys()) if (!names.includes(known)) this.resolved.delete(known);
    for (const known of this.#uncertain.keys()) if (!names.includes(known)) this.#uncertain.delete(known);
    void this.#lookUp();
  }

  #forget(name: string): void {
    this.#failing.delete(name);
    const sentence = `the nameserver ${name} is no longer looked up: it left the configuration, or has an address there`;
    this.#calls.tell({ rule: "nameserver/not-looked-up", subject: name, sentence });
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#resolver.cancel();
  }

  async #lookUp(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    const round = ++this.#round;
    if (this.#wanted.length === 0) return;
    const before = JSON.stringify([...this.resolved]);
    const found = await Promise.all(this.#wanted.map(async (name) => ({ name, result: await this.#addresses(name) })));
    if (this.#closed || round !== this.#round) return;
    for (const { name, result } of found) this.#take(name, result);
    if (JSON.stringify([...this.resolved]) !== before) this.#calls.onChange();
    this.#timer = setTimeout(() => void this.#lookUp(), waitMsAfter(found.map(({ result }) => result)));
  }

  #take(name: string, result: Resolved): void {
    const kept = this.resolved.get(name);
    if (result.kind === "addresses" || kept?.kind !== "addresses") this.resolved.set(name, result);
    if (this.#failing.has(name) === (result.kind === "failed")) return;
    if (result.kind === "failed") {
      this.#failing.add(name);
      const advice = "give its address in the configuration, or mend the lookup";
      const sentence = `the nameserver ${name} cannot be watched: ${result.reason}; ${advice}`;
      return this.#calls.tell({ rule: "nameserver/no-address", subject: name, sentence });
    }
    this.#failing.delete(name);
    const sentence = `the nameserver ${name} has addresses again`;
    this.#calls.tell({ rule: "nameserver/address", subject: name, sentence });
  }

  async #addresses(name: string): Promise<Resolved> {
    const found = await lookUpAddresses(this.#resolver, name);
    if (found.ok) {
      this.#uncertain.delete(name);
      return { kind: "addresses", endpoints: found.value };
    }
    const { certain, reason } = found.error;
    const times = (this.#uncertain.get(name) ?? 0) + 1;
    this.#uncertain.set(name, certain ? uncertainLookUpsMax : times);
    return { kind: "failed", reason, pending: !certain && times < uncertainLookUpsMax };
  }
}

function waitMsAfter(results: readonly Resolved[]): number {
  if (results.some((result) => result.kind === "failed" && result.pending)) return againWhenUncertainMs;
  return results.some(({ kind }) => kind === "failed") ? againAfterFailureMs : againMs;
}
