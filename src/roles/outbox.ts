/**
 * What one step of the controller wants done, gathered while it runs: effects in order, and what changed and must be
 * saved or published when the step ends. So one step makes at most one save and one transaction a zone, however
 * much happened in it. Most steps are good verdicts that change nothing: their outbox stays empty and serves again.
 */
import type { Now } from "../base/time.ts";
import type { HistoryEvent, HistoryKind, ToldDiagnosis } from "../core/model.ts";
import type { SavedUpdate } from "../ports/store.ts";
import type { ControllerState, PoolState, TargetState } from "./controller-state.ts";
import type { Effect } from "./effects.ts";
import type { ZoneState } from "./zone-state.ts";

export interface Story {
  readonly kind: HistoryKind;
  readonly subject: string;
  readonly rule: string;
  readonly sentence: string;
  readonly from?: string;
  readonly to?: string;
  /** Of what an operator did. */
  readonly by?: { readonly owner: string; readonly reason: string };
  readonly diagnosis?: ToldDiagnosis | null;
}

export class Outbox {
  now: Now;
  readonly effects: Effect[] = [];
  /** Targets whose health changed: saved when the step ends. */
  readonly changedTargets = new Set<TargetState>();
  /** Pools to decide again when the step ends. */
  readonly duePools = new Set<PoolState>();
  readonly changedPools = new Set<PoolState>();
  readonly overridesCleared: string[] = [];
  overridesSet: string[] = [];
  ordersSet: string[] = [];
  readonly ordersCleared: string[] = [];
  /** A window of maintenance has begun, or is over. */
  windowsMoved = false;
  /** What several members have in common was told to have begun, or to be over. */
  groupsMoved = false;
  /** Pools of which a rehearsal is over. */
  readonly rehearsed: string[] = [];
  targetsForgotten: string[] = [];
  readonly poolsForgotten: string[] = [];
  /** Serials handed out, by zone. */
  readonly serials = new Map<string, number>();
  readonly updates: SavedUpdate[] = [];
  /** Told to clients once everything of this step is durable and served. */
  readonly updateAnswers: Effect[] = [];
  /** Zones that get a new serial though nothing has changed. */
  readonly republish = new Set<ZoneState>();
  /** Targets whose diagnosis may be another now, though their health is not. */
  readonly toDiagnose = new Set<TargetState>();
  /** Something has changed that many diagnoses rest on. */
  diagnoseAll = false;
  readonly #state: ControllerState;

  constructor(state: ControllerState, now: Now) {
    this.#state = state;
    this.now = now;
  }

  /** Nothing was put in, so it can serve another step. */
  get isEmpty(): boolean {
    const { diagnoseAll, duePools, effects, mustSave, republish, toDiagnose, updateAnswers } = this;
    const wanted = duePools.size + effects.length + republish.size + toDiagnose.size + updateAnswers.length;
    return !mustSave && !diagnoseAll && wanted === 0;
  }

  /** Something must survive a crash. */
  get mustSave(): boolean {
    const { changedPools, changedTargets, ordersCleared, ordersSet, overridesCleared, overridesSet } = this;
    const { groupsMoved, poolsForgotten, rehearsed, serials, targetsForgotten, updates, windowsMoved } = this;
    const changed = changedPools.size + changedTargets.size + rehearsed.length + serials.size + updates.length;
    const ordered = ordersCleared.length + ordersSet.length + overridesCleared.length + overridesSet.length;
    return windowsMoved || groupsMoved || changed + ordered + poolsForgotten.length + targetsForgotten.length > 0;
  }

  push(effect: Effect): void {
    this.effects.push(effect);
  }

  /** Adds a line to the story. */
  tell(story: Story): void {
    const id = this.#state.nextEventId++;
    const { by, diagnosis = null, kind, subject, rule, sentence, from = null, to = null } = story;
    const event: HistoryEvent = {
      ...{ id, at: this.now.wall, kind, subject, rule, sentence, from, to },
      ...(by === undefined ? {} : { by }),
      ...(diagnosis === null ? {} : { diagnosis: toldOf(diagnosis) }),
    };
    this.push({ kind: "tell", event });
  }
}

/** Without the facts that it rests on. */
function toldOf({ name, rule, sentence }: ToldDiagnosis): ToldDiagnosis {
  return { rule, name, sentence };
}
