/**
 * The audit of the catalog: only those who follow it are asked, as they may be asked. Whoever does not answer with the
 * newest serial is looked at again as after a change, and that judges.
 */
import { textName } from "../../dns/name.ts";
import { type AuditFault, endpointKey, type WatchConfig } from "../../roles/outward/events.ts";
import { type LookWay, lookAt } from "./look.ts";

export interface CatalogAudit {
  readonly origin: string;
  readonly watches: readonly WatchConfig[];
  readonly serial: number;
  readonly wayTo: (watch: WatchConfig) => LookWay;
  readonly signal: AbortSignal;
}

export async function auditCatalog(audit: CatalogAudit): Promise<readonly AuditFault[]> {
  const faults = await Promise.all(audit.watches.map((watch) => faultOf(audit, watch)));
  return faults.filter((fault) => fault !== null);
}

async function faultOf(audit: CatalogAudit, watch: WatchConfig): Promise<AuditFault | null> {
  const { origin, serial, signal, wayTo } = audit;
  const { outcome } = await lookAt({ origin: textName(origin), watch, serial, sets: [], way: wayTo(watch), signal });
  if (outcome.kind === "serial" && outcome.serial === serial) return null;
  const endpoint = endpointKey(watch.endpoint);
  const sentence = outcome.kind === "serial" ? `it serves serial ${outcome.serial}` : outcome.reason;
  return { key: `behind ${endpoint}`, endpoint, state: "behind", sentence };
}
