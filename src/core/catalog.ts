/**
 * The catalog zone (RFC 9432): a zone that lists zones, so that a secondary learns of a new one, and of one that is gone,
 * by the same transfers that bring it their records. It lists every zone that secondaries may have.
 */
import { nameBytes, textName } from "../dns/name.ts";
import { rrType } from "../dns/rr-types.ts";
import type { RRset } from "../dns/types.ts";
import type { Config, ZoneConfig } from "./model.ts";

/** RFC 9432, 4.1: nobody asks a catalog by its nameservers. */
const nobody = "invalid";
const ttlSeconds = 3600;
/** RFC 9432, 4.2.1. */
const version = Uint8Array.of(1, "2".charCodeAt(0));

/** All zones that are served: those of the configuration, and their catalog. */
export function zonesOf(config: Config): readonly ZoneConfig[] {
  return config.catalog === null ? config.zones : [...config.zones, catalogZone(config.catalog)];
}

function catalogZone({ origin, transfer }: NonNullable<Config["catalog"]>): ZoneConfig {
  return {
    origin,
    file: null,
    ttlSeconds,
    ttlMinSeconds: ttlSeconds,
    nameservers: [nobody],
    contact: `hostmaster@${nobody}`,
    negativeTtlSeconds: ttlSeconds,
    nameserverAddresses: {},
    primaries: [],
    transfer,
    updates: [],
    publish: [{ kind: "embedded" }],
    republishMs: null,
  };
}

/** What the catalog holds besides SOA and NS. Empty without a catalog. */
export function catalogSets(config: Config): readonly RRset[] {
  const { catalog } = config;
  if (catalog === null) return [];
  const listed = config.zones.filter(({ transfer }) => transfer.to.length + transfer.allow.length > 0);
  return [
    { owner: textName(`version.${catalog.origin}`), type: rrType.TXT, ttlSeconds, rdata: [version] },
    ...listed.map(({ origin }) => ({
      owner: textName(`${memberLabel(origin)}.zones.${catalog.origin}`),
      type: rrType.PTR,
      ttlSeconds,
      rdata: [nameBytes(textName(origin))],
    })),
  ];
}

/**
 * A label that stays the same as long as the zone is listed, for a secondary that sees another one resets the zone's
 * state (RFC 9432, 5.4): 64 bits of the name, by two FNV-1a hashes with different starts.
 */
function memberLabel(origin: string): string {
  return [0x811c9dc5, 0x2f6e2b1].map((start) => fnv(origin, start).toString(16).padStart(8, "0")).join("");
}

function fnv(text: string, start: number): number {
  let hash = start;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
