/**
 * The `agent` and `mount` probes: they ask nobody, but look up what the agent on the member's machine said last. A
 * change of its word makes the member due at once. Elsewhere than at the controller nobody hears agents, and the probes
 * are `unknown`.
 */
import type { AgentProbe, MountProbe } from "../../core/agent.ts";
import type { Target } from "../../core/model.ts";
import type { AgentVerdict } from "../../core/hearing.ts";
import type { AgentWords, Asked } from "../../ports/agents.ts";
import type { CancelProbe, Verdict } from "../../ports/prober.ts";
import type { ProbeKind, Surroundings, TargetProbe, TargetProber } from "./kind.ts";

export const agentKind: ProbeKind<AgentProbe> = { open: openWord };
export const mountKind: ProbeKind<MountProbe> = { open: openWord };

function openWord(target: Target, probe: Asked["probe"], surroundings: Surroundings): TargetProber {
  return new WordProber(target, probe, surroundings);
}

class WordProber implements TargetProber {
  readonly #asked: Asked;
  readonly #agents: AgentWords | null;
  readonly #forget: () => void;

  constructor(target: Target, probe: Asked["probe"], surroundings: Surroundings) {
    const { agents } = surroundings;
    this.#asked = { probe, address: target.address };
    this.#agents = agents;
    const tell = (): void => surroundings.trip(target.id, "its agent says something new");
    this.#forget = agents?.onNews(this.#asked, tell) ?? (() => undefined);
  }

  /** Nothing is waited for; only the verdict never comes before `start` has returned. */
  start(_probe: TargetProbe, onVerdict: (verdict: Verdict) => void): CancelProbe {
    const timer = setImmediate(() => onVerdict({ ...this.#judge(), tookMs: 0 }));
    return () => clearImmediate(timer);
  }

  forget(): void {
    this.#forget();
  }

  #judge(): AgentVerdict {
    return this.#agents?.judge(this.#asked) ?? { kind: "unknown", reason: "agents report to the controller, not here" };
  }
}
