/**
 * Probes in the simulated world, from one site: it implements the port that the real prober does. Parts of composites
 * count as they really do, agents' words are those of the real desk, and the age of data is judged as it really is.
 */
import { agentProbesIn } from "../src/core/agent-work.ts";
import { judgeAge } from "../src/core/data-age.ts";
import type { CompositeProbe, FreshnessProbe, ProbeConfig, Verdict } from "../src/core/model.ts";
import { Tally } from "../src/core/tally.ts";
import type { AgentWords, Asked } from "../src/ports/agents.ts";
import type { CancelProbe, Prober, ProbeRequest } from "../src/ports/prober.ts";
import { stampOf } from "./data.ts";
import type { Site, World } from "./world.ts";

/** Linux sends a lost SYN again after one second (RFC 6298, 2.1). */
const synRetryMs = 1000;
/** A lost segment on a connection is sent again after about this long. */
const segmentRetryMs = 250;

type OnVerdict = (verdict: Verdict) => void;

/** Dies with the controller, the watcher or the agent. Only the controller's keeps connections, and hears agents. */
export function createProber(world: World, site: Site, agents: AgentWords | null = null): SiteProber {
  return new SiteProber(world, site, agents);
}

export class SiteProber implements Prober {
  readonly #world: World;
  readonly #site: Site;
  readonly #agents: AgentWords | null;
  readonly #running = new Set<CancelProbe>();
  /** Ends of listening for news of agents, by target. */
  readonly #listening = new Map<string, () => void>();
  #tripped: (targetId: string, reason: string) => void = () => undefined;

  constructor(world: World, site: Site, agents: AgentWords | null) {
    this.#world = world;
    this.#site = site;
    this.#agents = agents;
  }

  start(request: ProbeRequest, onVerdict: OnVerdict): CancelProbe {
    this.#listen(request);
    const cancel = this.#probe(request, request.target.check.probe, (verdict) => {
      this.#running.delete(cancel);
      onVerdict(verdict);
    });
    this.#running.add(cancel);
    return cancel;
  }

  onTrip(listener: (targetId: string, reason: string) => void): void {
    this.#tripped = listener;
  }

  onTrouble(): void {
    // Nothing is ever wrong with a simulated prober.
  }

  trip(targetId: string): void {
    this.#tripped(targetId, "the idle connection was closed");
  }

  forget(targetId: string): void {
    this.#listening.get(targetId)?.();
    this.#listening.delete(targetId);
    if (this.#isHome) for (const member of this.#world.members.values()) member.kept.delete(targetId);
  }

  async close(): Promise<void> {
    for (const cancel of this.#running) cancel();
    for (const end of this.#listening.values()) end();
    this.#listening.clear();
    if (this.#isHome) for (const member of this.#world.members.values()) member.kept.clear();
  }

  get #isHome(): boolean {
    return this.#site === this.#world.home;
  }

  #listen({ target }: ProbeRequest): void {
    const agents = this.#agents;
    if (agents === null || this.#listening.has(target.id)) return;
    const tell = (): void => this.#tripped(target.id, "its agent says something new");
    const about = agentProbesIn(target.check.probe).map((probe): Asked => ({ probe, address: target.address }));
    const ends = about.map((asked) => agents.onNews(asked, tell));
    this.#listening.set(target.id, () => ends.forEach((end) => end()));
  }

  #probe(request: ProbeRequest, probe: ProbeConfig, onVerdict: OnVerdict): CancelProbe {
    if ("of" in probe) return this.#probeParts(request, probe, onVerdict);
    if (probe.kind === "agent" || probe.kind === "mount") return this.#askAgent(request, probe, onVerdict);
    if (probe.kind === "freshness")
      return this.#askService(request, (verdict) => onVerdict(this.#judgeData(request, probe, verdict)));
    return this.#askService(request, onVerdict);
  }

  #probeParts(request: ProbeRequest, probe: CompositeProbe, onVerdict: OnVerdict): CancelProbe {
    const startedAt = this.#world.agenda.now;
    const tally = new Tally(probe);
    const cancels: CancelProbe[] = [];
    const cancel = (): void => cancels.splice(0).forEach((each) => each());
    for (const [index, part] of probe.of.entries()) {
      const take = (verdict: Verdict): void => {
        const outcome = tally.add(index, verdict);
        if (outcome === null) return;
        cancel();
        onVerdict({ ...outcome, tookMs: this.#world.agenda.now - startedAt });
      };
      cancels.push(this.#probe(request, part, take));
    }
    return cancel;
  }

  #askAgent({ target }: ProbeRequest, probe: Asked["probe"], onVerdict: OnVerdict): CancelProbe {
    const { address } = target;
    return this.#world.agenda.after(0, () => {
      const word = this.#agents?.judge({ probe, address }) ?? { kind: "unknown", reason: "nobody hears agents here" };
      onVerdict({ ...word, tookMs: 0 });
    });
  }

  /** What is served is compared with the origin; while that cannot be read nobody is judged (M6). */
  #judgeData({ target }: ProbeRequest, probe: FreshnessProbe, verdict: Verdict): Verdict {
    const { origin } = this.#world;
    const { tookMs } = verdict;
    if (verdict.kind === "unknown") return verdict;
    if (!origin.isReadable) return { kind: "unknown", tookMs, reason: "the origin cannot be read" };
    if (verdict.kind === "down") return verdict;
    const at = stampOf(this.#world.member(target.address).mirror);
    if (at === null) return { kind: "down", tookMs, reason: "status 404", fault: "wrong-reply" };
    return { ...judgeAge({ at, origin: origin.at, now: this.#world.now().wall }, probe.lagMsMax), tookMs };
  }

  #askService(request: ProbeRequest, onVerdict: OnVerdict): CancelProbe {
    const { fresh, target, timeoutMs } = request;
    const { agenda } = this.#world;
    const site = this.#site;
    const member = this.#world.member(target.address);
    const startedAt = agenda.now;
    const cancels: (() => void)[] = [];
    const cancel = (): void => {
      for (const each of cancels) each();
      member.waiting.delete(retry);
    };
    const deliver = (verdict: Verdict): void => {
      cancel();
      onVerdict(verdict);
    };
    const tookMs = (): number => agenda.now - startedAt;
    const answer = (): void => {
      if (site.isSick) return deliver({ kind: "unknown", tookMs: tookMs(), reason: "no route at all" });
      if (site.isCut || site.noRoute.has(target.address)) return;
      if (member.condition === "stopped")
        return deliver({ kind: "down", tookMs: tookMs(), reason: "connection refused", fault: "refused" });
      if (member.condition === "frozen") return void member.waiting.add(retry);
      if (fresh || !member.kept.has(target.id)) member.accepted += 1;
      if (target.check.tripwire && this.#isHome) member.kept.add(target.id);
      deliver({ kind: "up", tookMs: tookMs(), detail: "status 200" });
    };
    const retry = (): void => void cancels.push(agenda.after(this.#world.travelMs(member), answer));
    cancels.push(agenda.after(this.#roundTripMs(request), answer));
    const late = { kind: "down", reason: `no answer within ${timeoutMs} ms`, fault: "no-reply" } as const;
    cancels.push(agenda.after(timeoutMs, () => deliver({ ...late, tookMs: tookMs() })));
    return cancel;
  }

  #roundTripMs({ fresh, target }: ProbeRequest): number {
    const member = this.#world.member(target.address);
    let ms = this.#world.travelMs(member);
    const retryMs = fresh ? synRetryMs : segmentRetryMs;
    for (let wait = retryMs; this.#world.prng.next() < member.loss && wait < 60_000; wait *= 2) ms += wait;
    return ms;
  }
}
