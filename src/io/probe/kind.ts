/**
 * What every kind of probe is to the prober: something that opens a prober for one target. A kind that talks over
 * one TCP or TLS connection writes a script and lets a conversation run it; a kind that needs something else (a
 * datagram, a program) implements `TargetProber` itself.
 */
import type { SecureContext } from "node:tls";
import type { ProbeConfig, Target } from "../../core/model.ts";
import type { AgentWords } from "../../ports/agents.ts";
import type { CancelProbe, ProberStory, Verdict } from "../../ports/prober.ts";
import type { Deadlines } from "./deadlines.ts";
import type { LineBudget } from "./line-budget.ts";
import type { Origins } from "./origins.ts";
import type { Programs } from "./programs.ts";

/** One for all targets of a prober. */
export interface Surroundings {
  readonly deadlines: Deadlines;
  /** Every connection reads into this one buffer; its content is used up within the read callback. */
  readonly readBuffer: Buffer;
  readonly lines: LineBudget;
  readonly programs: Programs;
  readonly origins: Origins;
  /** Null: agents are not heard here. */
  readonly agents: AgentWords | null;
  secureContext(): SecureContext;
  /** An idle connection of the target was closed by the member. */
  trip(targetId: string, reason: string): void;
  /** Something else than a member keeps the prober from judging, or does not any more. Told once each. */
  trouble(story: ProberStory): void;
}

export interface TargetProbe {
  readonly timeoutMs: number;
  readonly fresh: boolean;
}

export interface TargetProber {
  /** `onVerdict` is called exactly once and never before `start` has returned, unless cancelled. */
  start(probe: TargetProbe, onVerdict: (verdict: Verdict) => void): CancelProbe;
  /** Closes what is kept. A probe that still runs gets its verdict, and keeps nothing. */
  forget(): void;
}

export interface ProbeKind<P extends ProbeConfig> {
  open(target: Target, probe: P, surroundings: Surroundings): TargetProber;
}
