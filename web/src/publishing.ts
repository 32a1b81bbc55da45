/**
 * Who serves what was decided, zone by zone: every nameserver and every outlet as one kind of row, those that need a
 * person first, and the one line that says it all while nothing is wrong.
 */
import type { DelaysView, NameserverView, OutletView, StatusView, ZoneView } from "../../src/core/view.ts";
import { count, formatMs, listWords } from "./format.ts";

export interface Place {
  readonly key: string;
  readonly kind: "nameserver" | "outlet";
  readonly name: string;
  /** Its address, or the path of a file. */
  readonly where: string;
  readonly state: NameserverView["state"];
  readonly trouble: boolean;
  readonly since: number;
  readonly serial: number | null;
  readonly lagSeconds: number;
  readonly lastAskedAt: number | null;
  /** Null: not measured. */
  readonly delays: DelaysView | null;
  readonly reason: string;
}

export interface ZonePlaces {
  readonly origin: string;
  /** Null: a zone that only secondaries know, such as the catalog. */
  readonly zone: ZoneView | null;
  /** Those that need a person first. */
  readonly places: readonly Place[];
  readonly trouble: boolean;
}

/** An outlet that is behind for longer is out of step; before, a change is on its way. */
const outletBehindMsMax = 10_000;

const order: readonly NameserverView["state"][] = [
  "unreachable",
  "lame",
  "refused",
  "different",
  "behind",
  "unknown",
  "in-step",
];

/** Zones in trouble first, the others as they are configured. */
export function groupPlaces(status: StatusView): readonly ZonePlaces[] {
  const groups = new Map<string, Place[]>(status.zones.map(({ origin }) => [origin, []]));
  const add = (zone: string, place: Place): void => {
    const group = groups.get(zone);
    if (group === undefined) groups.set(zone, [place]);
    else group.push(place);
  };
  for (const nameserver of status.nameservers) add(nameserver.zone, nameserverPlace(nameserver));
  for (const outlet of status.outlets) add(outlet.zone, outletPlace(outlet, status.at));
  const zones = new Map(status.zones.map((zone) => [zone.origin, zone]));
  const found = [...groups].map(([origin, places]) => makeGroup(origin, zones.get(origin) ?? null, places));
  return [...found.filter(({ trouble }) => trouble), ...found.filter(({ trouble }) => !trouble)];
}

function makeGroup(origin: string, zone: ZoneView | null, places: readonly Place[]): ZonePlaces {
  const sorted = places.toSorted((a, b) => weightOf(a) - weightOf(b));
  return { origin, zone, places: sorted, trouble: (zone?.trouble ?? null) !== null || places.some(isLoud) };
}

function isLoud(place: Place): boolean {
  return place.trouble;
}

function isNameserver({ kind }: Place): boolean {
  return kind === "nameserver";
}

function weightOf({ state, trouble }: Place): number {
  return order.indexOf(state) + (trouble ? 0 : order.length);
}

function nameserverPlace(given: NameserverView): Place {
  const { endpoint, name, zone } = given;
  const known = name === "embedded" ? "muster itself" : name;
  return { ...given, key: `${zone} ${name} ${endpoint}`, kind: "nameserver", name: known, where: endpoint };
}

function outletPlace({ name, ...given }: OutletView, at: number): Place {
  const cut = name.indexOf(" ");
  const trouble = given.state === "behind" ? at - given.since > outletBehindMsMax : given.state !== "in-step";
  const unmeasured = { lagSeconds: 0, lastAskedAt: null, delays: null };
  const words = { key: `${given.zone} ${name}`, name: name.slice(0, cut), where: name.slice(cut + 1) };
  return { ...given, ...unmeasured, ...words, kind: "outlet", trouble };
}

/** Its name has no address that anybody knows: nobody asks it, and it holds up nothing. */
export function isUnresolved({ state, where }: Place): boolean {
  return state === "unknown" && where === "";
}

/** `All 4 nameservers serve serial 1795225950`, with the age of the serial left to the reader of the clock. */
export function sumNameservers({ places, zone }: ZonePlaces): string {
  const nameservers = askedOf(places);
  const serial = zone === null ? "what was decided" : `serial ${zone.serial}`;
  if (nameservers.length === 0) return zone === null ? "" : `Serial ${zone.serial}`;
  const good = nameservers.filter(({ state }) => state === "in-step").length;
  if (good < nameservers.length) {
    const verb = good === 1 ? "serves" : "serve";
    return `${good === 0 ? "None" : good} of ${count(nameservers.length, "nameserver")} ${verb} ${serial}`;
  }
  if (good === 1)
    return `${nameservers[0]?.name === "muster itself" ? "muster itself" : "Its nameserver"} serves ${serial}`;
  return `${good === 2 ? "Both" : `All ${good}`} nameservers serve ${serial}`;
}

/** How it went with the newest change, and with the outlets; each a sentence without its full stop. */
export function sumRest({ places }: ZonePlaces): readonly string[] {
  const nameservers = askedOf(places);
  const unresolved = places.filter(isUnresolved).map(({ name }) => name);
  const outlets = places.filter(({ kind }) => kind === "outlet");
  const last = nameservers.map(({ delays }) => delays?.lastMs ?? null);
  const everywhere = nameservers.every(({ state }) => state === "in-step") && nameservers.length > 0;
  const lastMs = last.every((ms) => ms !== null) ? Math.max(...last) : null;
  const good = outlets.filter(({ state }) => state === "in-step").length;
  const verb = outlets.length === 1 || good === 1 ? "holds" : "hold";
  const share = good === outlets.length ? String(good) : `${good} of ${outlets.length}`;
  return [
    ...(everywhere && lastMs !== null ? [`Last change seen everywhere in ${formatMs(lastMs)}`] : []),
    ...(outlets.length === 0 ? [] : [`${share} ${outlets.length === 1 ? "outlet" : "outlets"} ${verb} it`]),
    ...(unresolved.length === 0 ? [] : [`No address is known of ${listWords(unresolved)}`]),
  ];
}

function askedOf(places: readonly Place[]): readonly Place[] {
  return places.filter((place) => isNameserver(place) && !isUnresolved(place));
}

const faults: Readonly<Record<NameserverView["state"], string>> = {
  unknown: "is not known",
  "in-step": "is in step",
  behind: "is behind",
  unreachable: "is unreachable",
  refused: "refuses",
  lame: "is lame",
  different: "serves other records",
};

/** For the top line: what is wrong outside, in as few sentences as it takes. */
export function tellLate(status: StatusView): readonly string[] {
  const zones = groupPlaces(status).filter(({ places }) => places.some(isLoud));
  if (zones.length > 2) {
    const names = listWords(zones.map(({ origin }) => origin));
    return [`Nameservers are out of step in ${zones.length.toLocaleString("en")} zones: ${names}`];
  }
  return zones.map(({ origin, places }) => {
    const late = [...places.filter(isNameserver), ...places.filter((place) => !isNameserver(place))].filter(isLoud);
    const [first] = late;
    if (late.length === 1 && first !== undefined) return `${origin}: ${nameOf(first)} ${faults[first.state]}`;
    const kinds = [
      { many: late.filter(isNameserver).length, noun: "nameserver" },
      { many: late.filter(({ kind }) => kind === "outlet").length, noun: "outlet" },
    ].filter(({ many }) => many > 0);
    const counted = kinds.map(({ many, noun }) => count(many, noun)).join(" and ");
    return `${origin}: ${counted} are out of step: ${listWords([...new Set(late.map(nameOf))])}`;
  });
}

/** A host name says enough; `secondary` or `update` does not. */
function nameOf({ kind, name, where }: Place): string {
  return kind === "nameserver" && name.includes(".") ? name : `${name} ${where}`.trim();
}
