/**
 * Scenes for the live page: statuses and stories as the controller would make them, from two small pools of the
 * documentation's addresses up to a thousand members. `at` is the controller's present time.
 */
import { wall } from "../../src/base/time.ts";
import type { HistoryEvent, HistoryKind } from "../../src/core/model.ts";
import type { Explanation, MemberView, PoolView, StatusView } from "../../src/core/view.ts";

const second = 1000;
const minute = 60 * second;

export function makeMember(
  pool: string,
  given: Partial<MemberView> & { address: string; label: string },
  at: number,
): MemberView {
  return {
    id: `${pool}/${given.address}`,
    family: given.address.includes(":") ? 6 : 4,
    weight: 1,
    priority: 1,
    check: `http GET http://${pool}:80/ every 1s`,
    targetId: `${given.address} http:80`,
    health: "up",
    since: wall(at - 26 * 60 * minute),
    reason: "2 good probes in a row.",
    heldUntil: null,
    heldBack: null,
    restored: false,
    suspected: false,
    rises: 2,
    falls: 0,
    timeoutMs: 180,
    responseMs: 4.2,
    lastProbe: { at: wall(at - 400), verdict: "up", tookMs: 4.1, detail: "200 OK" },
    lastGood: { at: wall(at - 400), verdict: "up", tookMs: 4.1, detail: "200 OK" },
    lastBad: null,
    data: null,
    override: null,
    answering: true,
    ...given,
  };
}

const www = "www.demo.example";
const db = "db.demo.example";

/** Two pools, five members, everything up; `change` alters members by label. */
export function makeStatus(at: number, change: Readonly<Record<string, Partial<MemberView>>> = {}): StatusView {
  const member = (pool: string, given: Partial<MemberView> & { address: string; label: string }): MemberView =>
    makeMember(pool, { ...given, ...change[given.label] }, at);
  const pools = [
    makePool(www, at, [
      member(www, { label: "web1", address: "192.0.2.10", responseMs: 3.8 }),
      member(www, { label: "web2", address: "192.0.2.11", responseMs: 12.4 }),
      member(www, { label: "web3", address: "2001:db8::7", responseMs: 7.1 }),
    ]),
    makePool(db, at, [
      member(db, { label: "db-main", address: "192.0.2.20", priority: 1, responseMs: 0.4 }),
      member(db, { label: "db-standby", address: "198.51.100.20", priority: 2, answering: false, responseMs: 18.2 }),
    ]),
  ];
  return makeView(at, pools);
}

export function makeView(at: number, pools: readonly PoolView[]): StatusView {
  const serial = Math.floor((at - 4 * minute) / second);
  const zone = { origin: "demo.example", serial, changedAt: wall(serial * second), file: null, trouble: null };
  return {
    version: "0.1.0",
    startedAt: wall(at - 26 * 60 * minute),
    at: wall(at),
    ready: true,
    zones: [{ ...zone, pools: pools.length }],
    pools,
    guard: { sickSince: null, brakingSince: null, references: [] },
    watchers: [],
    agents: [],
    maintenance: [],
    outlets: [],
    nameservers: [],
  };
}

export function makePool(name: string, at: number, members: readonly MemberView[]): PoolView {
  const fit = members.filter((member) => member.health === "up" && member.override === null);
  const lastResort = fit.length === 0;
  const priority = name === db;
  const answering = members.map((member) => ({
    ...member,
    answering: lastResort || (fit.includes(member) && (!priority || member === fit[0])),
  }));
  return {
    name,
    zone: "demo.example",
    policy: priority ? "priority" : "round-robin",
    record: "address",
    pin: null,
    answer: {
      addresses: answering.filter((member) => member.answering).map((member) => member.address),
      ttlSeconds: lastResort || members.some((member) => member.suspected) ? 5 : 30,
      lastResort,
      rule: lastResort ? "pool/last-resort" : priority ? "pool/priority" : "pool/round-robin",
      reason: reasonOf(members.length, fit.length, priority),
      since: wall(at - (fit.length === members.length ? 26 * 60 * minute : 2 * minute)),
      activePriority: priority && !lastResort ? (fit[0]?.priority ?? null) : null,
    },
    members: answering,
  };
}

function reasonOf(all: number, fit: number, priority: boolean): string {
  if (fit === 0) return `None of ${all} members is fit; all are answered, because that is the configured last resort.`;
  if (priority) return "The smallest priority number that is fit answers.";
  return fit === all
    ? `All ${all} members are fit; all are answered.`
    : `${fit} of ${all} members are fit; those are answered.`;
}

export function downMember(at: number, forMs: number): Partial<MemberView> {
  return {
    health: "down",
    since: wall(at - forMs),
    reason: "3 bad probes in a row: connection refused.",
    rises: 0,
    falls: 3,
    responseMs: null,
    answering: false,
    lastBad: { at: wall(at - 300), verdict: "down", tookMs: 0.3, detail: "connection refused" },
  };
}

export function suspectedMember(at: number): Partial<MemberView> {
  return {
    suspected: true,
    lastBad: { at: wall(at - 40), verdict: "down", tookMs: 181, detail: "no answer within 180 ms" },
  };
}

export function drainedMember(at: number, safeInMs: number): Partial<MemberView> {
  return {
    answering: false,
    override: {
      kind: "drain",
      owner: "ops",
      reason: "kernel update",
      setAt: wall(at - 20 * second),
      expiresAt: wall(at + 40 * minute),
      safeToStopAt: wall(at + safeInMs),
      waitsFor: [],
      answeredBecause: null,
    },
  };
}

interface Told {
  readonly ago: number;
  readonly kind: HistoryKind;
  readonly subject: string;
  readonly sentence: string;
  readonly rule: string;
  readonly from?: string;
  readonly to?: string;
}

/** A day with two short faults of web2, one of them within the last hour. */
export function makeStory(at: number): HistoryEvent[] {
  const target = "192.0.2.11 http:80";
  const health = { kind: "health", subject: target } as const;
  const told: readonly Told[] = [
    {
      ago: 1560 * minute,
      kind: "start",
      subject: "muster",
      sentence: "muster 0.1.0 started with 2 pools and 5 members.",
      rule: "muster/start",
    },
    {
      ago: 1559 * minute,
      ...health,
      sentence: "192.0.2.11 is up: 2 good probes in a row.",
      rule: "health/rise",
      from: "unproven",
      to: "up",
    },
    {
      ago: 900 * minute,
      ...health,
      sentence: "192.0.2.11 is down: 500 Internal Server Error.",
      rule: "health/fall",
      from: "up",
      to: "down",
    },
    {
      ago: 896 * minute,
      ...health,
      sentence: "192.0.2.11 is up: 2 good probes in a row.",
      rule: "health/rise",
      from: "down",
      to: "up",
    },
    {
      ago: 41 * minute,
      kind: "suspicion",
      subject: target,
      sentence: "192.0.2.11 is suspected: no answer within 180 ms.",
      rule: "health/suspect",
    },
    {
      ago: 41 * minute - 200,
      ...health,
      sentence: "192.0.2.11 is down: 3 probes without an answer.",
      rule: "health/fall",
      from: "up",
      to: "down",
    },
    {
      ago: 41 * minute - 201,
      kind: "answer",
      subject: www,
      sentence: "www.demo.example leaves out 192.0.2.11: 2 of 3 members are fit.",
      rule: "pool/round-robin",
    },
    {
      ago: 35 * minute,
      ...health,
      sentence: "192.0.2.11 is up: 2 good probes in a row.",
      rule: "health/rise",
      from: "down",
      to: "up",
    },
    {
      ago: 35 * minute - 1,
      kind: "answer",
      subject: www,
      sentence: "www.demo.example answers with all 3 members again.",
      rule: "pool/round-robin",
    },
    {
      ago: 12 * minute,
      kind: "override",
      subject: `${db}/198.51.100.20`,
      sentence: "ops drained 198.51.100.20 for 5 min: backup.",
      rule: "override/drain",
      to: "drain",
    },
    {
      ago: 7 * minute,
      kind: "override",
      subject: `${db}/198.51.100.20`,
      sentence: "The drain of 198.51.100.20 ended by itself.",
      rule: "override/expired",
      from: "drain",
    },
  ];
  return told.map((line, index) => makeEvent(index + 1, at - line.ago, line));
}

export function makeEvent(id: number, at: number, told: Omit<Told, "ago">): HistoryEvent {
  const { kind, subject, sentence, rule, from = null, to = null } = told;
  return { id, at: wall(at), kind, subject, rule, sentence, from, to };
}

/** The event of web2's fall two minutes ago, as `downMember` shows it. */
export function fallOfWeb2(id: number, at: number): HistoryEvent {
  return makeEvent(id, at, {
    kind: "health",
    subject: "192.0.2.11 http:80",
    sentence: "192.0.2.11 is down: 3 bad probes in a row: connection refused.",
    rule: "health/fall",
    from: "up",
    to: "down",
  });
}

export function makeExplanation(at: number): Explanation {
  const leaf = (rule: string, subject: string, sentence: string) => ({ rule, subject, sentence, because: [] });
  const web = (address: string, took: string) => ({
    rule: "health/rise",
    subject: address,
    sentence: `${address} is up since 26 h: 2 good probes in a row.`,
    because: [leaf("probe/http", address, `The last probe, 0.4 s ago, found 200 OK in ${took}.`)],
  });
  const step = {
    rule: "pool/round-robin",
    subject: www,
    sentence:
      "www.demo.example answers 192.0.2.10, 192.0.2.11 and 2001:db8::7 with a TTL of 30 s: all 3 members are fit.",
    because: [web("192.0.2.10", "3.8 ms"), web("192.0.2.11", "12 ms"), web("2001:db8::7", "7.1 ms")],
  };
  return { name: www, at: wall(at), steps: [step] };
}

/** One pool of a thousand members and sixty small ones, four of all members down. */
export function makeCrowd(at: number): StatusView {
  const large = Array.from({ length: 1000 }, (_, index) => {
    const address = `10.0.${index >> 8}.${index & 255}`;
    const down = index % 300 === 7 ? downMember(at, 3 * minute) : {};
    return makeMember("cdn.demo.example", { label: `edge${index}`, address, ...down }, at);
  });
  const small = Array.from({ length: 60 }, (_, index) => {
    const name = `app${index}.demo.example`;
    return makePool(name, at, [
      makeMember(name, { label: "a", address: `198.51.100.${index}` }, at),
      makeMember(name, { label: "b", address: `203.0.113.${index}` }, at),
    ]);
  });
  return makeView(at, [makePool("cdn.demo.example", at, large), ...small]);
}

/** The first of its kind that stands in every list: pins, a drain, a hold, windows, the brake, watchers that disagree. */
export function makeHands(at: number): StatusView {
  const opinion = { reason: "200 OK", fault: null, since: wall(at - 40 * second), vote: "votes" } as const;
  const opinions = [
    { ...opinion, from: "self", health: "down", reason: "no answer within 400 ms", fault: "no-reply" },
    { ...opinion, from: "fra", health: "up" },
    { ...opinion, from: "nyc", health: "up" },
    { ...opinion, from: "osl", health: "up", vote: "late" },
  ] as const;
  const split = "up from fra, nyc, down from self (no answer within 400 ms): route, not server";
  const hold = "it changed 31 times within 60 min";
  const status = makeStatus(at, {
    web1: { opinions, reason: split },
    web2: drainedMember(at, 9 * minute),
    web3: { ...downMember(at, 9 * minute), health: "flapping", heldUntil: wall(at + 51 * minute), reason: hold },
    "db-main": { ...suspectedMember(at), health: "up", heldBack: "brake", answering: true },
  });
  const owner = { owner: "ann", setAt: wall(at - 20 * minute), expiresAt: wall(at + 3 * 60 * minute) };
  const pin = { address: "192.0.2.20", reason: "moving house", ...owner };
  const base = { members: [], pools: [], owner: "configuration", reason: "updates" } as const;
  const series = { every: "daily 03:00", timeZone: "UTC", until: null, ordered: false } as const;
  const maintenance = [
    { ...base, name: "nightly", series, members: ["web2"], from: wall(at + 400 * minute), to: wall(at + 460 * minute) },
    { ...base, name: "disk", pools: [www], owner: "bob", reason: "new disk", series: null },
    {
      ...{ ...base, name: "backups", owner: "eve", members: ["web3"], reason: "copies to tape" },
      series: { every: "Sun 02:00", timeZone: "Europe/Berlin", until: wall(at + 90 * 24 * 60 * minute), ordered: true },
      ...{ from: wall(at + 3000 * minute), to: wall(at + 3120 * minute) },
    },
  ];
  const watcher = { votes: true, state: "well", heardAt: wall(at - 400), reason: "it is heard", targets: 5 } as const;
  const silence = { state: "late", heardAt: wall(at - 12 * second), reason: "no sign of life in time" } as const;
  const reference = { check: "tcp 53 every 1 s", health: "up", since: wall(at - 26 * 60 * minute) } as const;
  return {
    ...status,
    pools: status.pools.map((pool) => (pool.name === db ? { ...pool, pin } : pool)),
    guard: {
      sickSince: null,
      brakingSince: wall(at - 40 * second),
      references: [{ ...reference, address: "192.0.2.1", targetId: "192.0.2.1 tcp:53 #0", reason: "connected" }],
    },
    watchers: [
      { ...watcher, name: "fra", differs: 0 },
      { ...watcher, name: "nyc", differs: 1 },
      { ...watcher, name: "osl", differs: 0, ...silence },
    ],
    maintenance: maintenance.map((window) => ({
      from: wall(at - 10 * minute),
      to: wall(at + 20 * minute),
      ...window,
      running: window.name === "disk",
    })),
  };
}

/** What people did lately, as the record has it. */
export function makeActs(at: number): HistoryEvent[] {
  const about = { kind: "override", subject: `${www}/192.0.2.11`, rule: "operator/drain" } as const;
  const drain = {
    ...about,
    sentence: `ops drains ${www}/192.0.2.11 for 3600 s: kernel update`,
    from: "none",
    to: "drain",
  };
  const enable = { ...drain, rule: "operator/enable", sentence: `bob enables ${www}/192.0.2.11: booted` };
  return [
    { ...makeEvent(60, at - 4 * minute, drain), by: { owner: "ops", reason: "kernel update" } },
    {
      ...makeEvent(61, at - 3 * minute, { ...enable, from: "drain", to: "none" }),
      by: { owner: "bob", reason: "booted" },
    },
  ];
}
