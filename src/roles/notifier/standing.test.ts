/** Ends that nobody else tells: each must be read as the end of the incident that it is meant for. */
import { expect, test } from "vitest";
import { lifeStart, notifyConfig } from "../../../test/fakes/notify-life.ts";
import { createPrng } from "../../base/prng.ts";
import { type Now, later, mono } from "../../base/time.ts";
import { fixtureConfig, fixtureMember, fixturePool, fixtureZone } from "../../core/fixtures.ts";
import type { HistoryEvent } from "../../core/model.ts";
import { readMeaning } from "../../core/notify-event.ts";
import { nameSubjects } from "../../core/notify-names.ts";
import { makeTarget } from "../../core/target.ts";
import { type Around, type Standing, standingOf } from "./standing.ts";
import { createState, type Incident } from "./state.ts";

const minute = 60_000;
const start: Now = { mono: mono(0), wall: lifeStart };
const watched = {
  heartbeat: { everyMs: 20 * minute, place: "https://beats.example", secrets: { url: null, key: null } },
};
const plain = notifyConfig();
const seldom = notifyConfig(watched);

function event(rule: string, subject: string, sentence: string): HistoryEvent {
  const kind = rule.startsWith("pool/") ? "answer" : "trouble";
  return { id: 1, at: lifeStart, kind, subject, rule, sentence, from: null, to: null };
}

function incidentOf(begun: HistoryEvent, told = 1): Incident {
  const { rule, sentence, subject } = begun;
  const { key, severity } = readMeaning(begun);
  const times = { since: begun.at, sinceMono: start.mono, event: told, isEndTold: false };
  return { key, subject, severity, rule, text: sentence, ...times, escalated: 0, acknowledged: null, told: new Map() };
}

/** Nothing is configured any more, and muster has told `firstEventId - 1` things before this start. */
function emptied(change: Partial<Around> = {}): Around {
  const nothing = { outlets: [], primaries: [], zones: new Map(), audits: new Map(), lastResorts: new Map() };
  return { config: { ...fixtureConfig([], { zones: [] }), notify: plain }, firstEventId: 5, ...nothing, ...change };
}

function standing(begun: HistoryEvent, around: Around, { afterMs = 0, told = 1, notify = plain } = {}): Standing {
  const state = createState({ config: notify, names: nameSubjects(around.config), prng: createPrng(1) }, [], start);
  const now = { mono: later(start.mono, afterMs), wall: start.wall };
  return standingOf(incidentOf(begun, told), around, { state, now });
}

const origin = "example.org";
const outlet = event("outlet/trouble", origin, "update 192.0.2.53:53: zone example.org: no answer; it is asked again");
const audit = event("audit/found", origin, "ns1.example.net (192.0.2.1:53, TCP): it cannot be asked");
const primaries = event("secondary/unreachable", origin, "zone example.org cannot be refreshed");
const zoneFile = event("zone/refused", origin, "zone example.org was refused");

const quorum = event("quorum/disagree", "192.0.2.10 tcp:80", "vantage points disagree");
const name = event("nameserver/no-address", "ns1.example.net", "the nameserver ns1.example.net cannot be watched");

const gone: readonly HistoryEvent[] = [
  outlet,
  audit,
  primaries,
  zoneFile,
  event("rehearsal/failed", "www.example.org", "the rehearsal failed"),
  event("notify/failed", "phone2", "messages do not reach phone2"),
  event("agent/silent", "web1", "agent web1 is silent"),
  event("mount/hung", "web1:/srv", "/srv hangs, on web1"),
  event("watcher/late", "watcher far", "watcher far is not heard"),
  event("watcher/sick", "watcher far", "watcher far does not vote"),
  event("heartbeat/failed", "heartbeat", "heartbeats do not reach https://beats.example"),
  quorum,
  name,
];

test.each(gone.map((begun) => [begun.rule, begun] as const))("%s is over when its subject is gone", (_rule, begun) => {
  expectEnd(begun, standing(begun, emptied(), { told: 9 }));
});

const silentAfterRestart: readonly HistoryEvent[] = [
  event("store/failed", "muster", "decisions cannot be saved"),
  event("secondary/copies-failed", "muster", "copies cannot be written"),
  event("check/cannot-judge", "https://origin.example/time", "the origin is down"),
  event("guard/sick", "muster", "every reference fails"),
  event("guard/brake", "muster", "the brake holds 3 members"),
];

test.each(silentAfterRestart.map((begun) => [begun.rule, begun] as const))(
  "%s of before a restart is over when nothing is told of it for a quarter of an hour",
  (_rule, begun) => {
    expect(standing(begun, emptied(), { afterMs: 14 * minute }).kind).toBe("goes-on");
    expect(standing(begun, emptied(), { afterMs: 90 * minute, told: 5 }).kind).toBe("goes-on");
    expectEnd(begun, standing(begun, emptied(), { afterMs: 15 * minute }));
  },
);

test("votes on a member that is still there and a name that is still looked up are waited for after a restart, too", () => {
  const member = fixtureMember("192.0.2.10");
  const pool = fixturePool([member]);
  const watch = { listen: null, selfVotes: true, watchers: [{ name: "fra", votes: true, references: [] }] };
  const config = { ...fixtureConfig([pool], { zones: [fixtureZone()], watch }), notify: plain };
  const judged = { ...quorum, subject: makeTarget(member).id };
  for (const begun of [judged, name]) {
    const rows = [config, { ...config, pools: [], zones: [] }].map((one) => standing(begun, emptied({ config: one })));
    expect([begun.rule, ...rows.map(({ kind }) => kind)]).toEqual([begun.rule, "goes-on", "told"]);
  }
});

test("heartbeats that are seldom are waited for longer", () => {
  const begun = event("heartbeat/failed", "heartbeat", "heartbeats do not reach https://beats.example");
  const around = emptied({ config: { ...fixtureConfig([]), notify: seldom } });
  expect(standing(begun, around, { afterMs: 59 * minute, notify: seldom }).kind).toBe("goes-on");
  expectEnd(begun, standing(begun, around, { afterMs: 60 * minute, notify: seldom }));
});

test("what can be looked at is over when it is seen to be, and goes on until then", () => {
  const followed = new Map([[origin, { isWell: false, isFollowed: true }]]);
  const filed = (isWell: boolean) => new Map([[origin, { isWell, isFollowed: false }]]);
  const out = { zone: origin, name: "update 192.0.2.53:53" };
  const rows: readonly (readonly [HistoryEvent, Partial<Around>, "goes-on" | "told"])[] = [
    [outlet, { outlets: [{ ...out, state: "behind" }] }, "goes-on"],
    [outlet, { outlets: [{ ...out, state: "in-step" }] }, "told"],
    [audit, { zones: followed }, "goes-on"],
    [audit, { zones: followed, audits: new Map([[origin, [audit.sentence]]]) }, "goes-on"],
    [audit, { zones: followed, audits: new Map([[origin, []]]) }, "told"],
    [primaries, { zones: followed, primaries: [{ zone: origin, state: "current", busy: "asking" }] }, "goes-on"],
    [primaries, { zones: followed, primaries: [{ zone: origin, state: "stale", busy: null }] }, "goes-on"],
    [primaries, { zones: followed, primaries: [{ zone: origin, state: "current", busy: null }] }, "told"],
    [zoneFile, { zones: filed(false) }, "goes-on"],
    [zoneFile, { zones: filed(true) }, "told"],
  ];
  for (const [begun, around, expected] of rows) {
    const found = standing(begun, emptied(around));
    expect([begun.rule, found.kind]).toEqual([begun.rule, expected]);
    if (expected === "told") expectEnd(begun, found);
  }
});

test("a last resort of before a restart is over when others answer, or the pool is gone", () => {
  const begun = event("pool/last-resort-all", "www.example.org", "www.example.org answers all");
  const pool = (isLast: boolean | null) => emptied({ lastResorts: new Map([["www.example.org", isLast]]) });
  expect([pool(null), pool(true), pool(false), emptied()].map((around) => standing(begun, around).kind)).toEqual([
    "goes-on",
    "goes-on",
    "silent",
    "silent",
  ]);
});

test("a configuration that was refused before a restart is over with the start", () => {
  const begun = event("config/refused", "muster", "the configuration was refused");
  expectEnd(begun, standing(begun, emptied()));
  expect(standing(begun, emptied(), { told: 5 }).kind).toBe("goes-on");
});

function expectEnd(begun: HistoryEvent, found: Standing): void {
  if (found.kind !== "told") throw new Error(`${begun.rule} goes on`);
  const { rule, sentence } = found;
  const end = readMeaning({ ...begun, rule, sentence });
  expect([end.state, end.key]).toEqual(["resolved", readMeaning(begun).key]);
}
