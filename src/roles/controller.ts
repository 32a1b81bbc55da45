/**
 * The controller: everything that decides, as one state machine. Events go in with the time, effects come out; it
 * never waits, never reads a clock and never touches the world, so production, tests and the simulator run the very
 * same code.
 *
 * One step: the event moves targets, overrides or configuration; pools that this touched are decided again; what
 * changed in a zone becomes one transaction, and everything that must survive a crash one save.
 */
import { unreachable } from "../base/assert.ts";
import type { Prng } from "../base/prng.ts";
import { mono, type Mono, type Now } from "../base/time.ts";
import type { Config } from "../core/model.ts";
import type { SavedState } from "../ports/store.ts";
import { nextListenAt, noteSilence, takeAgentReport } from "./agent-steps.ts";
import { reconfigure, startWith } from "./configure-steps.ts";
import { noteClock } from "./clock-steps.ts";
import { type ControllerState, createState, nextWakeOf } from "./controller-state.ts";
import { settleDiagnoses, takeLinks } from "./diagnosis-steps.ts";
import type { ControllerEvent, Effect } from "./effects.ts";
import { flush, saveAll } from "./flush.ts";
import { Outbox } from "./outbox.ts";
import { nextMaintenanceMs, settleMaintenance } from "./maintenance-steps.ts";
import { endOrder, expireOrders, nextOrderMs, setOrder } from "./order-steps.ts";
import { clearOverrides, expireOverrides, nextExpiryMs, setOverrides } from "./override-steps.ts";
import { failBackPool, settlePool, takeDuePool } from "./pool-steps.ts";
import { releaseTargets, takeTrip, takeVerdict, wakeTarget } from "./target-steps.ts";
import { releaseBrake } from "./guard-steps.ts";
import { noteSilentWatchers, takeReport } from "./watch-steps.ts";
import { tellRehearsal } from "./rehearsal.ts";
import { resetToNormal } from "./reset-steps.ts";
import {
  changeBase,
  republishQuiet,
  riseAbove,
  serialRaised,
  servedEverywhere,
  tellPrimaries,
  takeUpdates,
  zoneLoaded,
  zoneOpened,
  zoneRefused,
} from "./zone-steps.ts";

export class Controller {
  readonly state: ControllerState;
  readonly #prng: Prng;
  /** Of a step that wanted nothing done; null: the last one was used. */
  #outbox: Outbox | null = null;

  constructor(start: { config: Config; saved: SavedState; now: Now; prng: Prng }) {
    this.state = createState(start.config, start.saved, start.now);
    this.#prng = start.prng;
  }

  /** The first effects: zones to load, answers that are known from before. Called once, before any step. */
  start(saved: SavedState, now: Now): readonly Effect[] {
    return this.#run(now, (out) => startWith(this.state, { saved, prng: this.#prng, out }));
  }

  /** When the next `tick` is due. */
  nextWakeAt(now: Now): Mono {
    const { state } = this;
    const soonestMs = Math.min(
      nextExpiryMs(state, now.wall),
      nextOrderMs(state, now.wall),
      nextMaintenanceMs(state, now.wall),
    );
    const expiry = mono(now.mono + soonestMs);
    return Math.min(nextWakeOf(state), nextListenAt(state), expiry) as Mono;
  }

  step(event: ControllerEvent, now: Now): readonly Effect[] {
    return this.#run(now, (out) => this.#take(event, out));
  }

  #run(now: Now, work: (out: Outbox) => void): readonly Effect[] {
    const out = this.#outbox ?? new Outbox(this.state, now);
    out.now = now;
    noteClock(this.state, out);
    work(out);
    settleMaintenance(this.state, out);
    for (const pool of out.duePools) settlePool(this.state, pool, out);
    settleDiagnoses(this.state, out);
    flush(this.state, out);
    this.#outbox = out.isEmpty ? out : null;
    return out.effects;
  }

  #take(event: ControllerEvent, out: Outbox): void {
    const { state } = this;
    switch (event.kind) {
      case "tick":
        return this.#tick(out);
      case "verdict": {
        const target = state.targets.get(event.targetId);
        if (target !== undefined) takeVerdict(state, target, { ...event, out });
        return;
      }
      case "tripped": {
        const target = state.targets.get(event.targetId);
        if (target !== undefined) takeTrip(state, target, out);
        return;
      }
      case "configured":
        return reconfigure(state, event, { prng: this.#prng, out });
      case "zone-loaded":
        return zoneLoaded(state, event, out);
      case "zone-refused":
        return zoneRefused(state, event, out);
      case "zone-opened":
        return zoneOpened(state, event, out);
      case "serial-raised":
        return serialRaised(state, event, out);
      case "updates-requested":
        return takeUpdates(state, event, out);
      case "base-changed":
        return changeBase(state, event);
      case "primaries-told":
        return tellPrimaries(state, event, out);
      case "serial-ahead":
        return riseAbove(state, event, out);
      case "served-everywhere":
        return servedEverywhere(state, event);
      case "reset":
        return resetToNormal(state, event, out);
      case "override-set":
        return setOverrides(state, event.overrides, out);
      case "override-cleared":
        return clearOverrides(state, event, out);
      case "order-set":
        return setOrder(state, event.order, out);
      case "order-ended":
        return endOrder(state, event, out);
      case "watcher-reported":
        return takeReport(state, event.report, out);
      case "links-changed":
        return takeLinks(state, event.links, out);
      case "agent-reported":
        return takeAgentReport(state, event.report, out);
      case "brake-released":
        return releaseBrake(state, event, out);
      case "released":
        return releaseTargets(state, event, out);
      case "failback":
        return failBackPool(state, event, out);
      case "stopping":
        out.tell({ kind: "stop", subject: "muster", rule: "controller/stop", sentence: "muster stops" });
        return out.push(saveAll(state));
      case "rehearsal-told":
        return tellRehearsal(state, event, out);
      case "trouble":
        return out.tell(event);
      default:
        return unreachable(event);
    }
  }

  #tick(out: Outbox): void {
    const { state } = this;
    for (let slot = state.timers.takeDue(out.now.mono); slot !== null; slot = state.timers.takeDue(out.now.mono)) {
      const target = state.targetBySlot[slot];
      if (target !== undefined) wakeTarget(state, target, out);
    }
    for (let pool = takeDuePool(state, out); pool !== null; pool = takeDuePool(state, out)) out.duePools.add(pool);
    noteSilence(state, out);
    expireOverrides(state, out);
    expireOrders(state, out);
    republishQuiet(state, out);
    noteSilentWatchers(state, out);
  }
}
