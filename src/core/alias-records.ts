/**
 * The CNAMEs by which public names point at pools. Managed names live in a zone of their own, and their parents' zones
 * need one record for each alias, which never changes again. A zone's top can hold no CNAME, since it has SOA and NS
 * (RFC 1034, 3.6.2).
 */
import { labelCount, nameText, textName } from "../dns/name.ts";
import type { Config } from "./model.ts";

/** A CNAME stays as it is, whatever happens to the members; resolvers may keep it for long. */
const aliasTtlSeconds = 3_600;
/** example.org: nobody but its registry has a zone above it. */
const topLabelsMax = 2;

export interface AliasRecord {
  readonly alias: string;
  readonly pool: string;
  /** The line of a master file. */
  readonly line: string;
  /** Why it cannot be; null: it can. */
  readonly obstacle: string | null;
}

export interface AliasZone {
  /** The zone that needs the records: a configured one, else the name above the alias. */
  readonly zone: string;
  readonly records: readonly AliasRecord[];
}

/** By zone, both in order of their text. */
export function aliasRecords({ pools, zones }: Pick<Config, "pools" | "zones">): readonly AliasZone[] {
  const origins = zones.map(({ origin }) => origin);
  const byZone = new Map<string, AliasRecord[]>();
  for (const { aliases, name: pool } of pools) {
    for (const alias of aliases) {
      const zone = zoneOf(alias, origins);
      const list = byZone.get(zone) ?? [];
      list.push({ alias, pool, line: lineOf(alias, pool), obstacle: obstacleOf(alias, zone) });
      byZone.set(zone, list);
    }
  }
  return [...byZone]
    .sort(([a], [b]) => compareText(a, b))
    .map(([zone, records]) => ({
      zone,
      records: records.sort((a, b) => compareText(a.alias, b.alias)),
    }));
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function zoneOf(alias: string, origins: readonly string[]): string {
  const holding = origins.filter((origin) => alias === origin || alias.endsWith(`.${origin}`));
  const nearest = holding.reduce((best, origin) => (origin.length > best.length ? origin : best), "");
  if (nearest !== "") return nearest;
  if (labelCount(textName(alias)) <= topLabelsMax) return alias;
  return alias.slice(alias.indexOf(".") + 1);
}

function lineOf(alias: string, pool: string): string {
  return `${nameText(textName(alias))}\t${aliasTtlSeconds}\tIN\tCNAME\t${nameText(textName(pool))}`;
}

function obstacleOf(alias: string, zone: string): string | null {
  if (alias !== zone) return null;
  return `${alias} is the top of a zone and cannot be a CNAME: let its addresses answer with a redirect, use your provider's ALIAS record, or make it a zone and a pool of muster`;
}
