/**
 * An agent: it judges its own machine with the controller's own steps, adds what it sees of links and mounts, and makes
 * one report of all that. It decides nothing but whether its machine is fit: every proof is up, as far as it can look.
 *
 * It says nothing before each proof was judged once, or has had its time for that: an agent that has just started
 * knows nothing, and to call that unfit would take a good machine out at each restart.
 */
import type { Prng } from "../base/prng.ts";
import { later, type Mono, type Now } from "../base/time.ts";
import type { AgentReport, LinkWord, MountWord, ProofConfig, ProofWord, ReachConfig } from "../core/agent.ts";
import type { Config } from "../core/model.ts";
import type { WatcherWord } from "../core/vantage.ts";
import type { Effect } from "./effects.ts";
import { Watcher, type WatcherEvent } from "./watcher.ts";

/** What the controller asks for. */
export interface AgentWork {
  readonly agent: string;
  readonly proofs: readonly ProofConfig[];
  readonly mounts: readonly string[];
  readonly reaches: readonly ReachConfig[];
  readonly silentMs: number;
}

export type AgentEvent =
  | WatcherEvent
  | { readonly kind: "work-given"; readonly work: AgentWork }
  | { readonly kind: "links-seen"; readonly links: readonly LinkWord[] }
  | { readonly kind: "mounts-seen"; readonly mounts: readonly MountWord[] };

/**
 * How long what was just given may take until it is judged. Silence until then is no worse than a wrong word, but it must
 * end well before the controller takes a link that says nothing for dead: the work would be given anew, again and again.
 */
const proveMsMax = 5_000;

export class Agent {
  readonly #watcher: Watcher;
  #work: AgentWork | null = null;
  #proveUntil: Mono | null = null;
  #links: readonly LinkWord[] = [];
  #mounts: readonly MountWord[] = [];

  constructor(start: { readonly config: Config; readonly now: Now; readonly prng: Prng }) {
    this.#watcher = new Watcher(start);
  }

  nextWakeAt(): Mono {
    return this.#watcher.nextWakeAt();
  }

  /** Effects to carry out: probes to start and to cancel, targets to forget. */
  step(event: AgentEvent, now: Now): readonly Effect[] {
    if (event.kind === "work-given") return this.#begin(event.work, now);
    if (event.kind === "links-seen") this.#links = event.links;
    else if (event.kind === "mounts-seen") this.#mounts = event.mounts;
    else return this.#watcher.step(event, now);
    return [];
  }

  #begin(work: AgentWork, now: Now): readonly Effect[] {
    this.#work = work;
    this.#proveUntil = later(now.mono, proveMsMax);
    const targets = [...work.proofs, ...work.reaches].map(({ target }) => target);
    return this.#watcher.step({ kind: "assigned", targets, references: [] }, now);
  }

  /** Null: there is nothing to say yet. */
  report(now: Now): AgentReport | null {
    const work = this.#work;
    if (work === null) return null;
    const words = new Map(this.#watcher.report(now, true).words.map((word) => [word.targetId, word]));
    const checks = work.proofs.map(({ name, target }) => ({ name, ...verdictOf(words.get(target.id)) }));
    const isProving = this.#proveUntil !== null && now.mono < this.#proveUntil;
    if (isProving && checks.some(({ verdict }) => verdict === "unknown")) return null;
    const mounts = work.mounts.flatMap((path) => this.#mounts.find((mount) => mount.path === path) ?? []);
    if (isProving && mounts.length < work.mounts.length) return null;
    const reaches = work.reaches.map(({ name, role, target }) => {
      return { name, role, address: target.address, ...verdictOf(words.get(target.id)) };
    });
    return { agent: work.agent, at: now.wall, ...judgeFitness(checks), checks, links: this.#links, mounts, reaches };
  }
}

function verdictOf(word: WatcherWord | undefined): Omit<ProofWord, "name"> {
  if (word === undefined) return { verdict: "unknown", reason: "not judged yet", fault: null };
  if (word.health === "unproven") return { verdict: "unknown", reason: word.reason, fault: null };
  const { able, fault, health, reason } = word;
  if (!able)
    return { verdict: "unknown", reason: `cannot be judged lately; before: ${reason}`.slice(0, 300), fault: null };
  return { verdict: health === "up" ? "up" : "down", reason, fault };
}

/** Fit is who proves everything; what cannot be proved is not. */
export function judgeFitness(checks: readonly ProofWord[]): Pick<AgentReport, "fit" | "reason"> {
  const failing = checks.filter(({ verdict }) => verdict !== "up");
  const [first] = failing;
  if (first === undefined) return { fit: true, reason: provedText(checks.length) };
  const more = failing.length === 1 ? "" : ` (and ${failing.length - 1} more)`;
  return { fit: false, reason: `${first.name}: ${first.reason}`.slice(0, 300 - more.length) + more };
}

function provedText(count: number): string {
  if (count === 0) return "it reports, and has nothing to prove";
  return count === 1 ? "its proof holds" : `all ${count} proofs hold`;
}

/** What makes a report worth sending at once; reasons and times may differ. */
export function reportKey({ checks, fit, links, mounts, reaches }: AgentReport): string {
  const verdicts = [...checks, ...reaches].map(({ verdict }) => verdict);
  return [fit, ...verdicts, ...links.map(({ up }) => up), ...mounts.map(({ state }) => state)].join(" ");
}
