/**
 * Reads this machine's addresses and networks, and compares them with members and nameservers (`core/placement.ts`).
 * Nameservers without an address in the configuration are looked up, where that is wanted.
 */
import type { Config } from "../core/model.ts";
import { comparePlacement, neighboursOf, type OwnAddress, type PlacementFinding } from "../core/placement.ts";
import { createResolver, lookUpAddresses } from "./dns-client/addresses.ts";
import { readInterfaces } from "./interfaces.ts";

/** What is wrong with where muster runs; nothing under `placement: off`. Nothing is looked up. */
export function judgePlacement(
  config: Config,
  resolved?: ReadonlyMap<string, readonly string[]>,
): readonly PlacementFinding[] {
  if (config.placement === "off") return [];
  const findings = comparePlacement(ownAddresses(), neighboursOf(config, resolved));
  return config.placement === "enforce" ? findings : findings.filter(({ isTrial }) => !isTrial);
}

/** The same, with the addresses of nameservers that are known by name. Ends at once when aborted. */
export async function judgePlacementWhole(config: Config, signal: AbortSignal): Promise<readonly PlacementFinding[]> {
  if (config.placement === "off") return [];
  return judgePlacement(config, await resolveNameservers(config, signal));
}

async function resolveNameservers(
  config: Config,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const names = new Set(
    config.zones.flatMap(({ nameserverAddresses, nameservers }) =>
      nameservers.filter((name) => nameserverAddresses[name] === undefined),
    ),
  );
  const resolver = createResolver();
  const end = (): void => resolver.cancel();
  signal.addEventListener("abort", end, { once: true });
  const found = await Promise.all(
    [...names].map(async (name): Promise<readonly [string, readonly string[]]> => {
      const addresses = await lookUpAddresses(resolver, name);
      return [name, addresses.ok ? addresses.value.map(({ address }) => address) : []];
    }),
  );
  signal.removeEventListener("abort", end);
  return new Map(found);
}

function ownAddresses(): readonly OwnAddress[] {
  return Object.entries(readInterfaces() ?? {}).flatMap(([device, addresses]) =>
    addresses.flatMap(({ address, cidr }) => {
      const bits = Number(/\/(\d+)$/.exec(cidr ?? "")?.[1] ?? Number.NaN);
      return Number.isInteger(bits) ? [{ device, address, bits }] : [];
    }),
  );
}

/** muster must not run where it does, and `placement: enforce` says that it shall not. */
export class PlacementRefused extends Error {
  override readonly name = "PlacementRefused";
  readonly code = "placement-refused";

  constructor(findings: readonly PlacementFinding[]) {
    super(`placement: enforce refuses to start here: ${findings.map(({ sentence }) => sentence).join("; ")}`);
  }
}
