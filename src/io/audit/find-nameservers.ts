/** The nameservers that the world knows for a zone: its NS records, and the addresses of each. */
import type { AuditClause, AuditTarget } from "../../core/audit.ts";
import { createResolver, lookUpAddresses, lookUpCode } from "../dns-client/addresses.ts";

export interface FoundNameservers {
  readonly targets: readonly AuditTarget[];
  /** Nameservers without an address. */
  readonly faults: readonly (AuditClause & { readonly name: string })[];
}

/** Names of the NS records, or why there are none. */
export async function findNameserverNames(zone: string): Promise<readonly string[] | string> {
  try {
    const names = await createResolver().resolveNs(zone);
    return names.map((name) => name.toLowerCase().replace(/\.$/, "")).toSorted();
  } catch (error) {
    return `its NS records cannot be looked up (${lookUpCode(error) ?? "failed"})`;
  }
}

/** A target for each address of each name. */
export async function locateNameservers(names: readonly string[]): Promise<FoundNameservers> {
  const resolver = createResolver();
  const located = await Promise.all(
    names.map(async (name) => ({ name, found: await lookUpAddresses(resolver, name) })),
  );
  const targets = located.flatMap(({ name, found }) =>
    found.ok ? found.value.map((endpoint) => ({ name, endpoint, proof: "serial" as const })) : [],
  );
  const faults = located.flatMap(({ name, found }) =>
    found.ok ? [] : [{ kind: "unresolved" as const, name, clause: found.error.reason }],
  );
  return { targets, faults };
}
