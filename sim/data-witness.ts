/**
 * Freshness, judged from outside with a record of its own of what was found: nothing stale is served while something
 * fresher exists. Whoever answers as the least stale has the newest data that is known (M5).
 */
import { makeTarget } from "../src/core/target.ts";
import type { Config, MemberConfig, PoolConfig, Verdict } from "../src/core/model.ts";
import type { Wall } from "../src/base/time.ts";
import { BrokenPromise } from "./zone-witness.ts";

export class DataPromises {
  /** When the data of each target is from, as far as it is known. */
  readonly #found = new Map<string, Wall>();

  onStart(): void {
    this.#found.clear();
  }

  onReload({ pools }: Config): void {
    const known = new Set(pools.flatMap(({ members }) => members.map((member) => makeTarget(member).id)));
    for (const id of this.#found.keys()) if (!known.has(id)) this.#found.delete(id);
  }

  /** A document that cannot be fetched any more has no known age; nobody is judged while the origin is down (M6). */
  onVerdict(targetId: string, verdict: Verdict): void {
    if (verdict.kind === "unknown") return;
    if (verdict.data !== undefined) this.#found.set(targetId, verdict.data.at);
    else if (verdict.kind === "down") this.#found.delete(targetId);
  }

  /** `able`: those of its members who could answer; null: that is not certain. */
  checkLastResort(pool: PoolConfig, answered: readonly string[], able: readonly MemberConfig[] | null): void {
    if (pool.lastResort.kind !== "least-stale" || able === null) return;
    const ages = able.map((member) => ({ member, at: this.#found.get(makeTarget(member).id) ?? null }));
    const newest = Math.max(...ages.map(({ at }) => at ?? 0));
    const best = newest === 0 ? able : ages.filter(({ at }) => at === newest).map(({ member }) => member);
    const expected = best.map(({ address }) => address).toSorted();
    if (expected.join() === answered.toSorted().join()) return;
    throw new BrokenPromise(
      `${pool.name} answers ${answered.join(", ")} as the least stale, which ${expected.join(", ")} is`,
    );
  }
}
