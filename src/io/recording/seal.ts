/**
 * A configuration that judges as the one it was made from, and holds nothing else: no secrets, no files, nobody to tell.
 * What a probe asks is replaced by a key, equal exactly when the same is asked, under which its answers are recorded.
 * It is what the record keeps, and what `muster replay` plays, whichever file it came from.
 */
import { createHash } from "node:crypto";
import type { CheckConfig, Config, MemberConfig, ProbeConfig, WatchConfig, ZoneConfig } from "../../core/model.ts";
import { makeReference } from "../../core/target.ts";
import { isProbeForWatchers } from "../../core/vantage.ts";

const keyHexDigits = 24;

/** Thousands of members may share a probe. */
const keysKnown = new WeakMap<ProbeConfig, string>();

export function probeKey(probe: ProbeConfig): string {
  const known = keysKnown.get(probe);
  if (known !== undefined) return known;
  const key = createHash("sha256").update(JSON.stringify(probe)).digest("hex").slice(0, keyHexDigits);
  keysKnown.set(probe, key);
  return key;
}

export function sealConfig(config: Config): Config {
  const keys = new Map<ProbeConfig, ProbeConfig>();
  const sealed = (check: CheckConfig): CheckConfig => {
    const probe = keys.get(check.probe) ?? sealProbe(check.probe);
    keys.set(check.probe, probe);
    return { ...check, probe };
  };
  return {
    ...config,
    file: "replay",
    state: "",
    dns: { listen: [], nsid: null, threads: 1 },
    api: { listen: { address: "127.0.0.1", port: 0 }, token: null },
    keys: [],
    catalog: null,
    references: config.references.map((target) => makeReference({ ...target, check: sealed(target.check) })),
    watch: config.watch === null ? null : sealWatch(config.watch),
    onStart: "resume",
    placement: "off",
    notify: null,
    zones: config.zones.map(sealZone),
    pools: config.pools.map((pool) => ({
      ...pool,
      members: pool.members.map((member): MemberConfig => ({ ...member, check: sealed(member.check) })),
    })),
  };
}

/** Who votes; what watchers look at by themselves is not played. */
function sealWatch({ selfVotes, watchers }: WatchConfig): WatchConfig {
  return { listen: null, selfVotes, watchers: watchers.map(({ name, votes }) => ({ name, votes, references: [] })) };
}

/** The key in the place of what is sent, or of a program where watchers may not look: nothing ever runs it. */
function sealProbe(probe: ProbeConfig): ProbeConfig {
  if (isProbeForWatchers(probe)) return { kind: "tcp", port: 0, send: probeKey(probe), expect: null, replyBytesMax: 1 };
  return { kind: "exec", command: [probeKey(probe)], port: null, warning: "up", environment: [] };
}

function sealZone(zone: ZoneConfig): ZoneConfig {
  return {
    ...zone,
    file: null,
    nameserverAddresses: {},
    primaries: [],
    transfer: { to: [], allow: [] },
    updates: [],
    publish: [{ kind: "embedded" }],
    republishMs: null,
  };
}
