/**
 * The embedded DNS server as the runner's port: it takes zones and transactions at once, and opens its sockets only
 * when it is told that everything is decided.
 */
import type { DnsConfig, Endpoint } from "../../core/model.ts";
import type { Log } from "../../ports/log.ts";
import type { Nameserver } from "../../ports/nameserver.ts";
import { typeText } from "../../dns/rr-types.ts";
import { type EmbeddedCounters, type EmbeddedDns, startEmbeddedDns } from "./embedded.ts";
import { type ListenCode, ListenFailure } from "../listen-failure.ts";

export interface EmbeddedNameserver extends Nameserver {
  /** As bound; empty before `listen`. */
  endpoints(): readonly Endpoint[];
  /** Called when a thread ends that nobody closed: the server is incomplete from then on. */
  onExit(listener: (error: Error) => void): void;
}

/** The DNS server could not begin to listen: the code and the sentence say why, and which option moves it. */
export class DnsListenError extends Error {
  override readonly name = "DnsListenError";
  readonly code: ListenCode;

  constructor(failure: ListenFailure) {
    super(`${failure.message} The DNS server's addresses are \`dns.listen\` in the configuration.`, { cause: failure });
    this.code = failure.code;
  }
}

async function listen(dns: EmbeddedDns, endpoints: readonly Endpoint[]): Promise<void> {
  try {
    await dns.listen(endpoints);
  } catch (error) {
    throw error instanceof ListenFailure ? new DnsListenError(error) : error;
  }
}

export async function openNameserver(config: DnsConfig, log: Log): Promise<EmbeddedNameserver> {
  const dns = await startEmbeddedDns({ ...config, listen: [], log });
  return {
    name: dns.name,
    publish: (transaction) => dns.publish(transaction),
    loadZone: (source) => dns.loadZone(source),
    compareFile: (source) => dns.compareFile(source),
    openZone: (request) => dns.openZone(request),
    readZone: (origin) => dns.readZone(origin),
    allow: (access, keys) => dns.allow(access, keys),
    onRequest: (listener) => dns.onRequest(listener),
    removeZone: (origin) => dns.removeZone(origin),
    listen: () => listen(dns, config.listen),
    endpoints: () => dns.endpoints,
    onExit: (listener) => dns.onExit(listener),
    counters: async () => flatten(await dns.counters()),
    close: () => dns.close(),
  };
}

/** Of what threads report about transfers and updates, all but this only rises. */
const runningTransfers = "transfers_running";

/** The figures as metrics: one name, one number. What only rises ends in `_total`. */
function flatten(counters: EmbeddedCounters): Readonly<Record<string, number>> {
  const byType = Object.entries(counters.byType).map(([type, count]) => [
    `dns_queries_${typeName(Number(type))}_total`,
    count,
  ]);
  const byRcode = Object.entries(counters.byRcode).map(([rcode, count]) => [`dns_answers_rcode_${rcode}_total`, count]);
  const exchange = Object.entries(counters.exchange).map(([name, count]) => [
    `dns_${name}${name === runningTransfers ? "" : "_total"}`,
    count,
  ]);
  return {
    dns_queries_total: counters.queries,
    dns_queries_udp_total: counters.byTransport.udp,
    dns_queries_tcp_total: counters.byTransport.tcp,
    dns_truncated_total: counters.truncated,
    dns_dropped_total: counters.dropped,
    dns_tcp_connections: counters.tcpConnections,
    dns_zones: counters.zones.length,
    dns_heap_bytes: counters.heapBytes,
    ...Object.fromEntries([...byType, ...byRcode, ...exchange]),
  };
}

function typeName(type: number): string {
  return type > 0 ? typeText(type).toLowerCase() : "other";
}
