/**
 * What an operator may ask, answered by a running controller (`Operator` in `core/view`). Finds the members that are
 * meant, turns wishes into events, and says in sentences what came of them.
 */
import { listed } from "../base/listed.ts";
import { findNearest } from "../base/nearest.ts";
import type { Result } from "../base/result.ts";
import { wall } from "../base/time.ts";
import type { Config, HistoryEvent, Override } from "../core/model.ts";
import { noReason } from "../core/order.ts";
import type {
  Force,
  LiveMessage,
  Operator,
  OperatorOutcome,
  OverrideRequest,
  PlanOutcome,
  PlanRequest,
  PlanView,
  SimulationOutcome,
  StatusView,
} from "../core/view.ts";
import type { Clock } from "../ports/clock.ts";
import type { FileComparison, Nameserver } from "../ports/nameserver.ts";
import type { Store } from "../ports/store.ts";
import { pinOf } from "../roles/hold.ts";
import { explainName } from "../roles/controller-explain.ts";
import { viewMember, viewStatus } from "../roles/controller-view.ts";
import { viewRecords } from "../roles/records-view.ts";
import type { ControllerEvent } from "../roles/effects.ts";
import { namesIn } from "../roles/configure-steps.ts";
import { type ComparedFiles, planStep } from "../roles/plan.ts";
import { isServedHere } from "../roles/zone-state.ts";
import { simulateFailure } from "../roles/simulate.ts";
import { type Selected, selectableWords, selectMembers } from "../roles/select.ts";
import type { Notifications } from "./notify/notifications.ts";
import { operateOrders } from "./operator-orders.ts";
import type { Outside } from "./outside.ts";
import type { Recording } from "./recording/recording.ts";
import type { Rehearsals } from "./rehearsal/rehearsals.ts";
import { operateReplay } from "./replay/operate-replay.ts";
import type { Runner } from "./runner.ts";
import { fileSource } from "./zone-hands.ts";

/** `accept` makes it the one that later readings are compared with. */
export type ReadConfig =
  | { readonly ok: true; readonly config: Config; readonly sentences: readonly string[]; readonly accept: () => void }
  | { readonly ok: false; readonly problems: readonly string[] };

export interface OperatorParts {
  readonly runner: Runner;
  readonly clock: Clock;
  readonly store: Store;
  readonly nameserver: Nameserver;
  readonly outside: Pick<Outside, "outlets" | "nameservers">;
  readonly notifications: Pick<Notifications, "test" | "acknowledge">;
  readonly recording: Recording;
  readonly rehearsals: Rehearsals;
  readonly version: string;
  /** Reads and checks the file again: the new configuration with sentences on what changed, or why it is refused. */
  readonly readConfig: (text: string | null) => Promise<ReadConfig>;
}

/** Status goes to subscribers at most this often. */
const statusEveryMs = 250;
/** And at least this often while somebody listens: answering times change without an event. */
const statusAtLeastEveryMs = 2000;

export function createOperator(parts: OperatorParts): Operator & { readonly close: () => void } {
  const { clock, runner, store } = parts;
  const { state } = runner.controller;
  const live = createLive(parts);
  const durably = (outcome: OperatorOutcome): Promise<OperatorOutcome> => acknowledge(runner, outcome);
  return {
    status: () => viewNow(parts),
    explain: (name) => explainName(state, name, { now: clock.now(), ...viewOutside(parts) }),
    records: (zone) => viewRecords(state, zone, clock.now()),
    history: (query) => store.history(query),
    setOverride: (request) => durably(setOverride(parts, request)),
    clearOverride: (selector, by) => durably(clearOverride(parts, selector, by)),
    ...operateOrders({ clock, runner, durably, done: (sentences, selected = []) => done(parts, selected, sentences) }),
    releaseBrake: (by) => durably(releaseBrake(parts, by)),
    release: (selector, by) => durably(release(parts, selector, by)),
    failback: (pool, by) => durably(failback(parts, pool, by)),
    reload: async (force, by) => durably(await reload(parts, force, by)),
    plan: (request) => plan(parts, request),
    simulate: async (request) => simulate(parts, request),
    replay: operateReplay(parts),
    reset: (by) => durably(reset(parts, by)),
    rehearse: (wish) => parts.rehearsals.rehearse(wish),
    rehearsals: () => parts.rehearsals.views(),
    notifyTest: (channel) => parts.notifications.test(channel),
    acknowledge: (pattern, by) => parts.notifications.acknowledge(pattern, by),
    subscribe: live.subscribe,
    counters: () => parts.nameserver.counters(),
    close: live.close,
  };
}

/** What an operator hears of is durable, or said not to be: no crash takes back what was acknowledged. */
async function acknowledge(runner: Runner, outcome: OperatorOutcome): Promise<OperatorOutcome> {
  if (outcome.kind !== "done" || (await runner.settled())) return outcome;
  const warning = "this is in force, but could not be saved yet: a restart before that forgets it";
  return { ...outcome, sentences: [...outcome.sentences, warning] };
}

function viewOutside({ outside }: OperatorParts): Pick<StatusView, "nameservers" | "outlets"> {
  return { outlets: outside.outlets(), nameservers: outside.nameservers() };
}

function viewNow(parts: OperatorParts): StatusView {
  const { clock, runner, version } = parts;
  const status = viewStatus(runner.controller.state, { version, now: clock.now(), ...viewOutside(parts) });
  const ready = status.ready && runner.answers;
  return { ...status, ready, ...(runner.unsaved === null ? {} : { unsaved: runner.unsaved }) };
}

const membersNamedMax = 5;

function notFound(parts: OperatorParts, selector: string): OperatorOutcome {
  const pool = parts.runner.controller.state.pools.get(selector.toLowerCase());
  if (pool !== undefined) {
    const labels = pool.members.map(({ config }) => config.label);
    const sentence = `${selector} is a pool and no member; its members are ${listed(labels, membersNamedMax)}`;
    return { kind: "not-found", sentence, nearest: null };
  }
  const nearest = findNearest(selector, selectableWords(parts.runner.controller.state));
  return { kind: "not-found", sentence: `no member is called "${selector}"`, nearest };
}

function done(parts: OperatorParts, selected: readonly Selected[], sentences: readonly string[]): OperatorOutcome {
  const { state } = parts.runner.controller;
  const around = { now: parts.clock.now(), nameservers: parts.outside.nameservers() };
  return { kind: "done", sentences, members: selected.map((one) => viewMember(state, { ...one, ...around })) };
}

function setOverride(parts: OperatorParts, request: OverrideRequest): OperatorOutcome {
  const { state } = parts.runner.controller;
  const selected = selectMembers(state, request.selector);
  if (selected.length === 0) return notFound(parts, request.selector);
  const setAt = parts.clock.now().wall;
  const expiresAt = request.forMs === null ? null : wall(setAt + request.forMs);
  const { kind, owner, reason } = request;
  const overrides = selected.map(
    ({ member }): Override => ({ member: member.config.id, kind, owner, reason, setAt, expiresAt }),
  );
  parts.runner.dispatch({ kind: "override-set", overrides });
  return done(
    parts,
    selected,
    overrides.map(({ member }) => `${kind} set for ${member}`),
  );
}

function clearOverride(parts: OperatorParts, selector: string, by: Force): OperatorOutcome {
  const { state } = parts.runner.controller;
  const selected = selectMembers(state, selector);
  if (selected.length === 0) return notFound(parts, selector);
  const members = selected.map(({ member }) => member.config.id).filter((id) => state.overrides.has(id));
  parts.runner.dispatch({ kind: "override-cleared", members, ...by });
  const sentences = members.length === 0 ? [`${selector} has no override`] : members.map((id) => `${id} is enabled`);
  return done(parts, selected, sentences);
}

function releaseBrake(parts: OperatorParts, by: Force): OperatorOutcome {
  const { guard } = parts.runner.controller.state;
  const held = guard.brakingSince !== null;
  parts.runner.dispatch({ kind: "brake-released", ...by });
  return done(
    parts,
    [],
    [held ? "the brake is released: who was held back is probed at once" : "the brake held nobody back"],
  );
}

function release(parts: OperatorParts, selector: string, by: Force): OperatorOutcome {
  const selected = selectMembers(parts.runner.controller.state, selector);
  if (selected.length === 0) return notFound(parts, selector);
  const held = selected.filter(({ member }) => member.target.flap.heldUntil !== null);
  parts.runner.dispatch({ kind: "released", targetIds: held.map(({ member }) => member.target.target.id), ...by });
  const sentences = held.map(({ member }) => `${member.config.id} is no longer held`);
  return done(parts, selected, sentences.length === 0 ? [`${selector} is not held`] : sentences);
}

function failback(parts: OperatorParts, name: string, by: Force): OperatorOutcome {
  const { state } = parts.runner.controller;
  const pool = state.pools.get(name);
  if (pool === undefined) {
    const nearest = findNearest(name, state.pools.keys());
    return { kind: "not-found", sentence: `no pool is called "${name}"`, nearest };
  }
  const pin = pinOf(state, pool);
  if (pin !== null) {
    const sentence = `${name} is pinned to ${pin.address}, and failover is off; end that with \`muster unpin ${name}\``;
    return { kind: "refused", sentence, details: [] };
  }
  if (pool.config.policy !== "priority") {
    const sentence = `${name} has the policy ${pool.config.policy}: only a pool with the policy priority fails back`;
    return { kind: "refused", sentence, details: [] };
  }
  parts.runner.dispatch({ kind: "failback", pool: name, ...by });
  const reason = state.pools.get(name)?.decision?.reason ?? "not decided yet";
  return done(
    parts,
    pool.members.map((member) => ({ pool, member })),
    [`${name}: ${reason}`],
  );
}

async function reload(parts: OperatorParts, force: Force | null, asks: Force | null): Promise<OperatorOutcome> {
  const read = await parts.readConfig(null);
  if (!read.ok) {
    const sentence = "the configuration was refused, and nothing has changed";
    const count = read.problems.length === 1 ? "" : `${read.problems.length} problems, first: `;
    tellRefusal(parts, `${sentence}: ${count}${read.problems[0] ?? "none"}`);
    return { kind: "refused", sentence, details: read.problems };
  }
  const { accept, config } = read;
  const sentences = [...read.sentences];
  const step = { kind: "configured", config, sentences } as const;
  const { refusal, zones } = planStep(parts.runner.controller.state, step, { now: parts.clock.now() });
  if (refusal !== null && force === null) {
    const { details, sentence: why } = refusalOf(refusal, zones);
    const sentence = `the configuration was refused, and ${why}`;
    tellRefusal(parts, sentence);
    return { kind: "refused", sentence, details };
  }
  if (force !== null) sentences.push(`forced by ${force.owner}: ${force.reason}`);
  const by = force ?? asks;
  parts.runner.dispatch(by === null ? step : { ...step, by, forced: force !== null });
  accept();
  return reloaded(parts, config, sentences);
}

/** What came of it, zone files included: these are read again at each reload, and each is refused for itself. */
async function reloaded(parts: OperatorParts, config: Config, sentences: string[]): Promise<OperatorOutcome> {
  const withFile = config.zones.filter(({ file }) => file !== null);
  const areRead = withFile.length === 0 || (await parts.runner.filesRead());
  const { zones } = parts.runner.controller.state;
  const refused = withFile.flatMap(({ origin }) => {
    const trouble = zones.get(origin)?.trouble ?? null;
    return trouble === null ? [] : [`zone ${origin}: ${trouble}`];
  });
  if (refused.length > 0) {
    const sentence = "the configuration is in force, but not every zone file was taken";
    return { kind: "refused", sentence, details: refused };
  }
  if (!areRead) sentences.push("zone files are still being read; `muster status` names one that is refused");
  if (sentences.length > 0) return done(parts, [], sentences);
  return done(
    parts,
    [],
    [withFile.length === 0 ? "nothing changed" : "nothing changed but for what zone files changed"],
  );
}

function tellRefusal({ runner }: OperatorParts, sentence: string): void {
  runner.dispatch({ kind: "trouble", subject: "muster", rule: "config/refused", sentence });
}

async function plan(parts: OperatorParts, request: PlanRequest): Promise<PlanOutcome> {
  const planned = (event: ControllerEvent, files: ComparedFiles = new Map()): PlanOutcome => ({
    kind: "planned",
    plan: planStep(parts.runner.controller.state, event, { now: parts.clock.now(), files }),
  });
  if (request.kind === "reset") return planned({ kind: "reset", owner: "plan", reason: "plan" });
  const read = await parts.readConfig(request.text);
  if (!read.ok) return { kind: "refused", sentence: "the configuration would be refused", details: read.problems };
  const { config, sentences } = read;
  return planned({ kind: "configured", config, sentences }, await compareFiles(parts, config));
}

/** One after the other: the thread that reads them is one. */
async function compareFiles({ nameserver }: OperatorParts, config: Config): Promise<ComparedFiles> {
  const files = new Map<string, Result<FileComparison, readonly string[]>>();
  for (const zone of config.zones.filter(isServedHere)) {
    const { file, origin } = zone;
    if (file === null) continue;
    const source = fileSource({ origin, file, ...namesIn(config, origin), removalMax: null });
    files.set(origin, await nameserver.compareFile(source));
  }
  return files;
}

function simulate(
  parts: OperatorParts,
  { fail, how }: { fail: readonly string[]; how: "refused" | "silent" },
): SimulationOutcome {
  const { state } = parts.runner.controller;
  const selected = fail.map((selector) => ({ selector, members: selectMembers(state, selector) }));
  const missing = selected.find(({ members }) => members.length === 0);
  if (missing !== undefined) {
    const nearest = findNearest(missing.selector, selectableWords(state));
    return { kind: "not-found", sentence: `no member is called "${missing.selector}"`, nearest };
  }
  const targetIds = selected.flatMap(({ members }) => members.map(({ member }) => member.target.target.id));
  return { kind: "simulated", simulation: simulateFailure(state, { targetIds, how }, parts.clock.now()) };
}

/** One that removes too much needs a reason, as a reload does. */
function reset(parts: OperatorParts, { owner, reason }: Force): OperatorOutcome {
  const step = { kind: "reset", owner, reason } as const;
  const { refusal, zones } = planStep(parts.runner.controller.state, step, { now: parts.clock.now() });
  if (refusal !== null && reason === noReason) return { kind: "refused", ...refusalOf(refusal, zones) };
  parts.runner.dispatch(step);
  const forced = refusal === null ? [] : [`forced by ${owner}: ${reason}`];
  return done(parts, [], ["everything is back to normal; members are probed again at once", ...forced]);
}

function refusalOf(refusal: string, zones: PlanView["zones"]): { sentence: string; details: readonly string[] } {
  const details = zones.flatMap((zone) => zone.removed.map((line) => `- ${line}`));
  return { sentence: `nothing has changed: ${refusal}`, details };
}

/** The live stream: events as they come, the status gathered and at a bounded rate. */
function createLive(parts: OperatorParts): Pick<Operator, "subscribe"> & { close: () => void } {
  const { runner } = parts;
  const listeners = new Set<(message: LiveMessage) => void>();
  let pending: NodeJS.Timeout | null = null;
  const send = (message: LiveMessage): void => {
    for (const listener of listeners) listener(message);
  };
  const sendStatus = (): void => {
    pending = null;
    if (listeners.size > 0)
      send({
        kind: "status",
        status: viewNow(parts),
      });
  };
  const unlisten = runner.listen((event: HistoryEvent | null) => {
    if (listeners.size === 0) return;
    if (event !== null) send({ kind: "event", event });
    pending ??= setTimeout(sendStatus, statusEveryMs);
  });
  const steady = setInterval(sendStatus, statusAtLeastEveryMs);
  return {
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => {
      unlisten();
      clearInterval(steady);
      if (pending !== null) clearTimeout(pending);
    },
  };
}
