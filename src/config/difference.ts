/**
 * What a new configuration changes, in sentences for the log and for whoever asked for the reload: zones, pools,
 * members, checks, and muster's own settings. An empty list means that nothing changes. Secrets are only ever "changed".
 */
import type { MaintenanceConfig } from "../core/maintenance.ts";
import type {
  CheckConfig,
  Config,
  Endpoint,
  LastResort,
  MemberConfig,
  PoolConfig,
  Timeout,
  ZoneConfig,
} from "../core/model.ts";
import {
  compareKeys,
  describeOperation,
  grantsText,
  nameserversText,
  peersText,
  publishText,
  recordText,
  transferText,
} from "./difference-publish.ts";
import { describeNotify } from "./difference-notify.ts";
import { changed, endpointText, seconds } from "./difference-words.ts";

export function describeDifference(old: Config, next: Config): string[] {
  return [
    ...describeOwn(old, next),
    ...describeOperation(old, next),
    ...describeNotify(old.notify, next.notify),
    ...compareLists(old.keys, next.keys, { key: (key) => key.name, noun: "key", compare: compareKeys }),
    ...compareLists(old.zones, next.zones, { key: (zone) => zone.origin, noun: "zone", compare: compareZones }),
    ...compareLists(old.maintenance, next.maintenance, {
      key: ({ name }) => name,
      noun: "maintenance",
      compare: compareWindows,
    }),
    ...compareLists(old.watch?.watchers ?? [], next.watch?.watchers ?? [], {
      key: ({ name }) => name,
      noun: "watcher",
      compare: (was, is) => (JSON.stringify(was) === JSON.stringify(is) ? [] : ["changed"]),
    }),
    ...compareLists(old.agents, next.agents, {
      key: ({ name }) => name,
      noun: "agent",
      compare: (was, is) => (JSON.stringify(was) === JSON.stringify(is) ? [] : ["changed"]),
    }),
    ...compareLists(old.pools, next.pools, { key: (pool) => pool.name, noun: "pool", compare: comparePools }),
  ];
}

interface Naming<T> {
  readonly key: (item: T) => string;
  readonly noun: string;
  readonly compare: (old: T, next: T) => string[];
}

function compareLists<T>(old: readonly T[], next: readonly T[], { key, noun, compare }: Naming<T>): string[] {
  const before = new Map(old.map((item) => [key(item), item]));
  const after = new Set(next.map(key));
  const removed = [...before.keys()].filter((name) => !after.has(name)).map((name) => `${noun} ${name} removed`);
  const others = next.flatMap((item) => {
    const known = before.get(key(item));
    if (known === undefined) return [`${noun} ${key(item)} added`];
    return compare(known, item).map((sentence) => `${noun} ${key(item)}: ${sentence}`);
  });
  return [...removed, ...others];
}

function describeOwn(old: Config, next: Config): string[] {
  const endpoints = (config: Config): string => config.dns.listen.map(endpointText).join(", ");
  const token = old.api.token === next.api.token ? [] : ["api: the token changed"];
  return [
    ...changed("state", old.state, next.state),
    ...changed("dns: listen", endpoints(old), endpoints(next)),
    ...changed("dns: nsid", old.dns.nsid, next.dns.nsid),
    ...changed("dns: threads", old.dns.threads, next.dns.threads),
    ...changed("watch: listen", watchText(old.watch?.listen), watchText(next.watch?.listen)),
    ...changed("watch: vote", old.watch?.selfVotes ?? true, next.watch?.selfVotes ?? true),
    ...changed("api: listen", endpointText(old.api.listen), endpointText(next.api.listen)),
    ...token,
  ];
}

function watchText(listen: Endpoint | null | undefined): string {
  return listen === null || listen === undefined ? "nowhere" : endpointText(listen);
}

function compareWindows(old: MaintenanceConfig, next: MaintenanceConfig): string[] {
  return JSON.stringify(old) === JSON.stringify(next) ? [] : ["changed"];
}

function compareZones(old: ZoneConfig, next: ZoneConfig): string[] {
  return [
    ...changed("file", old.file, next.file),
    ...changed("ttl", seconds(old.ttlSeconds), seconds(next.ttlSeconds)),
    ...changed("ttl-min", seconds(old.ttlMinSeconds), seconds(next.ttlMinSeconds)),
    ...changed("negative-ttl", seconds(old.negativeTtlSeconds), seconds(next.negativeTtlSeconds)),
    ...changed("nameservers", nameserversText(old), nameserversText(next)),
    ...changed("contact", old.contact, next.contact),
    ...changed("primaries", peersText(old.primaries), peersText(next.primaries)),
    ...changed("transfer", transferText(old.transfer), transferText(next.transfer)),
    ...changed("updates", grantsText(old.updates), grantsText(next.updates)),
    ...changed("publish", publishText(old.publish), publishText(next.publish)),
    ...changed("republish", republishText(old), republishText(next)),
  ];
}

function republishText({ republishMs }: ZoneConfig): string {
  return republishMs === null ? "never" : seconds(republishMs / 1_000);
}

function comparePools(old: PoolConfig, next: PoolConfig): string[] {
  return [
    ...changed("zone", old.zone, next.zone),
    ...changed("record", recordText(old.record), recordText(next.record)),
    ...changed("aliases", old.aliases.join(", "), next.aliases.join(", ")),
    ...changed("policy", old.policy, next.policy),
    ...changed("answers", old.answersMax ?? "all", next.answersMax ?? "all"),
    ...changed("last-resort", lastResortText(old.lastResort), lastResortText(next.lastResort)),
    ...changed("failback", failbackText(old), failbackText(next)),
    ...changed("canary", String(old.canary), String(next.canary)),
    ...changed("recovery", recoveryText(old), recoveryText(next)),
    ...compareLists(old.members, next.members, {
      key: (member) => member.address,
      noun: "member",
      compare: compareMembers,
    }),
    ...compareOrder(old, next),
  ];
}

function lastResortText(lastResort: LastResort): string {
  return lastResort.kind === "address" ? lastResort.address : lastResort.kind;
}

function recoveryText({ recoveryMs }: PoolConfig): string {
  return recoveryMs === null ? "" : `${recoveryMs / 1_000}s`;
}

function failbackText({ failback }: PoolConfig): string {
  return failback.kind === "after" ? `after ${failback.stableMs}ms` : failback.kind;
}

/** The order of answers follows the order of the list. */
function compareOrder(old: PoolConfig, next: PoolConfig): string[] {
  const before = old.members.map((member) => member.address);
  const after = next.members.map((member) => member.address);
  const same = new Set([...before, ...after]).size === before.length && before.length === after.length;
  return same && before.join() !== after.join() ? ["the order of the members changed"] : [];
}

function compareMembers(old: MemberConfig, next: MemberConfig): string[] {
  return [
    ...changed("name", old.label, next.label),
    ...changed("target", old.target, next.target),
    ...changed("weight", old.weight, next.weight),
    ...changed("priority", old.priority, next.priority),
    ...compareChecks(old.check, next.check),
  ];
}

function compareChecks(old: CheckConfig, next: CheckConfig): string[] {
  if (old === next) return [];
  return [
    ...(JSON.stringify(old.probe) === JSON.stringify(next.probe) ? [] : [`the ${next.probe.kind} probe changed`]),
    ...changed("interval", `${old.intervalMs}ms`, `${next.intervalMs}ms`),
    ...changed("timeout", timeoutText(old.timeout), timeoutText(next.timeout)),
    ...changed("rise", old.rise, next.rise),
    ...changed("fall", old.fall, next.fall),
    ...changed("confirm", `${old.confirmMs}ms`, `${next.confirmMs}ms`),
    ...changed("suspect", `${old.suspectMs}ms`, `${next.suspectMs}ms`),
    ...changed("tripwire", old.tripwire, next.tripwire),
    ...changed("fresh-every", old.freshEvery, next.freshEvery),
    ...changed("quorum", old.quorum ?? "majority", next.quorum ?? "majority"),
  ];
}

function timeoutText(timeout: Timeout): string {
  return timeout.kind === "fixed" ? `${timeout.ms}ms` : `auto (${timeout.minMs}ms to ${timeout.maxMs}ms)`;
}
