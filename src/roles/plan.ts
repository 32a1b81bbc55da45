/**
 * What a step would change before it is taken: the same state machine plays it on a copy of itself, so that the plan
 * cannot differ from what then happens. Records of pools are compared; what a zone's own file holds is not muster's to plan.
 */
import { createPrng } from "../base/prng.ts";
import { later, type Now, wall } from "../base/time.ts";
import type { PlanView, ZonePlanView } from "../core/view.ts";
import { rrsetText } from "../dns/zone-file/write.ts";
import type { SavedState } from "../ports/store.ts";
import { Controller } from "./controller.ts";
import { type ControllerState, firstRoundMsMax } from "./controller-state.ts";
import type { ControllerEvent } from "./effects.ts";
import { saveAll } from "./flush.ts";

/** Lines of a plan that are shown for each zone; more are only counted. */
const linesMax = 1000;

/** One record a line, by zone: text without TTL to text with it. */
type Records = Map<string, Map<string, string>>;

export function planStep(state: ControllerState, event: ControllerEvent, now: Now): PlanView {
  const copy = copyController(state, now);
  copy.controller.step(event, copy.now);
  return planChange(state, copy.controller.state);
}

/** What differs between what is published and what another state would publish. */
export function planChange(state: ControllerState, next: ControllerState): PlanView {
  const before = recordsOf(state);
  const after = recordsOf(next);
  const origins = [...new Set([...before.keys(), ...after.keys()])].sort();
  const zones = origins.map((origin) => planZone(origin, before.get(origin), after.get(origin)));
  const published = count(before);
  const removed = zones.reduce((sum, { gone }) => sum + gone, 0);
  const limit = state.config.removalMax;
  return {
    zones: zones.map(({ zone }) => zone).filter(({ added, removed: gone }) => added.length + gone.length > 0),
    published,
    removed,
    limit,
    refusal: refusalOf({ published, removed, limit }),
    sentences: sentencesOf(state, next),
  };
}

interface Copy {
  readonly controller: Controller;
  readonly now: Now;
}

/** A controller that knows what this one knows, after the time in which every pool is decided. */
export function copyController(state: ControllerState, now: Now): Copy {
  const effect = saveAll(state);
  const batch = effect.kind === "save" ? effect.batch : null;
  const saved: SavedState = {
    targets: batch?.targets ?? [],
    pools: batch?.pools ?? [],
    overrides: batch?.overridesSet ?? [],
    orders: batch?.ordersSet ?? [],
    rehearsals: [],
    groupsTold: batch?.groupsTold ?? [],
    windowsBegun: batch?.windowsBegun ?? [],
    serials: {},
    lastEventId: 0,
    updates: {},
  };
  // Nobody watches a copy: what fails in it fails for everybody.
  const config = { ...state.config, onStart: "resume", watch: null } as const;
  const controller = new Controller({ config, saved, now, prng: createPrng(1) });
  controller.start(saved, now);
  const decided: Now = { mono: later(now.mono, firstRoundMsMax + 1), wall: wall(now.wall + firstRoundMsMax + 1) };
  controller.step({ kind: "tick" }, decided);
  return { controller, now: decided };
}

function recordsOf(state: ControllerState): Records {
  const records: Records = new Map();
  for (const pool of state.pools.values()) {
    const zone = records.get(pool.config.zone) ?? new Map<string, string>();
    records.set(pool.config.zone, zone);
    for (const set of pool.sets) {
      const lines = rrsetText(set).split("\n");
      const bare = rrsetText({ ...set, ttlSeconds: 0 }).split("\n");
      for (const [i, line] of lines.entries()) if (line !== "") zone.set(bare[i] ?? line, line.replaceAll("\t", " "));
    }
  }
  return records;
}

function count(records: Records): number {
  return [...records.values()].reduce((sum, zone) => sum + zone.size, 0);
}

/** `gone` counts records that vanish; one whose TTL alone changes is shown and not counted. */
function planZone(
  origin: string,
  before: ReadonlyMap<string, string> = new Map(),
  after: ReadonlyMap<string, string> = new Map(),
): { readonly zone: ZonePlanView; readonly gone: number } {
  const missing = (from: ReadonlyMap<string, string>, to: ReadonlyMap<string, string>): string[] =>
    [...from].filter(([bare, line]) => to.get(bare) !== line).map(([, line]) => line);
  const removed = missing(before, after).slice(0, linesMax);
  const added = missing(after, before).slice(0, linesMax);
  return { zone: { origin, removed, added }, gone: [...before.keys()].filter((bare) => !after.has(bare)).length };
}

function refusalOf({
  published,
  removed,
  limit,
}: {
  published: number;
  removed: number;
  limit: number;
}): string | null {
  if (removed === 0 || removed <= published * limit) return null;
  const share = `${removed} of ${published} records`;
  return `it would remove ${share}, more than the ${Math.round(limit * 100)} % that \`removal-max\` allows; force it with a reason if that is meant`;
}

function sentencesOf(before: ControllerState, after: ControllerState): readonly string[] {
  const gone = [...before.zones.keys()].filter((origin) => !after.zones.has(origin));
  const fresh = [...after.zones.keys()].filter((origin) => !before.zones.has(origin));
  const uncovered = [...before.pools.values()].filter(({ config: { name, zone } }) => {
    const left = after.zones.get(zone)?.config;
    return !after.pools.has(name) && left !== undefined && (left.file !== null || left.primaries.length > 0);
  });
  const waiting = [...after.pools.values()].filter((pool) => pool.decision === null).map((pool) => pool.config.name);
  return [
    ...gone.map((origin) => `zone ${origin} would no longer be served`),
    ...fresh.map((origin) => `zone ${origin} would be served`),
    ...uncovered.map(({ config }) => `${config.name} would be answered with what its zone's own records say`),
    ...waiting.map((name) => `${name} would be answered once its members are judged`),
  ];
}
