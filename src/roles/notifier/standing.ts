/**
 * How incidents stand that nobody may tell the end of: what they are about has left the configuration, or their cause was
 * over when muster came back from a restart, and the part that would tell its end does not know that it ever began.
 * Whoever heard of the beginning hears of the end all the same. Parts that remember nothing tell their trouble again soon
 * after a restart if it goes on; so what can be looked at is looked at, and the rest is over when it stays quiet.
 *
 * | an incident about    | is over when                                                            |
 * |----------------------|-------------------------------------------------------------------------|
 * | an outlet            | it is in step                                                           |
 * | an audit's finding   | another audit has not found it                                          |
 * | followed primaries   | one of them has confirmed the zone                                      |
 * | a zone file          | the zone is served as it should be                                      |
 * | a last resort        | it was told before the restart, and the pool answers something else     |
 * | the configuration    | it was told before the restart: muster has started with one             |
 * | what is in `ends`    | it was told before the restart, and nothing since for `quietMs`         |
 */
import { later } from "../../base/time.ts";
import type { Config } from "../../core/model.ts";
import type { OutletView } from "../../core/view.ts";
import type { SubjectNames } from "../../core/notify-names.ts";
import { namesToResolve } from "../outward/zones.ts";
import type { SecondaryView } from "../secondary/events.ts";
import type { Incident, Step } from "./state.ts";

/** What is to be seen now of everything that incidents are about. */
export interface Around {
  readonly config: Config;
  /** What was told before has a smaller id. */
  readonly firstEventId: number;
  readonly outlets: readonly Pick<OutletView, "name" | "state" | "zone">[];
  readonly primaries: readonly Pick<SecondaryView, "busy" | "state" | "zone">[];
  /** By origin; `isWell`: served, and its base was not refused. */
  readonly zones: ReadonlyMap<string, { readonly isWell: boolean; readonly isFollowed: boolean }>;
  /** By origin: what the last audit found, as it was told. Zones that were not audited since the start are not there. */
  readonly audits: ReadonlyMap<string, readonly string[]>;
  /** By name; null: not decided yet. */
  readonly lastResorts: ReadonlyMap<string, boolean | null>;
}

/** `told`: a line of the story ends it. `silent`: the story knows already, or has no word for it. */
export type Standing =
  | { readonly kind: "goes-on" }
  | { readonly kind: "told"; readonly rule: string; readonly sentence: string }
  | { readonly kind: "silent"; readonly why: string };

/** Longest time until everything that remembers nothing has told its trouble again. */
const quietMs = 15 * 60_000;
/** Heartbeats may be sent seldom; so many of them must have been tried. */
const heartbeatsTried = 3;

const goesOn: Standing = { kind: "goes-on" };

type Judge = (incident: Incident, around: Around, isOld: boolean) => Standing;

/** By the first word of the key. */
const judges: Readonly<Record<string, Judge>> = {
  outlet: judgeOutlet,
  audit: judgeAudit,
  secondary: judgePrimaries,
  "zone/refused": judgeZone,
  answer: judgeAnswer,
  rehearsal: judgeRehearsal,
  "notify/failed": judgeChannel,
  config: (_incident, _around, isOld) =>
    isOld ? told("config/accepted", "muster was started with a configuration that it accepts") : goesOn,
};

/** By the first word of the key: the rule of its end. */
const ends: Readonly<Record<string, string>> = {
  name: "nameserver/not-looked-up",
  "store/failed": "store/works",
  "secondary/copies-failed": "secondary/copies-work",
  "check/cannot-judge": "check/judges-again",
  "guard/sick": "guard/well",
  "guard/brake": "guard/brake-over",
  "watcher/late": "watcher/heard",
  "watcher/sick": "watcher/well",
  "heartbeat/failed": "heartbeat/works",
  agent: "agent/fit",
  mount: "mount/well",
  quorum: "quorum/agree",
};

export function standingOf(incident: Incident, around: Around, { now, state }: Pick<Step, "now" | "state">): Standing {
  const [word = ""] = incident.key.split(" ", 1);
  const isOld = (incident.event ?? 0) < around.firstEventId;
  const judge = judges[word];
  if (judge !== undefined) return judge(incident, around, isOld);
  const rule = ends[word];
  if (rule === undefined) return goesOn;
  if (!isWanted(word, incident, { around, names: state.names }))
    return told(rule, `over, since it left the configuration: ${incident.text}`);
  const beatsMs = word === "heartbeat/failed" ? (state.config.heartbeat?.everyMs ?? 0) * heartbeatsTried : 0;
  if (!isOld || now.mono < later(state.openedAt, Math.max(quietMs, beatsMs))) return goesOn;
  return told(rule, `over: nothing of it was seen since muster was restarted: ${incident.text}`);
}

function told(rule: string, sentence: string): Standing {
  return { kind: "told", rule, sentence };
}

function judgeOutlet({ key, subject }: Incident, { outlets }: Around): Standing {
  const name = key.slice(`outlet ${subject} `.length);
  const outlet = outlets.find((one) => one.zone === subject && one.name === name);
  const say = (rule: string, clause: string): Standing => told(rule, `${name}: zone ${subject}: ${clause}`);
  if (outlet === undefined) return say("outlet/gone", "it is no longer kept in step: it left the configuration");
  return outlet.state === "in-step" ? say("outlet/works", "it is in step again") : goesOn;
}

function judgeAudit({ key, subject }: Incident, { audits, zones }: Around): Standing {
  const sentence = key.slice(`audit ${subject} `.length);
  const found = audits.get(subject);
  const isOver = !zones.has(subject) || (found !== undefined && !found.includes(sentence));
  return isOver ? told("audit/gone", `no longer: ${sentence}`) : goesOn;
}

/** A zone that was just restored from its copy is asked for at once, so nobody vouches for it until that is over. */
function judgePrimaries({ subject }: Incident, { primaries, zones }: Around): Standing {
  if (zones.get(subject)?.isFollowed !== true) {
    return told("secondary/gone", `zone ${subject} is no longer taken from other primaries`);
  }
  const zone = primaries.find((one) => one.zone === subject);
  const isOver = zone?.state === "current" && zone.busy === null;
  return isOver ? told("secondary/well", `zone ${subject} is well again: a primary confirms it`) : goesOn;
}

function judgeZone({ subject }: Incident, { zones }: Around): Standing {
  const zone = zones.get(subject);
  if (zone === undefined) return told("zone/gone", `zone ${subject} is no longer served: it left the configuration`);
  if (zone.isFollowed)
    return told("zone/gone", `zone ${subject} has no file any more: it is taken from other primaries`);
  return zone.isWell ? told("zone/loaded", `zone ${subject} is well again`) : goesOn;
}

function judgeAnswer({ subject }: Incident, { lastResorts }: Around, isOld: boolean): Standing {
  const isLastResort = lastResorts.get(subject);
  if (isLastResort === undefined) return { kind: "silent", why: `no longer answered by muster: ${subject}` };
  return isOld && isLastResort === false ? { kind: "silent", why: `${subject} is answered by fit members` } : goesOn;
}

/** Only another rehearsal can say that all is well; one of a pool that is gone never comes. */
function judgeRehearsal({ subject }: Incident, { lastResorts }: Around): Standing {
  if (lastResorts.has(subject)) return goesOn;
  return told("rehearsal/gone", `${subject} is not rehearsed any more: it left the configuration`);
}

function judgeChannel({ subject }: Incident, { config }: Around): Standing {
  if (config.notify?.channels.some(({ name }) => name === subject) === true) return goesOn;
  return told("notify/works", `nothing is sent to ${subject} any more: it left the configuration`);
}

function isWanted(
  word: string,
  { subject }: Incident,
  { around, names }: { around: Around; names: SubjectNames },
): boolean {
  const { config } = around;
  const [machine] = subject.split(":", 1);
  switch (word) {
    case "agent":
    case "mount":
      return config.agents.some(({ name }) => name === machine);
    case "watcher/late":
    case "watcher/sick":
      return config.watch?.watchers.some(({ name }) => subject === `watcher ${name}`) === true;
    case "name":
      return namesToResolve(config).includes(subject);
    case "quorum":
      return names.has(subject) && (config.watch?.watchers ?? []).length > 0;
    case "heartbeat/failed":
      return (config.notify?.heartbeat ?? null) !== null;
    default:
      return true;
  }
}
