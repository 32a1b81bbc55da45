/**
 * Whether the public names of pools are CNAMEs to them (M1), as the machine's own resolvers see it. A name that cannot be
 * looked up, because the resolver fails, is no finding: it says nothing about the name.
 */
import type { Resolver } from "node:dns/promises";
import type { AuditClause } from "../../core/audit.ts";
import type { PoolConfig } from "../../core/model.ts";
import { createResolver, lookUpCode } from "../dns-client/addresses.ts";

export interface Alias {
  readonly alias: string;
  readonly pool: string;
}

export function aliasesOf(pools: readonly Pick<PoolConfig, "name" | "aliases">[]): readonly Alias[] {
  return pools.flatMap(({ aliases, name }) => aliases.map((alias) => ({ alias, pool: name })));
}

/** Never rejects. */
export async function aliasFaults(
  pairs: readonly Alias[],
  { servers = null, signal }: { servers?: readonly string[] | null; signal?: AbortSignal | undefined },
): Promise<(AuditClause & { name: string })[]> {
  if (pairs.length === 0 || signal?.aborted === true) return [];
  const resolver = createResolver(servers);
  const cancel = (): void => resolver.cancel();
  signal?.addEventListener("abort", cancel);
  try {
    const clauses = await Promise.all(pairs.map((pair) => lookAtAlias(resolver, pair)));
    return clauses.flatMap((clause, i) => {
      const name = pairs[i]?.alias ?? "";
      return clause === null ? [] : [{ kind: "alias" as const, name, clause }];
    });
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}

async function lookAtAlias(resolver: Resolver, { alias, pool }: Alias): Promise<string | null> {
  const wanted = `it should be a CNAME to ${pool}.`;
  try {
    const [found] = await resolver.resolveCname(alias);
    const target = found?.toLowerCase().replace(/\.$/, "");
    return target === pool ? null : `${wanted} and is one to ${target ?? "nothing"}.`;
  } catch (error) {
    const code = lookUpCode(error);
    if (code === "ENODATA") return `${wanted} and has no CNAME`;
    if (code === "ENOTFOUND") return `${wanted} and does not exist`;
    return null;
  }
}
