/** Small, complete model values for tests: each test changes the one field it is about. */
import type { CheckConfig, MemberConfig, PoolConfig } from "./model.ts";

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
    members,
    ...changes,
  };
}
