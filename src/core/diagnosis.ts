/**
 * What is broken, as one name. A probe says that a service did not answer; whether that is the service, its machine, a
 * switch, or the checker's own cable shows only beside other facts: the other checks of the machine, its neighbours in
 * the network, references, own interfaces, other vantage points, and the machine's agent.
 *
 * The rules are an ordered table, and the first that fits names it; the last fits always, so that whatever is down has
 * exactly one diagnosis. A rule that does not fit says why, so that the reasoning can be read.
 *
 * All facts are as calm as health is: smoothed healths, and what failed (`core/health.ts`). So a diagnosis, which keeps
 * nothing itself, changes no faster than they do. It explains, and decides nothing.
 */
import { listed } from "../base/listed.ts";
import type { Wall } from "../base/time.ts";
import type { MountWord } from "./agent.ts";
import { type FaultCode, isSilence } from "./fault.ts";
import type { Health } from "./model.ts";

/** One check of an address, as it stands. */
export interface Seen {
  /** `http`, `ssh`. */
  readonly check: string;
  readonly health: Health;
  readonly fault: FaultCode | null;
  readonly reason: string;
  /** The machine's kernel answers it, whatever becomes of its programs: ping, a mere connection. */
  readonly byKernel: boolean;
}

export interface NetworkFacts {
  /** `192.0.2.0/24`. */
  readonly name: string;
  /** How many members are silent: nothing comes back from their address, whatever is asked. */
  readonly silent: number;
  /** How many answer, well or not. */
  readonly answering: number;
  /** The first of those that are silent. */
  readonly named: readonly string[];
  /** How many of the silent ones are not of the web cluster. */
  readonly silentOutside: number;
}

/** A network interface. */
export interface OwnLink {
  readonly name: string;
  /** Whether it has a carrier. */
  readonly up: boolean;
}

export interface AgentFacts {
  readonly name: string;
  readonly fit: boolean;
  readonly reason: string;
  /** Interfaces with the member's address that have no carrier. */
  readonly cut: readonly string[];
  /** Those that are not as they should be. */
  readonly mounts: readonly Pick<MountWord, "path" | "state">[];
  /** Witnesses that it does not reach. */
  readonly unreached: readonly { readonly name: string; readonly reason: string }[];
}

export interface Facts {
  readonly address: string;
  /** The check that fails. */
  readonly subject: Seen;
  /** The other checks of the same address. */
  readonly beside: readonly Seen[];
  /** Null: it is not known what network it is in. */
  readonly network: NetworkFacts | null;
  /** The checker's own interfaces on the way to the address; empty: not known. */
  readonly links: readonly OwnLink[];
  /** Addresses of references. */
  readonly references: { readonly answering: readonly string[]; readonly silent: readonly string[] };
  /** What vantage points that vote find; empty: there is one only. */
  readonly opinions: readonly { readonly from: string; readonly health: Health }[];
  /** The pool that is the web cluster; null: none is configured. */
  readonly cluster: ClusterFacts | null;
  /** What the agent of the member's machine has said lately; null: nothing. */
  readonly agent: AgentFacts | null;
  /** Agents elsewhere that reach the address. */
  readonly reachedBy: readonly string[];
}

export interface ClusterFacts {
  readonly name: string;
  readonly members: number;
  readonly answering: number;
  /** Whether the check that fails is one of its members'. */
  readonly isMember: boolean;
}

export interface Diagnosis {
  /** Id of the rule, such as `diagnosis/host-down`. */
  readonly rule: string;
  /** `host down`. */
  readonly name: string;
  /** The name and the most telling fact, on one short line. */
  readonly sentence: string;
  /** The facts that it rests on. */
  readonly because: readonly string[];
  /** What it is not: the rules before it, and why they do not fit. */
  readonly not: readonly { readonly rule: string; readonly name: string; readonly why: string }[];
}

/** `why` null: not worth a word. */
type Finding = { readonly because: readonly [string, ...string[]] } | { readonly why: string | null };

interface Rule {
  readonly id: `diagnosis/${string}`;
  readonly name: string;
  /** What it takes, for the manual. */
  readonly takes: string;
  readonly judge: (facts: Facts) => Finding;
}

/** The checker cannot tell how others are. */
export const ownNetworkRule = "diagnosis/own-network";

export const diagnosisRules: readonly Rule[] = [
  {
    id: ownNetworkRule,
    name: "own network lost",
    takes: "nothing comes back, and muster's own interface on the way has no carrier, or no reference answers",
    judge: judgeOwnNetwork,
  },
  {
    id: "diagnosis/member-network",
    name: "own network lost",
    takes: "the member's agent says that the interface with its address has no carrier",
    judge: ({ agent }) => {
      if (agent === null) return notAsked;
      const [cut] = agent.cut;
      if (cut === undefined) return no(`its agent ${agent.name} has a carrier`);
      return yes(`${cut} of ${agent.name} has no carrier, says its agent`);
    },
  },
  {
    id: "diagnosis/mount-hung",
    name: "mount hung",
    takes:
      "the member's agent has a mount that hangs or is gone, and is unfit or the service answers wrongly or too late",
    judge: judgeMount,
  },
  ofFault("database-full", "database full", ["disk-full"]),
  ofFault("database-refused", "database refused", ["login-refused", "too-many-connections", "not-accepting"]),
  ofFault("replication-broken", "replication broken", ["replication-stopped"]),
  ofFault("replica-behind", "replica behind", ["lagging"]),
  ofFault("wrong-role", "wrong role", ["read-only", "takes-writes"]),
  ofFault("data-stale", "data stale", ["stale"]),
  {
    id: "diagnosis/route",
    name: "route, not server",
    takes: "nothing comes back to one vantage point, while another one, or an agent, finds the member well",
    judge: judgeRoute,
  },
  {
    id: "diagnosis/web-cluster",
    name: "web cluster unreachable",
    takes: "no member of the pool `diagnosis.web-cluster` answers, or the member's agent does not reach its witness",
    judge: judgeCluster,
  },
  {
    id: "diagnosis/switch",
    name: "switch or uplink lost",
    takes: "nothing comes back from two members of a network or more, and no member in it answers",
    judge: judgeSwitch,
  },
  {
    id: "diagnosis/host-down",
    name: "host down",
    takes:
      "nothing comes back from the address, whatever is asked; or checks of several kinds hang, and at most its kernel answers (ping, a mere connection)",
    judge: judgeHost,
  },
  {
    id: "diagnosis/service-slow",
    name: "service slow",
    takes: "the machine takes connections, and no whole answer comes in time",
    judge: (facts) => {
      const { subject } = facts;
      if (subject.fault !== "no-reply") return notAsked;
      return yes(found(subject), ...answersBeside(facts));
    },
  },
  {
    id: "diagnosis/service-failed",
    name: "service failed",
    takes: "anything else: the machine answers, and the service does not as it should",
    judge: (facts) => yes(found(facts.subject), ...answersBeside(facts)),
  },
];

/** Rules whose diagnosis is about more than one member; told once, under the network's or the pool's name. */
export const groupRules: ReadonlySet<string> = new Set([ownNetworkRule, "diagnosis/web-cluster", "diagnosis/switch"]);

/** What several members have in common, and was told to have begun. */
export interface SavedGroup {
  readonly rule: string;
  readonly name: string;
  /** `192.0.2.0/24`, the pool, or `muster`. */
  readonly subject: string;
  readonly sentence: string;
  /** When it was first seen. */
  readonly since: Wall;
  /** It is over when it has been gone for so long. */
  readonly settleMs: number;
}

/** One subject may have several. */
export function groupKey({ rule, subject }: Pick<SavedGroup, "rule" | "subject">): string {
  return `${rule} ${subject}`;
}

/** A rule of another version is its own name. */
export function nameOfRule(rule: string): string {
  return diagnosisRules.find(({ id }) => id === rule)?.name ?? rule;
}

/** Whatever is down has exactly one. */
export function diagnose(facts: Facts): Diagnosis {
  const not: Diagnosis["not"][number][] = [];
  for (const { id: rule, judge, name } of diagnosisRules) {
    const finding = judge(facts);
    if ("because" in finding)
      return { rule, name, sentence: `${name}: ${finding.because[0]}`, because: finding.because, not };
    if (finding.why !== null) not.push({ rule, name, why: finding.why });
  }
  throw new RangeError("the last rule fits always");
}

function yes(first: string, ...more: readonly string[]): Finding {
  return { because: [first, ...more] };
}

function no(why: string): Finding {
  return { why };
}

const notAsked: Finding = { why: null };

/** `http connection refused`. */
function found({ check, reason }: Seen): string {
  return `${check} ${reason}`;
}

function isSilent({ fault, health }: Seen): boolean {
  return health !== "up" && isSilence(fault);
}

/** It has said something, well or not. What a program found may be anything. */
export function hasAnswered({ fault, health }: Pick<Seen, "fault" | "health">): boolean {
  return health === "up" || (fault !== null && fault !== "program" && !isSilence(fault));
}

function ofFault(id: string, name: string, faults: readonly FaultCode[]): Rule {
  return {
    id: `diagnosis/${id}`,
    name,
    takes: `the check found ${faults.join(" or ")}`,
    judge: ({ subject }) => {
      const { fault } = subject;
      if (fault !== null && faults.includes(fault)) return yes(found(subject));
      return notAsked;
    },
  };
}

function judgeOwnNetwork({ links, references, subject }: Facts): Finding {
  if (subject.fault !== null && !isSilence(subject.fault)) return no(`${subject.check} has answered`);
  const cut = links.filter(({ up }) => !up).map(({ name }) => name);
  if (cut.length > 0 && cut.length === links.length) return yes(`${cut.join(" and ")} of this machine has no carrier`);
  const { answering, silent } = references;
  const wire = links.length === 0 ? [] : [`${links.map(({ name }) => name).join(", ")} has a carrier`];
  if (silent.length > 0 && answering.length === 0)
    return yes(`none of the references (${silent.join(", ")}) answers`, ...wire);
  const known = [...answeringReferences(references), ...wire];
  return no(
    known.length === 0 ? "nothing is known of the own network: no references, no interfaces" : known.join("; "),
  );
}

function judgeMount({ agent, subject }: Facts): Finding {
  if (subject.fault === "mount-hung") return yes(found(subject));
  if (agent === null) return notAsked;
  const [bad] = agent.mounts;
  if (bad === undefined) return no(`its agent ${agent.name} has no mount that hangs`);
  // Who answers nothing at all does not wait for a disk.
  const isHit = !agent.fit || (subject.fault !== null && !isSilence(subject.fault) && subject.fault !== "refused");
  if (!isHit) return no(`${bad.path} ${bad.state === "hung" ? "hangs" : "is gone"}, but that does not explain it`);
  return yes(`${bad.path} on ${agent.name} ${bad.state === "hung" ? "hangs" : "is gone"}, says its agent`);
}

function judgeRoute({ agent, beside, opinions, reachedBy, subject }: Facts): Finding {
  const ups = opinions.filter(({ health }) => health === "up").map(({ from }) => from);
  const downs = opinions.filter(({ health }) => health === "down").map(({ from }) => from);
  const isDisputed = subject.health === "up" || isSilent(subject);
  if (ups.length > 0 && downs.length > 0 && isDisputed)
    return yes(`up from ${ups.join(", ")}, down from ${downs.join(", ")}`);
  if (!isSilent(subject) || beside.some(hasAnswered)) return no("no vantage point finds it up");
  if (agent?.fit === true) return yes(`nothing comes back, but its agent ${agent.name} reports that it is fit`);
  if (reachedBy.length > 0) return yes(`nothing comes back here, but ${reachedBy.join(", ")} reaches it`);
  return no(opinions.length > 1 ? "every vantage point finds it down" : "nobody else finds it up");
}

function judgeCluster({ agent, cluster, network }: Facts): Finding {
  const [witness] = agent?.unreached ?? [];
  if (agent !== null && !agent.fit && witness !== undefined)
    return yes(`${agent.name} does not reach its witness ${witness.name}: ${witness.reason}`);
  if (cluster === null || !cluster.isMember) return notAsked;
  if (cluster.answering > 0) return no(`${cluster.answering} of ${cluster.members} in ${cluster.name} answer`);
  if ((network?.silentOutside ?? 0) > 0) return no("others in its network are silent too");
  return yes(`none of the ${cluster.members} members of ${cluster.name} answers`);
}

function judgeSwitch(facts: Facts): Finding {
  const { network, subject } = facts;
  if (!isSilent(subject) || facts.beside.some(hasAnswered)) return no("its machine answers");
  if (network === null) return no("its network is not known");
  const { answering, name, named, silent } = network;
  if (answering > 0) return no(`${answering} of ${name} answer`);
  if (silent < 2) return no(`it is the only member of ${name} that is looked at`);
  return yes(
    `${silent} members of ${name}`,
    `nothing comes back from ${listed(named, listedMax, silent)}`,
    ...answeringReferences(facts.references),
  );
}

function judgeHost(facts: Facts): Finding {
  const { address, beside, references, subject } = facts;
  const looked = [subject, ...beside].filter((seen) => isSilent(seen) || hasAnswered(seen));
  const kernel = looked.filter(({ byKernel, health }) => byKernel && health === "up");
  const rest = looked.filter((seen) => !kernel.includes(seen));
  const one = rest.find(({ health }) => health === "up") ?? (isHung(rest) ? undefined : kernel[0]);
  if (one !== undefined) return no(`${one.check} answers`);
  const because = [
    ...rest.map(found),
    ...kernel.map(({ check }) => `${check} answers`),
    ...answeringReferences(references),
  ];
  if (rest.length > 0 && rest.every(isSilent)) return yes(`nothing on ${address} answers`, ...because);
  if (isHung(rest))
    return yes(`everything on ${address} hangs${kernel.length === 0 ? "" : " but its kernel"}`, ...because);
  const spoke = rest.find(hasAnswered);
  return no(spoke === undefined ? "it is not known what failed" : `its machine answers: ${found(spoke)}`);
}

/** Programs of several kinds: of one kind it may be one program, such as a web server behind many pools. */
function isHung(looked: readonly Seen[]): boolean {
  const kinds = new Set(looked.map(({ check }) => (check === "tls" ? "http" : check)));
  const hangs = looked.every((seen) => isSilent(seen) || seen.fault === "no-reply");
  return kinds.size > 1 && hangs && !looked.every(isSilent);
}

function answeringReferences({ answering }: Facts["references"]): string[] {
  return answering.length === 0 ? [] : [`references answer (${listed(answering, listedMax)})`];
}

function answersBeside({ address, beside }: Facts): string[] {
  const well = beside.filter(({ health }) => health === "up").map(({ check }) => check);
  return well.length === 0
    ? []
    : [`${address} is there: ${well.join(", ")} ${well.length === 1 ? "answers" : "answer"}`];
}

/** Names that are listed; the others are counted. */
export const listedMax = 4;
