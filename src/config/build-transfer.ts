/**
 * Who gets a zone from muster (secondaries and other readers), who may change it by UPDATE (RFC 2136), and the catalog
 * that tells secondaries which zones there are (RFC 9432).
 */
import type { CatalogConfig, TransferConfig, TransferGrant, UpdateGrant } from "../core/model.ts";
import { type Build, hasProblemBelow, problem, warning } from "./build.ts";
import { judgeKeyName } from "./build-keys.ts";
import { buildPeers } from "./build-peers.ts";
import { type Entry, readEntries } from "./entries.ts";
import type { Path } from "./problem.ts";
import {
  catalogSchema,
  grantNameSchema,
  grantNamesText,
  grantTypeSchema,
  grantTypesText,
  transferGrantSchema,
  transferGrantsText,
  transferSchema,
  updateGrantSchema,
  updateGrantsText,
} from "./schema-publish.ts";
import { validate } from "./validate.ts";

interface Context {
  readonly path: Path;
  readonly keys: ReadonlySet<string>;
}

const nobody: TransferConfig = { to: [], allow: [] };

export function buildTransfer(build: Build, value: unknown, context: Context): TransferConfig {
  if (value === undefined) return nobody;
  const settings = validate(build.findings, transferSchema, { value, path: context.path });
  return settings === null ? nobody : readTransfer(build, settings, context);
}

function readTransfer(
  build: Build,
  { to, allow }: { to?: unknown; allow?: unknown },
  { path, keys }: Context,
): TransferConfig {
  const risk = "the zone could be changed on its way, and anybody who can send from this address can read it";
  return {
    to: buildPeers(build, to, { path: [...path, "to"], keys, risk }),
    allow: buildTransferGrants(build, allow, { path: [...path, "allow"], keys }),
  };
}

function buildTransferGrants(build: Build, value: unknown, { path, keys }: Context): TransferGrant[] {
  const entries = readEntries(build, transferGrantSchema, { value, path, text: transferGrantsText });
  return entries.flatMap(({ item, path: at }) => {
    const grant: TransferGrant = { prefix: item.prefix ?? null, key: item.key ?? null };
    if (grant.prefix === null && grant.key === null) {
      const sentence = "a permission to transfer needs a prefix, a key, or both";
      problem(build, at, { expected: "{prefix: 192.0.2.0/24}, {key: NAME}, or both", sentence });
      return [];
    }
    if (grant.key !== null) judgeKeyName(build, keys, { name: grant.key, path: [...at, "key"] });
    else if (grant.prefix?.endsWith("/0") === true) warnOpen(build, at);
    return [grant];
  });
}

function warnOpen(build: Build, path: Path): void {
  const sentence = "everybody may transfer the zone, and see every name in it";
  warning(build, path, { expected: "a key, or the prefixes of those who need it", sentence });
}

export function buildUpdates(
  build: Build,
  value: unknown,
  { keys, origin, path }: Context & { readonly origin: string },
): UpdateGrant[] {
  const entries = readEntries(build, updateGrantSchema, { value, path, text: updateGrantsText });
  return entries.map(({ item, path: at }) => {
    judgeKeyName(build, keys, { name: item.key, path: [...at, "key"] });
    if (item.names === undefined) reportNoNames(build, at);
    const named = { value: item.names, path: [...at, "names"], text: grantNamesText };
    const names = readEntries(build, grantNameSchema, named);
    for (const name of names) judgeGrantName(build, name, origin);
    const typed = { value: item.types, path: [...at, "types"], text: grantTypesText };
    const types = readEntries(build, grantTypeSchema, typed);
    return { key: item.key, names: names.map((name) => name.item), types: types.map((type) => type.item) };
  });
}

function reportNoNames(build: Build, path: Path): void {
  const sentence = "a permission to update says which names may be changed";
  problem(build, path, { found: "no names", expected: 'names: ["*.dyn.example.org"]', sentence });
}

function judgeGrantName(build: Build, { item, path }: Entry<string>, origin: string): void {
  const bare = item.startsWith("*.") ? item.slice(2) : item;
  if (bare === origin || bare.endsWith(`.${origin}`)) return;
  const sentence = `the name ${item} does not lie in the zone ${origin}`;
  const nearest = bare.includes(".") ? undefined : `${item}.${origin}`;
  problem(build, path, { expected: `a name in ${origin}`, nearest, sentence });
}

/** Null: there is none, or it has mistakes, which are reported. */
export function buildCatalog(
  build: Build,
  value: unknown,
  { keys, zones }: { keys: ReadonlySet<string>; zones: ReadonlySet<string> },
): CatalogConfig | null {
  const path = ["catalog"];
  if (value === undefined) return null;
  const settings = validate(build.findings, catalogSchema, { value, path });
  if (settings === null) return null;
  const { zone: origin } = settings;
  if (zones.has(origin)) {
    const sentence = `${origin} is a zone of its own under zones; a catalog needs a name that nothing else has`;
    problem(build, [...path, "zone"], { expected: "another name, such as catalog.example", sentence });
  }
  const transfer = readTransfer(build, settings, { path, keys });
  if (transfer.to.length === 0 && transfer.allow.length === 0 && !hasProblemBelow(build, path)) {
    const sentence = "nobody may transfer the catalog, so it lists the zones for nobody";
    warning(build, path, { at: "key", found: "neither to nor allow", expected: "to: or allow:", sentence });
  }
  return { origin, transfer };
}
