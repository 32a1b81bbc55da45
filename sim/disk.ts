/** What survives a simulated crash: the batches that were written whole. */
import type { HistoryEvent, Override, SavedPool, SavedTarget } from "../src/core/model.ts";
import type { SaveBatch, SavedState } from "../src/ports/store.ts";

export class Disk {
  readonly #targets = new Map<string, SavedTarget>();
  readonly #pools = new Map<string, SavedPool>();
  readonly #overrides = new Map<string, Override>();
  readonly #serials: Record<string, number> = {};
  #lastEventId = 0;

  read(): SavedState {
    return {
      targets: [...this.#targets.values()],
      pools: [...this.#pools.values()],
      overrides: [...this.#overrides.values()],
      serials: { ...this.#serials },
      lastEventId: this.#lastEventId,
    };
  }

  write(batch: SaveBatch): void {
    for (const target of batch.targets) this.#targets.set(target.id, target);
    for (const pool of batch.pools) this.#pools.set(pool.name, pool);
    for (const override of batch.overridesSet) this.#overrides.set(override.member, override);
    for (const member of batch.overridesCleared) this.#overrides.delete(member);
    for (const id of batch.targetsForgotten) this.#targets.delete(id);
    Object.assign(this.#serials, batch.serials);
  }

  append(event: HistoryEvent): void {
    this.#lastEventId = event.id;
  }
}
