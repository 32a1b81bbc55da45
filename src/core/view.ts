/**
 * What people and programs see of the controller: plain data, made on demand from its state, the same in API,
 * CLI, page and metrics. Every state carries since when it holds and why, in a sentence. Times are Unix
 * milliseconds; names are text without a final dot.
 */
import type { Wall } from "../base/time.ts";
import type { AgentReport } from "./agent.ts";
import type { FaultCode } from "./fault.ts";
import type { Series } from "./maintenance.ts";
import type { DataAge, Health, HistoryEvent, HistoryKind, OverrideKind, Policy, RecordConfig } from "./model.ts";
import type { Severity } from "./notify.ts";
import type { Recurrence } from "./order.ts";
import type { FaultManner, RehearsalView } from "./rehearsal.ts";
import type { ReplayReport } from "./replay.ts";

export interface StatusView {
  readonly version: string;
  readonly startedAt: Wall;
  readonly at: Wall;
  /** False until every target was judged once, or the first round's time ran out, and muster's DNS server answers. */
  readonly ready: boolean;
  /** Why decisions cannot be saved: they are in force, and a restart would forget them. Absent: they are. */
  readonly unsaved?: string;
  readonly zones: readonly ZoneView[];
  readonly pools: readonly PoolView[];
  readonly guard: GuardView;
  /** Vantage points elsewhere; empty: the controller is the only one. */
  readonly watchers: readonly WatcherView[];
  /** What several members suffer from together. */
  readonly diagnoses?: readonly GroupDiagnosisView[];
  /** Machines that report on themselves. */
  readonly agents: readonly AgentView[];
  /** Windows of maintenance that run or come next. */
  readonly maintenance: readonly MaintenanceView[];
  /** Servers and files outside that hold muster's records. */
  readonly outlets: readonly OutletView[];
  /** Every nameserver that should serve muster's zones, and whether it does. */
  readonly nameservers: readonly NameserverView[];
}

/** A machine, as its own agent sees it. */
export interface AgentView {
  readonly name: string;
  readonly addresses: readonly string[];
  /** `silent`: no report for longer than its limit. `unheard`: none yet, and not for long enough to be silent. */
  readonly word: "fit" | "unfit" | "silent" | "unheard";
  readonly since: Wall;
  /** Null: never since the start. */
  readonly heardAt: Wall | null;
  /** Of its last report; empty: there is none. */
  readonly reason: string;
  readonly checks: AgentReport["checks"];
  readonly links: AgentReport["links"];
  readonly mounts: AgentReport["mounts"];
  readonly reaches: AgentReport["reaches"];
}

export interface MaintenanceView {
  readonly name: string;
  readonly owner: string;
  readonly reason: string;
  readonly from: Wall;
  readonly to: Wall;
  readonly running: boolean;
  /** Null: it comes once. */
  readonly series: Series | null;
  /** Ids, labels or addresses, and names of pools; both empty: everything. */
  readonly members: readonly string[];
  readonly pools: readonly string[];
}

/** A name that answers one thing, with failover switched off. */
export interface PinView {
  /** Or the target of another kind of record. */
  readonly address: string;
  readonly owner: string;
  readonly reason: string;
  readonly setAt: Wall;
  /** Null: until it is unpinned. */
  readonly expiresAt: Wall | null;
}

/** What keeps members in the answers although they fail. */
export interface GuardView {
  /** Since when none of the references has answered; null: one does, or there is none. */
  readonly sickSince: Wall | null;
  /** Since when the brake holds somebody back; null: nobody. */
  readonly brakingSince: Wall | null;
  readonly references: readonly ReferenceView[];
}

export interface ReferenceView {
  readonly address: string;
  readonly check: string;
  readonly targetId: string;
  readonly health: Health;
  readonly since: Wall;
  readonly reason: string;
}

export interface WatcherView {
  readonly name: string;
  /** False: it is shown, and decides nothing. */
  readonly votes: boolean;
  /** `silent`: not heard since the controller started. `sick`: it says itself that it cannot judge. */
  readonly state: "well" | "late" | "sick" | "silent";
  /** Null: not since the controller started. */
  readonly heardAt: Wall | null;
  readonly reason: string;
  /** How many targets it has a word on, and of how many it finds something else than was decided. */
  readonly targets: number;
  readonly differs: number;
}

export interface ZoneView {
  readonly origin: string;
  readonly serial: number;
  /** When the serial was handed out, as it says itself; null: it is no Unix time, such as 2026112007 from a master file. */
  readonly changedAt: Wall | null;
  /** The master file; null when muster makes the zone's own records. */
  readonly file: string | null;
  /** Pools whose names lie in the zone. */
  readonly pools: number;
  /** Why the zone is not as configured, such as a broken file while the last good one is served; null: all well. */
  readonly trouble: string | null;
}

export type NameserverState = "unknown" | "in-step" | "behind" | "unreachable" | "refused" | "lame" | "different";

export interface NameserverView {
  /** Its address is being looked up, and what it serves counts. */
  readonly pending: boolean;
  readonly zone: string;
  /** Its host name, or how it came to be watched, such as `secondary`. */
  readonly name: string;
  /** `192.0.2.53:53`. */
  readonly endpoint: string;
  /** What shows that it serves a change; `records` where it counts serials of its own. */
  readonly proof: "serial" | "records";
  readonly state: NameserverState;
  /** It is out of step for longer than a change takes: a person should look. */
  readonly trouble: boolean;
  readonly since: Wall;
  /** The last serial it was seen to serve; null: none yet. */
  readonly serial: number | null;
  /** How long it has been behind what muster decided; 0: not at all. */
  readonly lagSeconds: number;
  readonly lastAskedAt: Wall | null;
  /** From a change being durable to this server serving it. */
  readonly delays: DelaysView;
  /** In a sentence. */
  readonly reason: string;
}

export interface DelaysView {
  readonly count: number;
  readonly sumMs: number;
  /** Of the newest change that it was seen to serve. */
  readonly lastMs: number | null;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Changes that were served within `ms`, each counted in the smallest that fits; null: any longer. */
  readonly buckets: readonly { readonly ms: number | null; readonly count: number }[];
}

export type OutletState = "in-step" | "behind" | "unreachable" | "refused";

export interface OutletView {
  readonly zone: string;
  /** `update 192.0.2.53:53`, `file /var/lib/bind/example.org`. */
  readonly name: string;
  readonly state: OutletState;
  readonly since: Wall;
  /** The serial of the newest state that is known to be there; null: none yet. */
  readonly serial: number | null;
  /** In a sentence. */
  readonly reason: string;
}

export interface PoolView {
  readonly name: string;
  readonly zone: string;
  readonly policy: Policy;
  /** What the answer is made of: addresses, or records of this type. */
  readonly record: RecordConfig["kind"];
  readonly answer: AnswerView;
  readonly pin: PinView | null;
  /** The last one of this pool, if there was any. */
  readonly rehearsal?: RehearsalView;
  readonly members: readonly MemberView[];
}

export interface AnswerView {
  /** Addresses that are answered now, over both families; for other kinds of records their targets. */
  readonly addresses: readonly string[];
  readonly ttlSeconds: number;
  /** True: nobody is fit, and the configured last resort is served. */
  readonly lastResort: boolean;
  /** The rule that chose, such as `pool/priority`. */
  readonly rule: string;
  readonly reason: string;
  readonly since: Wall;
  /** Under `priority`: the number that answers now; null otherwise. */
  readonly activePriority: number | null;
  /** A better priority is fit and waits: until when (`after`), or for an operator (null); undefined: nothing waits. */
  readonly failbackAt?: Wall | null;
}

export interface MemberView {
  readonly id: string;
  readonly label: string;
  readonly address: string;
  readonly family: 4 | 6;
  readonly weight: number;
  readonly priority: number;
  /** The check in words: `http GET http://www.example.org:80/ every 1s`. */
  readonly check: string;
  readonly targetId: string;
  readonly health: Health;
  readonly since: Wall;
  readonly reason: string;
  /** Flapping: until when it is held out; null: it is not. */
  readonly heldUntil: Wall | null;
  /** Its health came from disk and was not proved again since the start. */
  readonly restored: boolean;
  /** It fails, and stays in the answers: for a checker that is cut off, or by the brake; null: nothing holds it. */
  readonly heldBack: "checker" | "brake" | null;
  /** A probe failed and confirming ones are running. */
  readonly suspected: boolean;
  readonly rises: number;
  readonly falls: number;
  /** Timeout in force, in ms: the configured one, or the one learned. */
  readonly timeoutMs: number;
  /** Smoothed answering time in ms; null before the first answer. */
  readonly responseMs: number | null;
  readonly lastProbe: ProbeView | null;
  readonly lastGood: ProbeView | null;
  readonly lastBad: ProbeView | null;
  /** How old what it serves is, found by a freshness probe; null: not known. */
  readonly data: DataAge | null;
  /** Where several vantage points judge it: what each of them finds, the controller first. */
  readonly opinions?: readonly OpinionView[];
  /** What is broken, of one that is down or kept in the answers although it fails. */
  readonly diagnosis?: DiagnosisView;
  readonly override: OverrideView | null;
  /** It is among the addresses answered now. */
  readonly answering: boolean;
}

/** See `core/diagnosis.ts`. */
export interface DiagnosisView {
  /** `diagnosis/host-down`. */
  readonly rule: string;
  /** `host down`. */
  readonly name: string;
  /** One short line. */
  readonly sentence: string;
}

/** What several members suffer from together. */
export interface GroupDiagnosisView extends DiagnosisView {
  /** The network, the pool, or `muster` for its own network. */
  readonly subject: string;
  readonly since: Wall;
  /** How many members have it. */
  readonly members: number;
}

/** What one vantage point finds. */
export interface OpinionView {
  /** A watcher's name, or `self` for the controller. */
  readonly from: string;
  readonly health: Health;
  readonly reason: string;
  /** What failed, as one word; null: nothing did, or it is not known. */
  readonly fault: FaultCode | null;
  readonly since: Wall;
  /** Whether it counts, or why not: it was not heard in time, cannot judge, has not judged yet, or only listens. */
  readonly vote: "votes" | "late" | "sick" | "unproven" | "listens";
}

export interface ProbeView {
  readonly at: Wall;
  readonly verdict: "up" | "down" | "unknown";
  readonly tookMs: number;
  /** What was found, or why it failed. */
  readonly detail: string;
}

export interface OverrideView {
  readonly kind: OverrideKind | "maintenance";
  readonly owner: string;
  readonly reason: string;
  readonly setAt: Wall;
  readonly expiresAt: Wall | null;
  /** Draining or disabled: when the last TTL handed out has run out. At or after it the member is safe to stop. */
  readonly safeToStopAt: Wall;
  /**
   * Nameservers that may still hand the member out, such as `ns2.example.org (192.0.2.53:53)`: until they serve newer
   * data, `safeToStopAt` moves on.
   */
  readonly waitsFor: readonly string[];
  /** Why its pool answers with it all the same, such as that no member is fit; null: it does not. */
  readonly answeredBecause: string | null;
}

/** The chain of evidence for one answer, from the answer back to the probes. */
export interface Explanation {
  readonly name: string;
  readonly at: Wall;
  readonly steps: readonly ExplanationStep[];
}

export interface ExplanationStep {
  /** The rule that the step stands on, such as `pool/round-robin` or `health/fall`. */
  readonly rule: string;
  readonly subject: string;
  readonly sentence: string;
  /** Deeper evidence for this step. */
  readonly because: readonly ExplanationStep[];
}

/** What a step would change in what is published, before it is taken. */
export interface PlanView {
  /** Zones in which a record changes. */
  readonly zones: readonly ZonePlanView[];
  /** Records that are published now, of pools and, when a reload is planned, of zone files. */
  readonly published: number;
  /** How many of them would be gone. */
  readonly removed: number;
  /** Share that may go without being forced, from 0 to 1. */
  readonly limit: number;
  /** Why it would be refused unless it is forced; null: it would not. */
  readonly refusal: string | null;
  /** Zone files that would be refused however much it is forced, and why; the zones would go on as they are. */
  readonly mistakes: readonly string[];
  /** What else would happen. */
  readonly sentences: readonly string[];
}

/** What a zone's pools decided, record by record: what every nameserver should serve of them. */
export interface RecordsView {
  readonly origin: string;
  readonly at: Wall;
  readonly serial: number;
  /** Each set of each pool; one without data says that there must be none. */
  readonly sets: readonly RecordSetView[];
  /** Public names elsewhere that should be CNAMEs to pools of the zone. */
  readonly aliases: readonly { readonly alias: string; readonly pool: string }[];
}

export interface RecordSetView {
  readonly name: string;
  /** As in a master file, such as `MX`. */
  readonly type: string;
  readonly ttlSeconds: number;
  /** As in a master file. */
  readonly data: readonly string[];
}

export interface ZonePlanView {
  readonly origin: string;
  /** Records as lines of a master file; one whose TTL changes is in both lists. */
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** What would happen if some members failed. */
export interface SimulationView {
  /** What would be told, and how long after the fault. */
  readonly story: readonly { readonly atMs: number; readonly rule: string; readonly sentence: string }[];
  /** Pools that have a failing member, before and after. */
  readonly answers: readonly SimulatedAnswer[];
  /** What probes of the failing members would find. */
  readonly verdicts: readonly SimulatedVerdict[];
  /** How the TTL of the answers would change meanwhile. */
  readonly ttls: readonly { readonly atMs: number; readonly name: string; readonly ttlSeconds: number }[];
  /** Who would be told of it, within a day. */
  readonly messages: readonly SimulatedMessage[];
  /** Records that would change. */
  readonly zones: readonly ZonePlanView[];
}

export interface SimulatedVerdict {
  readonly atMs: number;
  readonly address: string;
  readonly verdict: "up" | "down" | "unknown";
  readonly detail: string;
}

export interface SimulatedMessage {
  readonly atMs: number;
  readonly channel: string;
  /** Addresses, or the place of a webhook, or a program. */
  readonly to: readonly string[];
  readonly severity: Severity;
  readonly texts: readonly string[];
}

export interface SimulatedAnswer {
  readonly name: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly ttlSeconds: number;
  readonly lastResort: boolean;
  readonly reason: string;
  /** How long resolvers may keep the answer from before the fault. */
  readonly cachedSeconds: number;
}

/** Which recorded time is judged again, and by what: configurations as text, each under a name. */
export interface ReplayWish {
  readonly from: Wall;
  readonly to: Wall;
  /** A shorter fault is no outage. */
  readonly outageMs: number;
  readonly configs: readonly { readonly name: string; readonly text: string }[];
}

export type ReplayOutcome =
  | { readonly kind: "replayed"; readonly report: ReplayReport }
  | Extract<OperatorOutcome, { kind: "refused" }>;

/** Who is to fail on purpose, for how long at most, and why. */
export interface RehearsalWish {
  /** A pool, or a member. */
  readonly subject: string;
  readonly forMs: number;
  readonly manner: FaultManner;
  /** Nameservers to ask besides those that are watched: `ADDRESS:PORT`, with `NAME@` before it if wanted. */
  readonly at: readonly string[];
  /** Also when it is no canary. */
  readonly force: boolean;
  readonly owner: string;
  readonly reason: string;
}

export type RehearsalOutcome =
  | { readonly kind: "rehearsed"; readonly rehearsal: RehearsalView }
  | Extract<OperatorOutcome, { kind: "not-found" | "refused" }>;

export type SimulationOutcome =
  | { readonly kind: "simulated"; readonly simulation: SimulationView }
  | Extract<OperatorOutcome, { kind: "not-found" }>;

/** `reload`: the configuration file as it is now, or `text` in its place. `reset`: everything back to normal. */
export type PlanRequest = { readonly kind: "reload"; readonly text: string | null } | { readonly kind: "reset" };

export type PlanOutcome =
  | { readonly kind: "planned"; readonly plan: PlanView }
  | Extract<OperatorOutcome, { kind: "refused" }>;

/** Who acts, and why; above all who takes a step that the limit on removal would refuse. */
export interface Force {
  readonly owner: string;
  readonly reason: string;
}

/** What the live stream sends: a whole view now and then, and each event as it happens. */
export type LiveMessage =
  | { readonly kind: "status"; readonly status: StatusView }
  | { readonly kind: "event"; readonly event: HistoryEvent };

/** What an operator may ask the controller; the API is its only caller. */
export interface Operator {
  status(): StatusView;
  /** Null: no pool and no zone of that name. */
  explain(name: string): Explanation | null;
  /** Null: no zone of that name. */
  records(zone: string): RecordsView | null;
  history(query: {
    afterId?: number;
    sinceMs?: number;
    subject?: string;
    kind?: HistoryKind;
    /** Only what operators did. */
    operator?: true;
    limit: number;
  }): Promise<readonly HistoryEvent[]>;
  /** `selector` is a member id, a label, or an address (then of every pool). */
  setOverride(request: OverrideRequest): Promise<OperatorOutcome>;
  clearOverride(selector: string, by: Force): Promise<OperatorOutcome>;
  /** The pool's name answers this and nothing else. */
  pin(request: PinRequest): Promise<OperatorOutcome>;
  unpin(pool: string, by: Force): Promise<OperatorOutcome>;
  planMaintenance(request: MaintenanceRequest): Promise<OperatorOutcome>;
  /** Ends a window before its time; one of a series comes again. */
  endMaintenance(name: string, by: Force): Promise<OperatorOutcome>;
  /** Ends a series that was ordered. */
  cancelMaintenance(name: string, by: Force): Promise<OperatorOutcome>;
  /** Members that fail at once are really down: the brake lets them leave. */
  releaseBrake(by: Force): Promise<OperatorOutcome>;
  /** Ends the hold of members that flapped. */
  release(selector: string, by: Force): Promise<OperatorOutcome>;
  /** Lets a `priority` pool return to its best fit member now. */
  failback(pool: string, by: Force): Promise<OperatorOutcome>;
  /**
   * Reads the configuration file again. A bad file, or one that removes too much without force, changes nothing.
   * `by`: who asks; null: a signal.
   */
  reload(force: Force | null, by: Force | null): Promise<OperatorOutcome>;
  /** What would change; changes nothing. */
  plan(request: PlanRequest): Promise<PlanOutcome>;
  /** What would happen if members failed; changes nothing. `refused`: at once; `silent`: after the timeout. */
  simulate(request: { fail: readonly string[]; how: "refused" | "silent" }): Promise<SimulationOutcome>;
  /** What other configurations would have made of what was recorded; changes nothing. May take minutes. */
  replay(wish: ReplayWish): Promise<ReplayOutcome>;
  /** Makes a canary's check fail, and measures what follows. Resolves when all is back, within minutes. */
  rehearse(wish: RehearsalWish): Promise<RehearsalOutcome>;
  /** The last rehearsal of each pool. */
  rehearsals(): readonly RehearsalView[];
  /** Puts everything back to normal: no override, every member taken for up until it is judged again. */
  reset(by: Force): Promise<OperatorOutcome>;
  /** Sends a message to one channel, or to all (null), and says what came of it. */
  notifyTest(channel: string | null): Promise<OperatorOutcome>;
  /** Somebody takes care of what is open and meant by the pattern; empty: of everything. It is told to nobody further. */
  acknowledge(pattern: string, by: Force): Promise<OperatorOutcome>;
  /** Calls the listener with each event and each changed status; returns the end of the subscription. */
  subscribe(listener: (message: LiveMessage) => void): () => void;
  /** Numbers for metrics, by name. */
  counters(): Promise<Readonly<Record<string, number>>>;
}

export interface PinRequest {
  readonly pool: string;
  /** An address, a member's label, or the target of another kind of record. */
  readonly address: string;
  readonly owner: string;
  readonly reason: string;
  /** Null: until unpinned. */
  readonly forMs: number | null;
}

export interface MaintenanceRequest {
  /** Null: named after what it is about. */
  readonly name: string | null;
  /** Selectors as for overrides; both empty: everything. */
  readonly members: readonly string[];
  readonly pools: readonly string[];
  /** Null: now. Of one that comes again: never given. */
  readonly from: Wall | null;
  readonly forMs: number;
  /** Null: it comes once. */
  readonly again: (Omit<Recurrence, "lengthMs"> & { readonly until: Wall | null }) | null;
  readonly owner: string;
  readonly reason: string;
}

export interface OverrideRequest {
  readonly selector: string;
  readonly kind: OverrideKind;
  readonly owner: string;
  readonly reason: string;
  /** Null: until cleared. */
  readonly forMs: number | null;
}

export type OperatorOutcome =
  | { readonly kind: "done"; readonly sentences: readonly string[]; readonly members: readonly MemberView[] }
  /** No such member or pool: `nearest` names the closest one. */
  | { readonly kind: "not-found"; readonly sentence: string; readonly nearest: string | null }
  /** Asked for something that cannot be: the sentence says why and what to do. */
  | { readonly kind: "refused"; readonly sentence: string; readonly details: readonly string[] };
