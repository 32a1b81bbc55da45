/**
 * Agents: each runs on a machine that members are on, proves that machine, and reports. An agent's word is about its own
 * machine only: it can say that its members are unfit, and it says nothing of others. Silence weighs as much as unfit,
 * but only where somebody was listening: a controller that has just started has not heard anybody yet.
 */
import type { Wall } from "../base/time.ts";
import type { FaultCode } from "./fault.ts";
import type { Target } from "./model.ts";

/** A machine whose agent may report, and what the agent looks at. The controller hands all of it to the agent. */
export interface AgentConfig {
  readonly name: string;
  /** Addresses of its machine; it speaks for the members that have one of them. */
  readonly addresses: readonly string[];
  /** What must be up, seen from the machine itself, or it is unfit. */
  readonly proofs: readonly ProofConfig[];
  /** Absolute paths of mount points. */
  readonly mounts: readonly string[];
  readonly reaches: readonly ReachConfig[];
  /** Without a report for so long it is silent. */
  readonly silentMs: number;
}

export interface ProofConfig {
  readonly name: string;
  readonly target: Target;
}

/** `witness`: whom a machine must reach to count as part of the world. `peer`: the other machine. */
export type ReachRole = "witness" | "peer" | "gateway";

export interface ReachConfig {
  readonly name: string;
  readonly role: ReachRole;
  readonly target: Target;
}

/** The agent's word on its whole machine. */
export interface AgentProbe {
  readonly kind: "agent";
  /** Its name; null: the one on the member's machine. */
  readonly agent: string | null;
}

/** The agent's word on one mount point, which alerts and removes nobody. */
export interface MountProbe {
  readonly kind: "mount";
  readonly agent: string | null;
  readonly path: string;
}

/** What an agent says of its machine. */
export interface AgentReport {
  readonly agent: string;
  /** By the clock of the agent's machine. */
  readonly at: Wall;
  readonly fit: boolean;
  /** Why it is fit or not, in a few words. */
  readonly reason: string;
  readonly checks: readonly ProofWord[];
  readonly links: readonly LinkWord[];
  readonly mounts: readonly MountWord[];
  readonly reaches: readonly ReachWord[];
}

/** `unknown`: not judged yet, or it cannot be judged. */
type ProofVerdict = "up" | "down" | "unknown";

/** One thing that was to be proved. */
export interface ProofWord {
  readonly name: string;
  readonly verdict: ProofVerdict;
  readonly reason: string;
  /** What failed, of one that is down; null: it is not known. */
  readonly fault: FaultCode | null;
}

/** A network interface. */
export interface LinkWord {
  readonly name: string;
  /** Whether it has a carrier: a cable, and something at its other end. */
  readonly up: boolean;
  readonly addresses: readonly string[];
}

/** `hung`: it does not answer. `gone`: nothing is mounted there. */
export type MountState = "ok" | "hung" | "gone";

export interface MountWord {
  readonly path: string;
  readonly state: MountState;
  readonly reason: string;
  /** Not ok for so long; null: it is ok. */
  readonly sinceMs: number | null;
}

/** Somebody else, seen from the machine. */
export interface ReachWord {
  readonly name: string;
  readonly role: ReachRole;
  readonly address: string;
  readonly verdict: ProofVerdict;
  readonly reason: string;
  /** What failed, of one that is down; null: it is not known. */
  readonly fault: FaultCode | null;
}
