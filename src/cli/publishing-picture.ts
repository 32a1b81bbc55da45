/**
 * Who serves what was decided, as `muster status` draws it: one line while every nameserver and outlet is in step, and a
 * row with state and reason for each that is not.
 */
import { counted, listed } from "../base/listed.ts";
import type { StatusReply } from "../api/contract.ts";
import { formatDuration } from "./duration.ts";
import type { PictureStyle } from "./picture.ts";
import { type Cell, clean, type Colour, type Column, layoutTable, wrap } from "./text.ts";

type Nameserver = StatusReply["nameservers"][number];
type Outlet = StatusReply["outlets"][number];

/** An outlet that is behind for longer is out of step; before, a change is on its way. */
const outletBehindMsMax = 10_000;
/** Rows that are drawn; the others are counted. `--json` has all. */
const rowsMax = 24;
/** Names in one line. */
const namesMax = 6;

const columns: readonly Column[] = [
  { title: "place" },
  { title: "address", spare: 4 },
  { title: "zone", spare: 3 },
  { title: "state" },
  { title: "since", right: true, spare: 2 },
  { title: "serial", right: true, spare: 1 },
  { title: "reason" },
];

/** Nothing while nobody is watched. */
export function drawPublishing(status: StatusReply, style: PictureStyle): readonly string[] {
  const { nameservers, outlets } = status;
  if (nameservers.length + outlets.length === 0) return [];
  const unresolved = [...new Set(nameservers.filter(isUnresolved).map(({ name }) => clean(name)))];
  const late = [
    ...nameservers
      .filter((one) => one.state !== "in-step" && !isUnresolved(one))
      .toSorted((a, b) => Number(b.trouble) - Number(a.trouble))
      .map((one) => nameserverRow(one, status.at)),
    ...outlets.filter((one) => one.state !== "in-step").map((one) => outletRow(one, status.at)),
  ];
  const { paint, width } = style;
  const colour = late.length === 0 ? "dim" : isPublished(status) ? "yellow" : "red";
  const told = [
    ...sumLines(status, width).map((text) => paint(colour, text)),
    ...(unresolved.length === 0 ? [] : wrap(`no address is known of ${listed(unresolved, namesMax)}`, width)),
  ];
  if (late.length === 0) return told;
  const table = layoutTable(columns, late.slice(0, rowsMax), { width: width - 2, paint });
  const rest = late.length > rowsMax ? [`and ${late.length - rowsMax} more`] : [];
  return [...told, ...[...table, ...rest].map((line) => `  ${line}`)];
}

/** True: no nameserver and no outlet is out of step for longer than a change takes. */
export function isPublished({ at, nameservers, outlets }: StatusReply): boolean {
  return !nameservers.some(({ trouble }) => trouble) && !outlets.some((outlet) => isTrouble(outlet, at));
}

/** Nobody asks it, and it holds up nothing. */
function isUnresolved({ endpoint, state }: Nameserver): boolean {
  return state === "unknown" && endpoint === "";
}

function isTrouble({ since, state }: Outlet, at: number): boolean {
  return state === "behind" ? at - since > outletBehindMsMax : state !== "in-step";
}

/** No line where nothing is watched that has an address. */
function sumLines({ nameservers: all, outlets }: StatusReply, width: number): readonly string[] {
  const nameservers = all.filter((one) => !isUnresolved(one));
  const parts = [
    ...(nameservers.length === 0 ? [] : [`${shareText(nameservers, "nameserver")} ${verb(nameservers, "serve")}`]),
    ...(outlets.length === 0 ? [] : [`${shareText(outlets, "outlet")} ${verb(outlets, "hold")}`]),
  ];
  return parts.length === 0 ? [] : wrap(`${parts.join(" and ")} what was decided`, width);
}

function shareText(places: readonly { readonly state: string }[], noun: string): string {
  const good = places.filter(({ state }) => state === "in-step").length;
  const all = counted(places.length, noun);
  return good === places.length ? all : `${good} of ${all}`;
}

function verb(places: readonly unknown[], word: string): string {
  return places.length === 1 ? `${word}s` : word;
}

const colours: Readonly<Record<Nameserver["state"], Colour>> = {
  unknown: "dim",
  "in-step": "green",
  behind: "yellow",
  unreachable: "red",
  refused: "red",
  lame: "red",
  different: "red",
};

function nameserverRow(nameserver: Nameserver, at: number): readonly Cell[] {
  const { endpoint, name, state, trouble } = nameserver;
  return row({ ...nameserver, place: name, address: endpoint, colour: trouble ? "red" : colours[state] }, at);
}

function outletRow(outlet: Outlet, at: number): readonly Cell[] {
  return row(
    { ...outlet, place: outlet.name, address: "", colour: isTrouble(outlet, at) ? "red" : colours[outlet.state] },
    at,
  );
}

interface Row {
  readonly place: string;
  readonly address: string;
  readonly zone: string;
  readonly state: string;
  readonly since: number;
  readonly serial: number | null;
  readonly reason: string;
  readonly colour: Colour;
}

function row({ address, colour, place, reason, serial, since, state, zone }: Row, at: number): readonly Cell[] {
  return [
    { text: clean(place) },
    { text: clean(address) },
    { text: clean(zone) },
    { text: state, colour },
    { text: formatDuration(at - since) },
    { text: serial === null ? "-" : String(serial) },
    { text: clean(reason) },
  ];
}
