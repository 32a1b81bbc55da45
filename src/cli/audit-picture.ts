/** An audit for people: a line that says how it went, a line for each finding, and a table of everything asked. */
import { counted } from "../base/listed.ts";
import type { AuditRow } from "../core/audit.ts";
import type { AuditReport } from "../core/audit-report.ts";
import type { NameserverState } from "../core/view.ts";
import { type Cell, type Colour, type Column, clean, layoutTable, type Paint } from "./text.ts";

const columns: readonly Column[] = [
  { title: "nameserver" },
  { title: "address", spare: 3 },
  { title: "over" },
  { title: "state" },
  { title: "serial", right: true },
  { title: "lag", right: true, spare: 2 },
  { title: "recursion", spare: 1 },
  { title: "EDNS", spare: 0 },
];

const colours: Readonly<Record<NameserverState, Colour>> = {
  unknown: "dim",
  "in-step": "green",
  behind: "yellow",
  unreachable: "red",
  refused: "red",
  lame: "red",
  different: "red",
};

export function drawAudit(report: AuditReport, { paint, width }: { paint: Paint; width: number }): readonly string[] {
  const { compared, findings, from, rows, serial, zone } = report;
  const count = new Set(rows.map(serverOf)).size;
  const what = `serial ${serial ?? "unknown"} (from ${from}), ${counted(count, "nameserver")}`;
  const said = counted(findings.length, "finding");
  const verdict = findings.length === 0 ? paint("green", "all well") : paint("red", said);
  const sets = compared.sets + compared.leftOut;
  const leftOut =
    serial === null
      ? "no records were compared: no nameserver says what is right"
      : `${compared.leftOut} of ${sets} sets of records were not compared: too many`;
  return [
    `${clean(zone)}: ${clean(what)}: ${verdict}`,
    ...(compared.leftOut === 0 ? [] : [leftOut]),
    ...findings.map(({ sentence }) => clean(sentence)),
    "",
    ...layoutTable(columns, rows.map(rowOf), { width, paint }),
  ];
}

/** A host may have several addresses; of others, such as `secondary`, each is one. */
function serverOf({ endpoint: { address, port }, name }: AuditRow): string {
  return name.includes(".") ? name : `${name} ${address} ${port}`;
}

function rowOf(row: AuditRow): readonly Cell[] {
  const { edns, endpoint, lagSeconds, name, recursion, serial, state, transport } = row;
  const { address, port } = endpoint;
  return [
    { text: clean(name) },
    { text: address.includes(":") ? `[${address}]:${port}` : `${address}:${port}` },
    { text: transport },
    { text: state, colour: colours[state] },
    { text: serial === null ? "-" : `${serial}` },
    { text: lagSeconds === null ? "-" : `${lagSeconds} s` },
    { text: recursion ? "offered" : "no" },
    { text: edns ? "yes" : "no" },
  ];
}
