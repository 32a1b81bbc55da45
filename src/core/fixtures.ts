/** Small, complete model values for tests: each test changes the one field it is about. */
import type { CheckConfig, Config, MemberConfig, PoolConfig, ZoneConfig } from "./model.ts";

export function fixtureCheck(changes: Partial<CheckConfig> = {}): CheckConfig {
  return {
    probe: { kind: "tcp", port: 80, send: null, expect: null, replyBytesMax: 1024 },
    intervalMs: 1000,
    timeout: { kind: "auto", minMs: 600, maxMs: 5000 },
    rise: 2,
    fall: 3,
    confirmMs: 30,
    suspectMs: 150,
    tripwire: true,
    freshEvery: 5,
    flapping: { kind: "off" },
    ...changes,
  };
}

export function fixtureMember(address: string, changes: Partial<MemberConfig> = {}): MemberConfig {
  const pool = "www.example.org";
  return {
    id: `${pool}/${address}`,
    pool,
    label: address,
    address,
    family: address.includes(":") ? 6 : 4,
    weight: 1,
    priority: 1,
    target: null,
    check: fixtureCheck(),
    ...changes,
  };
}

export function fixturePool(members: readonly MemberConfig[], changes: Partial<PoolConfig> = {}): PoolConfig {
  return {
    name: "www.example.org",
    zone: "example.org",
    policy: "round-robin",
    answersMax: null,
    lastResort: { kind: "all" },
    failback: { kind: "at-once" },
    record: { kind: "address" },
    aliases: [],
    members,
    canary: false,
    recoveryMs: null,
    ...changes,
  };
}

export function fixtureZone(changes: Partial<ZoneConfig> = {}): ZoneConfig {
  return {
    origin: "example.org",
    file: null,
    ttlSeconds: 30,
    ttlMinSeconds: 5,
    nameservers: ["ns1.example.net"],
    contact: "hostmaster@example.org",
    negativeTtlSeconds: 60,
    nameserverAddresses: {},
    primaries: [],
    transfer: { to: [], allow: [] },
    updates: [],
    publish: [{ kind: "embedded" }],
    republishMs: 86_400_000,
    ...changes,
  };
}

export function fixtureConfig(pools: readonly PoolConfig[], changes: Partial<Config> = {}): Config {
  return {
    file: "test.yaml",
    state: "test.sqlite",
    dns: { listen: [], nsid: null, threads: 1 },
    api: { listen: { address: "127.0.0.1", port: 8053 }, token: null },
    keys: [],
    catalog: null,
    audit: { intervalMs: 300_000, lagMsMax: 10_000 },
    removalMax: 0.5,
    references: [],
    brake: null,
    diagnosis: { networks: [], prefix4: 24, prefix6: 64, webCluster: null },
    watch: null,
    agents: [],
    onStart: "resume",
    placement: "off",
    maintenance: [],
    notify: null,
    recording: null,
    rehearsals: [],
    zones: [fixtureZone()],
    pools,
    ...changes,
  };
}
