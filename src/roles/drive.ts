/** For tests: a controller that is driven by hand, every probe answered at once, and zones served as soon as they may be. */
import { createPrng } from "../base/prng.ts";
import { mono, type Now, wall } from "../base/time.ts";
import { fixtureCheck, fixtureMember, fixturePool } from "../core/fixtures.ts";
import type { CheckConfig, Config, PoolConfig, Verdict } from "../core/model.ts";
import type { ZoneTransaction } from "../dns/types.ts";
import { nothingSaved, type SavedState } from "../ports/store.ts";
import { Controller } from "./controller.ts";
import type { ControllerEvent, Effect } from "./effects.ts";

export const good: Verdict = { kind: "up", tookMs: 1, detail: "connected" };

export function poolOf(addresses: readonly string[], check: Partial<CheckConfig> = {}): PoolConfig {
  return fixturePool(addresses.map((address) => fixtureMember(address, { check: fixtureCheck(check) })));
}

/** Drives a controller by hand: every probe is answered at once with `verdict`. */
export class Drive {
  readonly controller: Controller;
  readonly effects: Effect[] = [];
  ms = 0;

  constructor(config: Config, saved: SavedState = nothingSaved) {
    this.controller = new Controller({ config, saved, now: this.now, prng: createPrng(1) });
    this.take(this.controller.start(saved, this.now));
    this.step({ kind: "zone-loaded", origin: "example.org", serial: 1 });
  }

  get now(): Now {
    return { mono: mono(this.ms), wall: wall(1_900_000_000_000 + this.ms) };
  }

  step(event: ControllerEvent): readonly Effect[] {
    return this.take(this.controller.step(event, this.now));
  }

  private take(effects: readonly Effect[]): readonly Effect[] {
    this.effects.push(...effects);
    for (const effect of effects) {
      if (effect.kind !== "open-zone") continue;
      const { origin, serial } = effect;
      this.take(this.controller.step({ kind: "zone-opened", origin, proposed: serial, serial }, this.now));
    }
    return effects;
  }

  /** Transactions since the last call. */
  transactions(): readonly ZoneTransaction[] {
    const found = this.effects.flatMap((effect) => (effect.kind === "publish" ? [effect.transaction] : []));
    this.effects.length = 0;
    return found;
  }

  /** Lets `ms` pass in steps of one, answering every probe. */
  run(ms: number, verdict: Verdict = good): void {
    for (const end = this.ms + ms; this.ms < end; this.ms++) {
      for (const effect of this.step({ kind: "tick" })) {
        if (effect.kind !== "probe") continue;
        this.step({ kind: "verdict", targetId: effect.target.id, probe: effect.probe, verdict });
      }
    }
  }

  answer(): string {
    return (
      this.controller.state.pools
        .get("www.example.org")
        ?.decision?.members.map((m) => m.address)
        .join(" ") ?? "none"
    );
  }

  told(kind: string): string[] {
    return this.effects.flatMap((effect) =>
      effect.kind === "tell" && effect.event.kind === kind ? [effect.event.sentence] : [],
    );
  }
}
