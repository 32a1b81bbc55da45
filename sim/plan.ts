/** Configurations for the swarm: small, varied by the seed, with everything that a real one may hold. */
import { fixtureCheck, fixtureConfig, fixtureZone } from "../src/core/fixtures.ts";
import type { Prng } from "../src/base/prng.ts";
import type {
  BrakeConfig,
  CheckConfig,
  Config,
  FilePublishConfig,
  FlapConfig,
  LastResort,
  MemberConfig,
  PeerConfig,
  Policy,
  PoolConfig,
  PublishConfig,
  Target,
  WatchConfig,
  ZoneConfig,
} from "../src/core/model.ts";
import type { NotifyConfig } from "../src/core/notify.ts";
import type { MaintenanceConfig } from "../src/core/maintenance.ts";
import { makeReference } from "../src/core/target.ts";
import { pick } from "./life.ts";
import { isAboutData, planAgents, planProbe } from "./plan-probe.ts";
import { startAt } from "./world.ts";

const policies: readonly Policy[] = ["round-robin", "weighted", "priority"];
const lastResorts: readonly LastResort[] = [
  { kind: "all" },
  { kind: "none" },
  { kind: "address", address: "203.0.113.99" },
];

const flappings: readonly FlapConfig[] = [
  { kind: "off" },
  { kind: "count", changes: 4, withinMs: 60_000, holdMs: 20_000 },
  { kind: "penalty", halfLifeMs: 10_000, suppress: 3000, reuse: 750 },
];

function planCheck(prng: Prng): CheckConfig {
  return {
    probe: planProbe(prng),
    intervalMs: pick(prng, [200, 1000, 2000]),
    timeout: pick(prng, [
      { kind: "auto", minMs: 600, maxMs: 5000 },
      { kind: "fixed", ms: 1500 },
    ]),
    rise: 1 + prng.int(3),
    fall: 1 + prng.int(4),
    confirmMs: 10 + prng.int(90),
    suspectMs: 150,
    tripwire: prng.next() < 0.8,
    freshEvery: 1 + prng.int(5),
    flapping: pick(prng, flappings),
    quorum: pick(prng, ["majority", "majority", "any", 2]),
  };
}

const mainZone = "example.org";
/** It has a pool in some lives, leaves the configuration, and comes back. */
export const guestZone = "example.net";

function planPool(prng: Prng, index: number, zone: string): PoolConfig {
  const name = `p${index}.${zone}`;
  const check = planCheck(prng);
  const members = Array.from({ length: 1 + prng.int(4) }, (_, i): MemberConfig => {
    const ipv6 = prng.next() < 0.3;
    const address = ipv6 ? `2001:db8::${index + 1}:${i + 1}` : `192.0.2.${index * 10 + i}`;
    const weight = prng.int(4);
    return {
      id: `${name}/${address}`,
      pool: name,
      label: address,
      address,
      family: ipv6 ? 6 : 4,
      weight,
      priority: 1 + prng.int(3),
      target: null,
      check,
    };
  });
  return {
    name,
    zone,
    policy: pick(prng, policies),
    answersMax: null,
    lastResort: isAboutData(check.probe) && prng.next() < 0.6 ? { kind: "least-stale" } : pick(prng, lastResorts),
    failback: pick(prng, [{ kind: "at-once" }, { kind: "after", stableMs: 5000 }, { kind: "manual" }]),
    record: { kind: "address" },
    aliases: [],
    canary: false,
    recoveryMs: null,
    members,
  };
}

/** Windows that come again, most of them around the time at which lives begin. */
function planMaintenance(prng: Prng, pools: readonly PoolConfig[]): readonly MaintenanceConfig[] {
  const aheadHours = prng.int(12);
  const startMinute = Math.floor(startAt / 60_000) + aheadHours * 60;
  return Array.from({ length: prng.next() < 0.5 ? 0 : 1 + prng.int(2) }, (_, i): MaintenanceConfig => {
    const pool = pick(prng, pools);
    const isPool = prng.next() < 0.5;
    return {
      name: `window${i}`,
      days: prng.next() < 0.5 ? [] : [0, 1, 2, 3, 4, 5, 6].filter(() => prng.next() < 0.7),
      atMinute: (startMinute - 2 + prng.int(5)) % 1440,
      lengthMs: 60_000 + prng.int(120_000),
      timeZone: aheadHours === 0 ? "UTC" : `Etc/GMT-${aheadHours}`,
      members: isPool ? [] : [pick(prng, pool.members).id],
      pools: isPool ? [pool.name] : [],
      reason: "simulated",
    };
  });
}

const referenceCheck: CheckConfig = fixtureCheck({ tripwire: false });

function planReferences(prng: Prng, prefix: string): readonly Target[] {
  if (prng.next() < 0.6) return [];
  const addresses = Array.from({ length: 1 + prng.int(2) }, (_, i) => `${prefix}${i + 1}`);
  return addresses.map((address) => makeReference({ address, family: 4, check: referenceCheck }));
}

function planBrake(prng: Prng): BrakeConfig | null {
  if (prng.next() < 0.7) return null;
  const withinMs = 3000 + prng.int(12_000);
  return { all: 0.2 + prng.next() * 0.5, pool: 0.2 + prng.next() * 0.8, withinMs };
}

/** Without watchers there is a port all the same, where agents report. */
function planWatch(prng: Prng): WatchConfig {
  const listen = { address: "127.0.0.1", port: 8054 };
  if (prng.next() < 0.65) return { listen, selfVotes: true, watchers: [] };
  const watchers = ["fra", "nyc", "sin"].slice(0, 1 + prng.int(3)).map((name, i) => ({
    name,
    // Somebody must.
    votes: i === 0 || prng.next() < 0.8,
    references: planReferences(prng, `203.0.113.1${i}`),
  }));
  return { listen, selfVotes: prng.next() < 0.8, watchers };
}

function planNotify(prng: Prng): NotifyConfig | null {
  if (prng.next() < 0.5) return null;
  const secrets = { url: null, key: null };
  return {
    channels: [{ kind: "exec", name: "ops", timeoutMs: 1000, command: ["true"], secrets }],
    routes: [{ to: ["ops"], severity: "warning", kinds: [], rules: [], subjects: [], digestMs: null }],
    groupMs: 3000,
    repeatsMax: 1000,
    timeZone: "UTC",
    quietHours: [],
    escalate: [],
    reports: [],
    heartbeat: null,
  };
}

function planPublish(prng: Prng): readonly PublishConfig[] {
  const servers = Array.from({ length: prng.int(3) }, (_, i) => ({
    address: `198.51.100.${i + 51}`,
    port: 53,
    key: null,
  }));
  const updates = servers.length === 0 ? [] : [{ kind: "update", servers } as const];
  return [{ kind: "embedded" }, ...updates, ...planFiles(prng)];
}

function planFiles(prng: Prng): readonly FilePublishConfig[] {
  const files = [false, true].map((block): FilePublishConfig => {
    const reload = prng.next() < 0.8 ? ["reload"] : null;
    return { kind: "file", path: block ? "/zones/by-hand" : "/zones/whole", block, reload, reloadMsMax: 1500 };
  });
  return files.filter(() => prng.next() < 0.4);
}

const republishTimes = [86_400_000, 15_000, null];

function planSecondaries(count: number, first: number): readonly PeerConfig[] {
  return Array.from({ length: count }, (_, i) => ({ address: `198.51.100.${first + i}`, port: 53, key: null }));
}

function planGuest(prng: Prng): ZoneConfig {
  return fixtureZone({
    origin: guestZone,
    file: prng.next() < 0.7 ? `/zones/${guestZone}` : null,
    transfer: { to: planSecondaries(1, 31), allow: [] },
    republishMs: pick(prng, republishTimes),
  });
}

export function planConfig(prng: Prng): Config {
  const guests = prng.next() < 0.5 ? [planGuest(prng)] : [];
  const count = 1 + prng.int(3);
  // The last of several is a guest's.
  const zoneOf = (i: number): string => (guests.length > 0 && i > 0 && i === count - 1 ? guestZone : mainZone);
  const pools = Array.from({ length: count }, (_, i) => planPool(prng, i, zoneOf(i)));
  const zone = fixtureZone({
    transfer: { to: planSecondaries(prng.int(3), 1), allow: [] },
    publish: planPublish(prng),
    republishMs: pick(prng, republishTimes),
  });
  // What stays names nothing that may leave.
  const maintenance = planMaintenance(
    prng,
    pools.filter(({ zone: origin }) => origin === mainZone),
  );
  const guard = { references: planReferences(prng, "203.0.113."), brake: planBrake(prng), watch: planWatch(prng) };
  const notify = planNotify(prng);
  const agents = planAgents(prng, pools);
  return fixtureConfig(pools, {
    file: "simulated",
    state: "simulated",
    zones: [zone, ...guests],
    maintenance,
    notify,
    agents,
    ...guard,
  });
}

/** The same configuration with one member or agent less, or with all that it may hold: what a reload brings. */
export function replan(prng: Prng, full: Config, current: Config): Config {
  const base = isGuestIn(current) ? full : withoutGuest(full);
  if (base.agents.length > 0 && prng.next() < 0.3) {
    const gone = pick(prng, base.agents);
    return { ...base, agents: base.agents.filter((agent) => agent !== gone) };
  }
  const drop = pick(prng, base.pools);
  if (drop.members.length < 2 || prng.next() < 0.4) return base;
  const out = pick(prng, drop.members);
  const pools = base.pools.map((pool) =>
    pool === drop ? { ...pool, members: pool.members.filter((member) => member !== out) } : pool,
  );
  return { ...base, pools };
}

export function isGuestIn({ zones }: Config): boolean {
  return zones.some(({ origin }) => origin === guestZone);
}

export function withoutGuest(config: Config): Config {
  return {
    ...config,
    zones: config.zones.filter(({ origin }) => origin !== guestZone),
    pools: config.pools.filter(({ zone }) => zone !== guestZone),
  };
}
