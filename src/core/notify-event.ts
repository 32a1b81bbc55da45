/**
 * What an event means to people: how bad it is, what it is about, and whether that begins or ends with it. An ordered
 * table; the first line whose rule and kind fit decides. What no line knows is news: a warning if it is a trouble, else
 * a line of the story.
 *
 * | event                                 | about                    | begins        | ends                        |
 * |---------------------------------------|--------------------------|---------------|-----------------------------|
 * | what several members have (critical)  | their network or pool    | to its name   | from its name               |
 * | health                                | the target               | to down       | to up                       |
 * | health held for flapping              | the target's hold        | health/flap   | from flapping               |
 * | an answer that is the last resort     | the pool (critical)      | pool/last-... | any other answer            |
 * | a zone file                           | the zone                 | zone/refused  | zone/loaded, zone/gone      |
 * | another nameserver                    | its zone and address     | nameserver/.. | nameserver/well, .../gone   |
 * | a nameserver that is looked up        | its name                 | .../no-addr.. | nameserver/address, .../not-looked-up |
 * | a server or file outside              | its zone and name        | outlet/trouble| outlet/works, outlet/gone   |
 * | primaries of a zone                   | the zone                 | secondary/... | secondary/well, .../gone    |
 * | copies of zones from primaries        | muster                   | .../copies-f..| secondary/copies-work       |
 * | a finding of an audit                 | the finding              | audit/found   | audit/gone                  |
 * | the database, a channel (critical)    | muster                   | .../failed    | .../works                   |
 * | a rehearsal                           | the pool                 | rehearsal/... | rehearsal/ok, .../gone      |
 * | what checks need, such as an origin   | the origin               | check/cannot-.| check/judges-again          |
 * | the checker itself (critical)         | muster                   | guard/sick    | guard/well                  |
 * | an agent                              | the agent                | agent/unfit, agent/silent | agent/fit      |
 * | a mount of an agent's machine         | the agent and its path   | mount/hung, mount/gone | mount/well        |
 * | the brake (critical)                  | muster                   | guard/brake   | guard/brake-over, a release |
 * | a watcher that does not vote          | the watcher              | watcher/late, | watcher/heard, watcher/well |
 * |                                       |                          | watcher/sick  |                             |
 * | vantage points that disagree          | the target               | quorum/disa.. | quorum/agree                |
 * | a refused configuration               | muster                   | config/refused| a reload, config/accepted   |
 */
import type { HistoryEvent } from "./model.ts";
import type { LineState, Severity } from "./notify.ts";

export interface Meaning {
  readonly severity: Severity;
  readonly state: Exclude<LineState, "still">;
  /** Of an incident the same at its beginning and end. */
  readonly key: string;
}

type Rule = (event: HistoryEvent) => Meaning | null;

const rules: readonly Rule[] = [
  readOperator,
  readDiagnosis,
  readHold,
  readHealth,
  readAnswer,
  readNameserver,
  readOutlet,
  readAudit,
  readPair("zone/refused", ["zone/loaded", "zone/gone"], "warning"),
  readPair("secondary/copies-failed", "secondary/copies-work", "warning"),
  readPair("store/failed", "store/works", "critical"),
  readPair("check/cannot-judge", "check/judges-again", "warning"),
  readPair("guard/sick", "guard/well", "critical"),
  readAgent,
  readBrake,
  readPair("watcher/late", "watcher/heard", "warning"),
  readPair("watcher/sick", "watcher/well", "warning"),
  readQuorum,
  readRehearsal,
  readPair("notify/failed", "notify/works", "warning"),
  readPair("heartbeat/failed", "heartbeat/works", "warning"),
  readSecondary,
  readConfiguration,
];

const maintenancePrefix = "maintenance/";

/** What happens in maintenance is expected: it opens and closes the same incidents, and wakes nobody. */
export function readMeaning(event: HistoryEvent): Meaning {
  if (!event.rule.startsWith(maintenancePrefix)) return readPlain(event);
  const rule = `${event.kind === "answer" ? "pool" : "health"}/${event.rule.slice(maintenancePrefix.length)}`;
  return { ...readPlain({ ...event, rule }), severity: "info" };
}

function readPlain(event: HistoryEvent): Meaning {
  for (const rule of rules) {
    const meaning = rule(event);
    if (meaning !== null) return meaning;
  }
  const severity = event.kind === "trouble" ? "warning" : "info";
  return { severity, state: "news", key: `${event.rule} ${event.subject}` };
}

/** What people do themselves is news. */
function readOperator({ rule, subject }: HistoryEvent): Meaning | null {
  if (rule !== "operator/acknowledge") return null;
  return { severity: "info", state: "news", key: `${rule} ${subject}` };
}

/** What several members have in common comes before each of them; another diagnosis of one is a line of the story. */
function readDiagnosis({ from, kind, rule, subject, to }: HistoryEvent): Meaning | null {
  if (kind !== "diagnosis") return null;
  const key = `${rule} ${subject}`;
  if (to === null && from === null) return { severity: "info", state: "news", key };
  return { severity: "critical", state: to === null ? "resolved" : "problem", key };
}

function readHold({ from, kind, rule, subject }: HistoryEvent): Meaning | null {
  if (kind !== "health" || (rule !== "health/flap" && from !== "flapping")) return null;
  return { severity: "warning", state: rule === "health/flap" ? "problem" : "resolved", key: `hold ${subject}` };
}

function readHealth({ kind, subject, to }: HistoryEvent): Meaning | null {
  if (kind !== "health") return null;
  return { severity: "warning", state: to === "up" ? "resolved" : "problem", key: `health ${subject}` };
}

function readAnswer({ kind, rule, subject }: HistoryEvent): Meaning | null {
  if (kind !== "answer" || !/^(pool\/|operator\/pin$)/.test(rule)) return null;
  const key = `answer ${subject}`;
  if (rule.startsWith("pool/last-resort")) return { severity: "critical", state: "problem", key };
  return { severity: "info", state: "resolved", key };
}

const addressRules = new Set(["nameserver/address", "nameserver/no-address", "nameserver/not-looked-up"]);

/** Several nameservers have one zone: each begins its sentences with its name and address. */
function readNameserver({ rule, sentence, subject }: HistoryEvent): Meaning | null {
  if (!rule.startsWith("nameserver/")) return null;
  if (addressRules.has(rule)) {
    const state = rule === "nameserver/no-address" ? "problem" : "resolved";
    return { severity: "warning", state, key: `name ${subject}` };
  }
  const who = /^[^)]*\)/.exec(sentence)?.[0] ?? "";
  const state = rule === "nameserver/well" || rule === "nameserver/gone" ? "resolved" : "problem";
  return { severity: "warning", state, key: `nameserver ${subject} ${who}` };
}

/** Several outlets have one zone: each begins its sentences with its name. */
function readOutlet({ rule, sentence, subject }: HistoryEvent): Meaning | null {
  if (!/^outlet\/(trouble|works|gone)$/.test(rule)) return null;
  const who = sentence.slice(0, Math.max(0, sentence.indexOf(": zone ")));
  const state = rule === "outlet/trouble" ? "problem" : "resolved";
  return { severity: "warning", state, key: `outlet ${subject} ${who}` };
}

const auditGone = "no longer: ";

function readAudit({ rule, sentence, subject }: HistoryEvent): Meaning | null {
  if (rule === "audit/found") return { severity: "warning", state: "problem", key: `audit ${subject} ${sentence}` };
  if (rule !== "audit/gone") return null;
  const what = sentence.startsWith(auditGone) ? sentence.slice(auditGone.length) : sentence;
  return { severity: "warning", state: "resolved", key: `audit ${subject} ${what}` };
}

function readPair(begins: string, ends: string | readonly string[], severity: Severity): Rule {
  return ({ rule, subject }) => {
    if (rule !== begins && !ends.includes(rule)) return null;
    return { severity, state: rule === begins ? "problem" : "resolved", key: `${begins} ${subject}` };
  };
}

/** From unfit to silent, and from hung to gone, is one trouble. */
function readAgent({ rule, subject }: HistoryEvent): Meaning | null {
  const what = /^(agent|mount)\/(unfit|silent|hung|gone|fit|well)$/.exec(rule);
  if (what === null) return null;
  const state = what[2] === "fit" || what[2] === "well" ? "resolved" : "problem";
  return { severity: "warning", state, key: `${what[1]} ${subject}` };
}

/** Disagreement that lasts, or votes too few to decide. */
function readQuorum({ kind, rule, subject }: HistoryEvent): Meaning | null {
  if (!rule.startsWith("quorum/") || kind === "health" || rule === "quorum/opinion") return null;
  const state = rule === "quorum/agree" ? "resolved" : "problem";
  return { severity: "warning", state, key: `quorum ${subject}` };
}

/** It ends when nobody is held any more, or when an operator says that the departures are real. */
function readBrake({ rule, subject }: HistoryEvent): Meaning | null {
  if (rule !== "guard/brake" && rule !== "guard/brake-over" && rule !== "operator/brake") return null;
  return {
    severity: "critical",
    state: rule === "guard/brake" ? "problem" : "resolved",
    key: `guard/brake ${subject}`,
  };
}

/** A rehearsal that went through ends the alarm of one that did not. */
function readRehearsal({ rule, subject }: HistoryEvent): Meaning | null {
  if (!/^rehearsal\/(failed|slow|not-held|ok|gone)$/.test(rule)) return null;
  const state = rule === "rehearsal/ok" || rule === "rehearsal/gone" ? "resolved" : "problem";
  return { severity: "warning", state, key: `rehearsal ${subject}` };
}

function readSecondary({ kind, rule, subject }: HistoryEvent): Meaning | null {
  // A copy that is damaged was passed over already: news.
  if (!rule.startsWith("secondary/") || kind !== "trouble" || rule === "secondary/copy-damaged") return null;
  const severity = rule === "secondary/expired" ? "critical" : "warning";
  const state = rule === "secondary/well" || rule === "secondary/gone" ? "resolved" : "problem";
  return { severity, state, key: `secondary ${subject}` };
}

function readConfiguration({ kind, rule, subject }: HistoryEvent): Meaning | null {
  const key = `config ${subject}`;
  if (rule === "config/refused") return { severity: "warning", state: "problem", key };
  return kind === "reload" || rule === "config/accepted" ? { severity: "info", state: "resolved", key } : null;
}
