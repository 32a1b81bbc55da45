/**
 * The report of an audit: a row for each nameserver, address and transport, and the findings in sentences. What is wrong
 * over UDP and TCP alike is one finding.
 */
import type { Wall } from "../base/time.ts";
import type { AuditClause, AuditKind, AuditRow, AuditTransport } from "./audit.ts";
import type { Endpoint } from "./model.ts";

export interface AuditReport {
  readonly zone: string;
  readonly at: Wall;
  /** What every nameserver should serve; null: none was found. */
  readonly serial: number | null;
  /** Where that was learned: `the controller`, or a nameserver. */
  readonly from: string;
  /** Sets of records that every nameserver was asked for, and those that were too many. */
  readonly compared: { readonly sets: number; readonly leftOut: number };
  readonly rows: readonly AuditRow[];
  readonly findings: readonly AuditFinding[];
}

export interface AuditFinding {
  readonly kind: AuditKind;
  /** Of the nameserver; the alias, for aliases. */
  readonly name: string;
  readonly endpoint: Endpoint | null;
  readonly transports: readonly AuditTransport[];
  readonly sentence: string;
}

/** `extra`: clauses that concern no nameserver's answer, by name. */
export function findingsOf(
  rows: readonly AuditRow[],
  extra: readonly (AuditClause & { name: string })[],
): AuditFinding[] {
  const findings = new Map<string, { row: AuditRow; fault: AuditClause; transports: AuditTransport[] }>();
  for (const row of rows) {
    for (const fault of row.faults) {
      const key = [row.name, row.endpoint.address, row.endpoint.port, fault.kind, fault.clause].join(" ");
      const same = findings.get(key);
      if (same === undefined) findings.set(key, { row, fault, transports: [row.transport] });
      else same.transports.push(row.transport);
    }
  }
  const found = [...findings.values()].map(({ row, fault, transports }) => ({
    kind: fault.kind,
    name: row.name,
    endpoint: row.endpoint,
    transports,
    sentence: `${row.name} (${endpointWords(row.endpoint)}, ${transportWords(transports)}): ${fault.clause}`,
  }));
  const others = extra.map(({ kind, name, clause }) => {
    const sentence = `${name}: ${clause}`;
    return { kind, name, endpoint: null, transports: [], sentence };
  });
  return [...found, ...others];
}

function endpointWords({ address, port }: Endpoint): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function transportWords(transports: readonly AuditTransport[]): string {
  return transports.map((transport) => transport.toUpperCase()).join(" and ");
}
