/**
 * What a step would change before it is taken: the same state machine plays it on a copy of itself, so that the plan
 * cannot differ from what then happens. What zone files would change is found by whoever can read them, and put in.
 */
import { createPrng } from "../base/prng.ts";
import type { Result } from "../base/result.ts";
import { later, type Now, wall } from "../base/time.ts";
import { zonesOf } from "../core/catalog.ts";
import { type Removal, removalRefusal } from "../core/removal.ts";
import type { PlanView, ZonePlanView } from "../core/view.ts";
import { rrType } from "../dns/rr-types.ts";
import type { RRset } from "../dns/types.ts";
import { rrsetText } from "../dns/zone-file/write.ts";
import type { FileComparison } from "../ports/nameserver.ts";
import type { SavedState } from "../ports/store.ts";
import { isOwn, ownSets } from "./configure-steps.ts";
import { Controller } from "./controller.ts";
import { type ControllerState, firstRoundMsMax } from "./controller-state.ts";
import type { ControllerEvent } from "./effects.ts";
import { saveAll } from "./flush.ts";
import type { ZoneState } from "./zone-state.ts";

/** Lines of a plan that are shown for each zone; more are only counted. */
const linesMax = 1000;

/** One record a line: text without TTL to text with it. */
type Records = Map<string, string>;
type RecordsByZone = Map<string, Records>;

/** By origin, each zone file beside what is served of it; errors are its faults, with file and line. */
export type ComparedFiles = ReadonlyMap<string, Result<FileComparison, readonly string[]>>;

const noFiles: ComparedFiles = new Map();

export function planStep(
  state: ControllerState,
  event: ControllerEvent,
  { files = noFiles, now }: { readonly files?: ComparedFiles; readonly now: Now },
): PlanView {
  const copy = copyController(state, now);
  copy.controller.step(event, copy.now);
  return planChange(state, copy.controller.state, files);
}

/** What differs between what is published and what another state would publish. */
export function planChange(before: ControllerState, after: ControllerState, files = noFiles): PlanView {
  const limit = before.config.removalMax;
  const [was, is] = [poolRecords(before), poolRecords(after)];
  const [ofPools, zones, ofFiles] = [poolRemoval(was, is), zoneRemoval(before, after), fileRemovals(files)];
  const counted = [ofPools, ...ofFiles];
  addOwn(was, before);
  addOwn(is, after);
  return {
    zones: planZones(was, is, files),
    published: counted.reduce((sum, { published }) => sum + published, 0),
    removed: counted.reduce((sum, { removed }) => sum + removed, 0),
    limit,
    refusal: removalRefusal([ofPools, zones, ...ofFiles], limit),
    mistakes: mistakesIn(files),
    sentences: sentencesOf(before, after),
  };
}

/** A record that moves to another zone is not gone, nor is one whose TTL alone changes. */
function poolRemoval(was: RecordsByZone, is: RecordsByZone): Removal {
  const known = [...was.values()].flatMap((zone) => [...zone.keys()]);
  const kept = new Set([...is.values()].flatMap((zone) => [...zone.keys()]));
  const removed = known.filter((bare) => !kept.has(bare)).length;
  return { what: "records of pools", published: known.length, removed };
}

/** Of zones with records of their own it counts how many there are: what is in them need not be known. */
function zoneRemoval(before: ControllerState, after: ControllerState): Removal {
  const known = [...before.zones.values()].filter(hasOwnRecords).map(({ config }) => config.origin);
  const removed = known.filter((origin) => !after.zones.has(origin)).length;
  return { what: "zones with records of their own", published: known.length, removed };
}

function hasOwnRecords({ config, updates }: ZoneState): boolean {
  return config.file !== null || config.primaries.length > 0 || updates.size > 0;
}

function fileRemovals(files: ComparedFiles): readonly Removal[] {
  return [...files].flatMap(([origin, compared]) =>
    compared.ok ? [{ ...compared.value, what: `records in the file of zone ${origin}` }] : [],
  );
}

function mistakesIn(files: ComparedFiles): readonly string[] {
  return [...files].flatMap(([origin, compared]) =>
    compared.ok ? [] : [`the file of zone ${origin} would be refused: ${compared.error.join("; ")}`],
  );
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

/** Zones in which a record changes, with what it is before and after. */
function planZones(was: RecordsByZone, is: RecordsByZone, files: ComparedFiles): readonly ZonePlanView[] {
  const origins = [...new Set([...was.keys(), ...is.keys(), ...files.keys()])].sort();
  const zones = origins.map((origin): ZonePlanView => {
    const compared = files.get(origin);
    const [lost, gained] = compared?.ok === true ? [compared.value.lost, compared.value.gained] : [[], []];
    const removed = [...missing(was.get(origin), is.get(origin)), ...lost];
    const added = [...missing(is.get(origin), was.get(origin)), ...gained];
    return { origin, removed: removed.slice(0, linesMax), added: added.slice(0, linesMax) };
  });
  return zones.filter(({ added, removed }) => added.length + removed.length > 0);
}

function missing(from: Records = new Map(), to: Records = new Map()): readonly string[] {
  return [...from].filter(([bare, line]) => to.get(bare) !== line).map(([, line]) => line);
}

/** Beside what pools decided: what clients put, and what muster makes itself but for SOAs, whose serials always change. */
function addOwn(records: RecordsByZone, state: ControllerState): void {
  for (const zone of zonesOf(state.config)) {
    if (isOwn(zone)) addSets(records, zone.origin, ownSets(state.config, zone, 0).filter(isNoSoa));
    addSets(records, zone.origin, state.zones.get(zone.origin)?.updates.values() ?? []);
  }
}

function isNoSoa({ type }: RRset): boolean {
  return type !== rrType.SOA;
}

function poolRecords(state: ControllerState): RecordsByZone {
  const records: RecordsByZone = new Map();
  for (const pool of state.pools.values()) addSets(records, pool.config.zone, pool.sets);
  return records;
}

function addSets(records: RecordsByZone, origin: string, sets: Iterable<RRset>): void {
  const zone = records.get(origin) ?? new Map<string, string>();
  records.set(origin, zone);
  for (const set of sets) {
    const lines = rrsetText(set).split("\n");
    const bare = rrsetText({ ...set, ttlSeconds: 0 }).split("\n");
    for (const [i, line] of lines.entries()) if (line !== "") zone.set(bare[i] ?? line, line.replaceAll("\t", " "));
  }
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
