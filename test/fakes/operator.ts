/**
 * A controller in memory, for tests of what stands above it: two pools in one zone, whose members are made up or
 * down by hand. It keeps the promises of `Operator`: events have rising ids, overrides take members out of the
 * answers, whoever subscribed hears of both.
 */
import { wall } from "../../src/base/time.ts";
import { findNearest } from "../../src/base/nearest.ts";
import type { Health, HistoryEvent } from "../../src/core/model.ts";
import type {
  LiveMessage,
  MemberView,
  Operator,
  OperatorOutcome,
  OverrideRequest,
  PoolView,
  RecordsView,
  StatusView,
} from "../../src/core/view.ts";

export interface FakeOperator extends Operator {
  /** The clock of the fake; it stands still until moved. */
  nowMs: number;
  ready: boolean;
  /** Who serves what; nobody until the test says so. */
  publishing: Pick<StatusView, "nameservers" | "outlets">;
  setHealth(member: string, health: Health, reason: string): void;
  /** Adds an event and tells it to the subscribers. */
  addEvent(event: Partial<HistoryEvent>): HistoryEvent;
  subscribers(): number;
}

export const fakeStartMs = Date.UTC(2030, 0, 2, 3, 4, 5);
const ttlSeconds = 30;

interface World {
  readonly members: Map<string, MemberView>;
  readonly events: HistoryEvent[];
  readonly listeners: Set<(message: LiveMessage) => void>;
}

export function createFakeOperator(extraMembers = 0): FakeOperator {
  const world: World = { members: new Map(), events: [], listeners: new Set() };
  for (const member of firstMembers(extraMembers)) world.members.set(member.id, member);
  const tell = (message: LiveMessage): void => {
    for (const listener of world.listeners) listener(message);
  };
  const change = (members: readonly MemberView[], patch: Partial<MemberView>): readonly MemberView[] =>
    members.map((member) => {
      const changed = { ...member, ...patch };
      world.members.set(member.id, changed);
      return changed;
    });
  const changed = (sentence: string, subject: string): OperatorOutcome => {
    fake.addEvent({ kind: "override", subject, sentence, rule: "override/set" });
    tell({ kind: "status", status: fake.status() });
    return { kind: "done", sentences: [sentence], members: selectMembers(world, subject) };
  };
  const fake: FakeOperator = {
    nowMs: fakeStartMs,
    ready: true,
    publishing: { nameservers: [], outlets: [] },
    status: () => viewStatus(world, fake),
    explain: (name) => explainPool(fake.status(), name),
    records: (zone) => (zone === "example.org" ? viewRecords(fake.status()) : null),
    plan: async () => ({ kind: "planned", plan: fakePlan }),
    simulate: async () => ({
      kind: "simulated",
      simulation: { story: [], answers: [], verdicts: [], ttls: [], messages: [], zones: [] },
    }),
    rehearse: async () => ({ kind: "refused", sentence: "nobody is a canary here", details: [] }),
    rehearsals: () => [],
    replay: async () => ({ kind: "refused", sentence: "nothing was recorded in that time", details: [] }),
    reset: async ({ owner }) => {
      change([...world.members.values()], { override: null });
      return changed(`${owner} put everything back to normal`, "www.example.org");
    },
    history: async (query) => readHistory(world.events, query),
    setOverride: async (request) => {
      const members = selectMembers(world, request.selector);
      if (members.length === 0) return notFound(world, request.selector);
      change(members, { override: overrideView(request, fake.nowMs) });
      return changed(`${request.selector}: ${request.kind} by ${request.owner}: ${request.reason}`, request.selector);
    },
    clearOverride: async (selector) => {
      const members = selectMembers(world, selector);
      if (members.length === 0) return notFound(world, selector);
      if (members.every((member) => member.override === null))
        return { kind: "done", sentences: [`${selector} has no override`], members };
      change(members, { override: null });
      return changed(`${selector} is enabled`, selector);
    },
    pin: async ({ address, owner, pool }) => changed(`${owner} pins ${pool} to ${address}`, pool),
    unpin: async (pool, { owner }) => changed(`${owner} unpins ${pool}`, pool),
    planMaintenance: async ({ name, owner }) => changed(`${owner} orders maintenance ${name ?? ""}`, "www.example.org"),
    cancelMaintenance: async (name, { owner }) => changed(`${owner} cancels maintenance ${name}`, "www.example.org"),
    endMaintenance: async (name, { owner }) => changed(`${owner} ends maintenance ${name}`, "www.example.org"),
    releaseBrake: async ({ owner }) => changed(`${owner} released the brake`, "www.example.org"),
    release: async (selector, { owner }) => changed(`${owner} ended the hold of ${selector}`, selector),
    failback: async (pool) => failBack(fake.status(), pool),
    notifyTest: async (channel) => {
      if (channel !== null && channel !== "ops")
        return { kind: "not-found", sentence: `no channel is called "${channel}"`, nearest: "ops" };
      return { kind: "done", sentences: ["ops: delivered within 12 ms: smtp.example.org took it"], members: [] };
    },
    acknowledge: async (pattern, { owner }) => {
      const sentence = `${owner} takes care of: ${pattern === "" ? "everything" : pattern}`;
      return { kind: "done", sentences: [sentence], members: [] };
    },
    reload: async () => ({ kind: "done", sentences: ["nothing changed"], members: [] }),
    subscribe(listener) {
      world.listeners.add(listener);
      return () => world.listeners.delete(listener);
    },
    counters: async () => ({ dns_queries_total: 12, cacheEntries: 3 }),
    setHealth(id, health, reason) {
      change(selectMembers(world, id), { health, reason, since: wall(fake.nowMs) });
      fake.addEvent({ kind: "health", subject: id, rule: "health/fall", sentence: `${id} is ${health}: ${reason}` });
      tell({ kind: "status", status: fake.status() });
    },
    addEvent(given) {
      const event = { ...blankEvent, at: wall(fake.nowMs), ...given, id: world.events.length + 1 };
      world.events.push(event);
      tell({ kind: "event", event });
      return event;
    },
    subscribers: () => world.listeners.size,
  };
  return fake;
}

function failBack({ pools }: StatusView, name: string): OperatorOutcome {
  const pool = pools.find((one) => one.name === name);
  if (pool === undefined) {
    const nearest = findNearest(
      name,
      pools.map((one) => one.name),
    );
    return { kind: "not-found", sentence: `no pool is called "${name}"`, nearest };
  }
  if (pool.policy !== "priority")
    return { kind: "refused", sentence: `${name} has no priorities to fail back to`, details: [] };
  return { kind: "done", sentences: [`${name} answers with priority 1 again`], members: pool.members };
}

/** As the store does it: with `afterId` the first events after it, else the newest. */
function readHistory(
  events: readonly HistoryEvent[],
  query: Parameters<Operator["history"]>[0],
): readonly HistoryEvent[] {
  const { afterId, sinceMs = 0, subject, limit } = query;
  const matching = events
    .filter((event) => event.id > (afterId ?? 0) && event.at >= sinceMs)
    .filter((event) => subject === undefined || event.subject === subject);
  return afterId === undefined ? matching.slice(-limit) : matching.slice(0, limit);
}

const blankEvent: HistoryEvent = {
  id: 0,
  at: wall(fakeStartMs),
  kind: "health",
  subject: "muster",
  rule: "test/event",
  sentence: "something happened",
  from: null,
  to: null,
};

const fakePlan = {
  zones: [{ origin: "example.org", removed: ["www.example.org. 30 IN A 192.0.2.10"], added: [] }],
  published: 5,
  removed: 1,
  limit: 0.5,
  refusal: null,
  mistakes: [],
  sentences: [],
};

function firstMembers(extra: number): readonly MemberView[] {
  const named = [
    makeMember("www.example.org", "web1", "192.0.2.10"),
    makeMember("www.example.org", "web2", "192.0.2.11"),
    makeMember("www.example.org", "web3", "2001:db8::12"),
    { ...makeMember("db.example.org", "db1", "192.0.2.20"), priority: 1 },
    { ...makeMember("db.example.org", "db2", "198.51.100.20"), priority: 2 },
  ];
  for (let n = 0; n < extra; n++) named.push(makeMember("many.example.org", `m${n}`, `198.18.${n >> 8}.${n & 255}`));
  return named;
}

function makeMember(pool: string, label: string, address: string): MemberView {
  const at = wall(fakeStartMs - 60_000);
  const lastGood = { at, verdict: "up", tookMs: 2.4, detail: "200 OK" } as const;
  return {
    id: `${pool}/${address}`,
    label,
    address,
    family: address.includes(":") ? 6 : 4,
    weight: 1,
    priority: 1,
    check: `http GET http://${pool}:80/ every 1s`,
    targetId: `${address} http`,
    health: "up",
    since: at,
    reason: "2 good probes in a row",
    heldUntil: null,
    heldBack: null,
    restored: false,
    suspected: false,
    rises: 2,
    falls: 0,
    timeoutMs: 250,
    responseMs: 2.4,
    lastProbe: lastGood,
    lastGood,
    lastBad: null,
    data: null,
    override: null,
    answering: true,
  };
}

function viewStatus(world: World, fake: FakeOperator): StatusView {
  const names = [...new Set([...world.members.values()].map(poolOf))];
  const pools = names.map((name) =>
    viewPool(
      name,
      [...world.members.values()].filter((m) => poolOf(m) === name),
    ),
  );
  const zone = { origin: "example.org", serial: 1893553445, changedAt: wall(fakeStartMs), file: null, trouble: null };
  return {
    version: "0.0.0-fake",
    startedAt: wall(fakeStartMs - 3_600_000),
    at: wall(fake.nowMs),
    ready: fake.ready,
    zones: [{ ...zone, pools: pools.length }],
    pools,
    guard: { sickSince: null, brakingSince: null, references: [] },
    watchers: [],
    agents: [],
    maintenance: [],
    ...fake.publishing,
  };
}

function viewPool(name: string, members: readonly MemberView[]): PoolView {
  const priority = name === "db.example.org";
  const usable = members.filter((member) => member.health === "up" && member.override === null);
  const best = Math.min(...usable.map((member) => member.priority));
  const fit = priority ? usable.filter((member) => member.priority === best) : usable;
  const answering = fit.length > 0 ? fit : members;
  return {
    name,
    zone: "example.org",
    policy: priority ? "priority" : "round-robin",
    record: "address",
    pin: null,
    answer: {
      addresses: answering.map((member) => member.address),
      ttlSeconds,
      lastResort: fit.length === 0,
      rule: fit.length === 0 ? "pool/last-resort" : priority ? "pool/priority" : "pool/round-robin",
      reason: fit.length === 0 ? "nobody is fit" : `${fit.length} of ${members.length} members answer`,
      since: wall(fakeStartMs - 60_000),
      activePriority: priority && fit.length > 0 ? best : null,
    },
    members: members.map((member) => ({ ...member, answering: answering.includes(member) })),
  };
}

function viewRecords({ at, pools, zones }: StatusView): RecordsView {
  const sets = pools.flatMap(({ answer: { addresses, ttlSeconds: ttl }, name }) =>
    (["A", "AAAA"] as const).map((type) => ({
      name,
      type,
      ttlSeconds: ttl,
      data: addresses.filter((address) => address.includes(":") === (type === "AAAA")),
    })),
  );
  return { origin: "example.org", at, serial: zones[0]?.serial ?? 0, sets, aliases: [] };
}

function explainPool(status: StatusView, name: string) {
  const pool = status.pools.find((candidate) => candidate.name === name);
  if (pool === undefined) return null;
  const because = pool.members.map((member) => ({
    rule: "health/rise",
    subject: member.id,
    sentence: `${member.label} is ${member.health}: ${member.reason}`,
    because: [],
  }));
  const answer = { rule: pool.answer.rule, subject: name, sentence: `${name}: ${pool.answer.reason}`, because };
  return { name, at: status.at, steps: [answer] };
}

function overrideView(request: OverrideRequest, nowMs: number): MemberView["override"] {
  return {
    kind: request.kind,
    owner: request.owner,
    reason: request.reason,
    setAt: wall(nowMs),
    expiresAt: request.forMs === null ? null : wall(nowMs + request.forMs),
    safeToStopAt: wall(nowMs + ttlSeconds * 1000),
    waitsFor: [],
    answeredBecause: null,
  };
}

function selectMembers(world: World, selector: string): readonly MemberView[] {
  return [...world.members.values()].filter(({ id, label, address }) => [id, label, address].includes(selector));
}

function notFound(world: World, selector: string): OperatorOutcome {
  const known = [...world.members.values()].flatMap(({ id, label, address }) => [label, address, id]);
  const nearest = findNearest(selector, known);
  return { kind: "not-found", sentence: `no member is called "${selector}"`, nearest };
}

function poolOf(member: MemberView): string {
  return member.id.slice(0, member.id.indexOf("/"));
}
