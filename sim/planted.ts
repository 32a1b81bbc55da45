/**
 * Faults that tests plant to see them caught. Those of what carries effects out are flags; those of the real controller
 * are done to its state, its events, or what it is given at a start, so that it acts as if its code were wrong.
 */
import { type Now, wall } from "../src/base/time.ts";
import type { AgentConfig } from "../src/core/agent.ts";
import type { SavedState } from "../src/ports/store.ts";
import type { ControllerState } from "../src/roles/controller-state.ts";
import type { KeeperFaults } from "./zone-keeper.ts";

export interface PlantedFaults extends KeeperFaults {
  /** An operator's request is acknowledged before it is durable. */
  readonly acknowledgeEarly?: boolean;
  /** What is decided, and what people were told, is durable before the history that it comes from. */
  readonly storyLate?: boolean;
  /** Before each step. */
  readonly beforeStep?: (state: ControllerState, now: Now) => void;
  /** As the desk for agents' reports takes them to be configured. */
  readonly agents?: (agents: readonly AgentConfig[]) => readonly AgentConfig[];
  /** At each start. */
  readonly atStart?: (saved: SavedState) => SavedState;
}

/** Pins do not survive a restart. */
export const forgottenPins: PlantedFaults = {
  atStart: (saved) => ({ ...saved, orders: saved.orders.filter(({ kind }) => kind !== "pin") }),
};

/** Nothing that an operator ordered ends by itself. */
export const endlessOverrides: PlantedFaults = {
  beforeStep: ({ overrides }) => {
    for (const [member, override] of overrides) overrides.set(member, { ...override, expiresAt: null });
  },
};

/** Lengths of time are counted by a wall clock that may be set. */
export const unseenClock: PlantedFaults = {
  beforeStep: (state, now) => {
    state.clockAheadMs = now.wall - now.mono;
  },
};

/** Windows of maintenance are looked at once, and never again. */
export const unseenWindows: PlantedFaults = {
  beforeStep: ({ maintenance }) => {
    maintenance.nextAt = wall(Number.POSITIVE_INFINITY);
    maintenance.seenAt = wall(Number.NEGATIVE_INFINITY);
  },
};

/** Nobody asks whether the checker itself is cut off. */
export const deafToReferences: PlantedFaults = {
  beforeStep: (state) => {
    state.references = [];
  },
};

/** Everybody may leave at once. */
export const looseBrake: PlantedFaults = {
  beforeStep: (state) => {
    state.config = { ...state.config, brake: null };
  },
};

/** Watchers that are late or sick vote all the same. */
export const everybodyVotes: PlantedFaults = {
  beforeStep: ({ watchers }, now) => {
    for (const watcher of watchers.values()) Object.assign(watcher, { heardAt: now.mono, sick: null });
  },
};

/** The controller decides alone, whoever else watches. */
export const decidingAlone: PlantedFaults = {
  beforeStep: ({ targets }) => {
    for (const target of targets.values()) target.panel = null;
  },
};

/** An agent that is a little late counts as silent. */
export const impatientDesk: PlantedFaults = {
  agents: (agents) => agents.map((agent) => ({ ...agent, silentMs: 200 })),
};

/** What an agent said once holds for ever. */
export const endlessWords: PlantedFaults = {
  agents: (agents) => agents.map((agent) => ({ ...agent, silentMs: Number.POSITIVE_INFINITY })),
};

/** How old the data of members is, is forgotten as soon as it is known. */
export const forgottenAges: PlantedFaults = {
  beforeStep: ({ targets }) => {
    for (const target of targets.values()) target.data = null;
  },
};

/** What clients put into a zone is forgotten when it leaves. */
export const forgottenUpdates: PlantedFaults = {
  beforeStep: ({ absent }) => {
    for (const [origin, zone] of absent) absent.set(origin, { ...zone, updates: [] });
  },
};
