/** Names to addresses by the machine's own resolvers (RFC 1034, 5.3.1), as c-ares reads them from resolv.conf. */
import { Resolver } from "node:dns/promises";
import type { Endpoint } from "../../core/model.ts";
import { fail, ok, type Result } from "../../base/result.ts";

export const dnsPort = 53;
const tryMsMax = 3000;
const tries = 2;
/** Addresses of one name. */
const addressesMax = 16;

/** `servers`: `127.0.0.1:5300` and the like; null: the machine's own. */
export function createResolver(servers: readonly string[] | null = null): Resolver {
  const resolver = new Resolver({ timeout: tryMsMax, tries });
  if (servers !== null) resolver.setServers(servers);
  return resolver;
}

export interface LookUpFailure {
  /** A clause for people. */
  readonly reason: string;
  /** DNS says that there is none. Otherwise there may be, and others may find it. */
  readonly certain: boolean;
}

/** What resolvers say of a name without addresses: NXDOMAIN and NODATA. */
const certainCodes: ReadonlySet<string | null> = new Set(["ENOTFOUND", "ENODATA"]);

/** IPv4 and IPv6 addresses, in a fixed order, with the port of DNS. */
export async function lookUpAddresses(
  resolver: Resolver,
  name: string,
): Promise<Result<readonly Endpoint[], LookUpFailure>> {
  const lookUps = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  const found = lookUps.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
  if (found.length === 0) {
    const codes = lookUps.map((one) => (one.status === "rejected" ? lookUpCode(one.reason) : "ENODATA"));
    const reason = `its address cannot be looked up (${codeOf(lookUps)})`;
    return fail({ reason, certain: codes.every((code) => certainCodes.has(code)) });
  }
  const sorted = found.toSorted().slice(0, addressesMax);
  return ok(sorted.map((address) => ({ address, port: dnsPort })));
}

function codeOf(lookUps: readonly PromiseSettledResult<string[]>[]): string {
  for (const one of lookUps) if (one.status === "rejected") return lookUpCode(one.reason) ?? "failed";
  return "no addresses";
}

/** `ENOTFOUND`, `ENODATA` and the like. */
export function lookUpCode(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}
