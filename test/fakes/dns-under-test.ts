/** The embedded DNS server on free loopback ports with the zone of the answer tables, for tests over real sockets. */
import type { Endpoint } from "../../src/core/model.ts";
import { textName } from "../../src/dns/name.ts";
import { loadZone } from "../../src/dns/zone-load.ts";
import { type EmbeddedDns, type EmbeddedDnsOptions, startEmbeddedDns } from "../../src/io/dns/embedded.ts";
import { answerOrigin, answerZone } from "../interop/answer-zone.ts";
import { silentLog } from "./silent-log.ts";

export const anyPort: Endpoint = { address: "127.0.0.1", port: 0 };

export async function startEmpty(options: Partial<EmbeddedDnsOptions> = {}): Promise<EmbeddedDns> {
  return startEmbeddedDns({ listen: [anyPort], nsid: "ns1.example", threads: 1, log: silentLog, ...options });
}

export async function startServing(options: Partial<EmbeddedDnsOptions> = {}): Promise<EmbeddedDns> {
  const zone = loadZone({ origin: textName(answerOrigin), text: answerZone, file: "zone" });
  if (!zone.ok) throw new Error(JSON.stringify(zone.error));
  const dns = await startEmpty(options);
  const loaded = await dns.loadZone({ origin: textName(answerOrigin), rrsets: zone.value.zone.rrsets });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  await dns.openZone({ origin: textName(answerOrigin), serial: loaded.value.serial, past: null });
  return dns;
}

/** The first endpoint, or the first of a family. */
export function endpointOf(dns: EmbeddedDns, family: 4 | 6 = 4): Endpoint {
  const found = dns.endpoints.find(({ address }) => address.includes(":") === (family === 6));
  if (found === undefined) throw new Error(`no IPv${family} endpoint`);
  return found;
}
