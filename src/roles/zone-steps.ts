/**
 * What happens to zones besides decisions: their base arrives or is refused, they are opened, clients and other
 * primaries change them, nameservers catch up, and a quiet one is published again.
 */
import { later, type Mono, never, type Wall, wall } from "../base/time.ts";
import { rcode } from "../dns/message.ts";
import { nameText, ownerTypeKey } from "../dns/name.ts";
import { addSerial, nextSerial, serialGreater } from "../dns/serial.ts";
import type { Name, RRset } from "../dns/types.ts";
import { rrsetText } from "../dns/zone-file/write.ts";
import type { ControllerState } from "./controller-state.ts";
import type { ClientUpdate, ControllerEvent } from "./effects.ts";
import type { Outbox } from "./outbox.ts";
import { isTransferred, putSet, removeSet, servedSerial, type ZoneState } from "./zone-state.ts";

type EventOf<K extends ControllerEvent["kind"]> = Extract<ControllerEvent, { kind: K }>;

export function zoneLoaded(state: ControllerState, event: EventOf<"zone-loaded">, out: Outbox): void {
  const zone = state.zones.get(event.origin);
  if (zone === undefined) return;
  // Of primaries is told by whoever asks them.
  if (zone.trouble !== null && zone.config.primaries.length === 0) {
    const sentence = `zone ${event.origin} is well again`;
    out.tell({ kind: "trouble", subject: event.origin, rule: "zone/loaded", sentence });
  }
  zone.trouble = null;
  zone.fileSerial = event.serial;
  if (zone.phase !== "loading") return raiseSerial(zone, event.serial, out);
  zone.phase = "staged";
  for (const set of zone.updates.values()) putSet(zone, set, { layer: "updates" });
  for (const pool of state.poolBySlot) {
    if (pool.config.zone !== event.origin) continue;
    for (const set of pool.sets) putSet(zone, set, { layer: "pools" });
  }
}

/** A zone that was loaded anew under a serial of its own: the next one lies above it. */
function raiseSerial(zone: ZoneState, serial: number, out: Outbox): void {
  if (zone.serial !== null && serialGreater(zone.serial, serial)) return;
  zone.serial = serial;
  out.serials.set(zone.config.origin, serial);
}

/** The next serial lies above it, and who left with the one that was proposed left with this one. */
export function serialRaised(state: ControllerState, event: EventOf<"serial-raised">, out: Outbox): void {
  const zone = state.zones.get(event.origin);
  if (zone === undefined) return;
  raiseSerial(zone, event.serial, out);
  for (const pool of state.poolBySlot) {
    if (pool.config.zone !== event.origin) continue;
    for (const member of pool.members) {
      if (member.leftWith?.serial === event.proposed) member.leftWith = { ...member.leftWith, serial: event.serial };
    }
  }
}

export function zoneRefused(state: ControllerState, event: EventOf<"zone-refused">, out: Outbox): void {
  const zone = state.zones.get(event.origin);
  if (zone === undefined) return;
  const goesOn = zone.phase === "open" ? "; the last good zone is served on" : "; the zone is not served";
  zone.trouble = `${event.reason}${goesOn}`;
  const sentence = `zone ${event.origin} was refused: ${zone.trouble}`;
  out.tell({ kind: "trouble", subject: event.origin, rule: "zone/refused", sentence });
}

/** Served: with the serial that was proposed, or, when nothing had changed since before a restart, with the one of then. */
export function zoneOpened(state: ControllerState, event: EventOf<"zone-opened">, out: Outbox): void {
  const zone = state.zones.get(event.origin);
  if (zone === undefined) return;
  zone.phase = "open";
  if (zone.serial === event.proposed && event.serial !== event.proposed) {
    zone.serial = event.serial;
    // Or the next start would propose one further still, and pass by a serial to which a file is raised.
    out.serials.set(event.origin, event.serial);
  }
  const { republishMs } = zone.config;
  if (republishMs === null) return;
  setRepublish(state, zone, later(out.now.mono, Math.max(0, republishMs - quietMsOf(state, zone, out.now.wall))));
}

/** A serial from before 2020 counts something else than seconds. */
const serialTimeMin = 1_577_836_800;

/** How long ago the last change was: its serial is its time, unless somebody else chose it. Then it counts from now on. */
function quietMsOf(state: ControllerState, zone: ZoneState, at: Wall): number {
  if (zone.serial === null || zone.serial < serialTimeMin || repeats(state, zone)) return 0;
  return Math.max(0, at - zone.serial * 1000);
}

export function setRepublish(state: ControllerState, zone: ZoneState, at: Mono): void {
  zone.republishAt = at;
  if (at < state.republishAt) state.republishAt = at;
}

/** A zone in which nothing happened gets a new serial, so that people can tell a quiet zone from a stuck nameserver. */
export function republishQuiet(state: ControllerState, out: Outbox): void {
  if (out.now.mono < state.republishAt) return;
  state.republishAt = never;
  for (const zone of state.zones.values()) {
    if (out.now.mono >= zone.republishAt) {
      out.republish.add(zone);
      const sentence = `zone ${zone.config.origin} is published again: nothing has changed for ${longText(zone.config.republishMs ?? 0)}`;
      out.tell({ kind: "answer", subject: zone.config.origin, rule: "zone/republish", sentence });
    } else setRepublish(state, zone, zone.republishAt);
  }
}

function longText(ms: number): string {
  return ms % 3_600_000 === 0 ? `${ms / 3_600_000} h` : `${Math.round(ms / 60_000)} min`;
}

/**
 * Clients' updates, judged and permitted by the DNS server: together they are one transaction and one save. What pools
 * decide is not for clients. An update of a name that a pool was given meanwhile is refused, and those behind it, which
 * were judged as if it had been made, are to come again.
 */
export function takeUpdates(state: ControllerState, event: EventOf<"updates-requested">, out: Outbox): void {
  const zone = state.zones.get(event.origin);
  let refused = zone === undefined || zone.phase !== "open";
  for (const update of event.updates) {
    const { request } = update;
    const managed = [...update.put, ...update.remove].some(({ owner }) => state.pools.has(ownerText(owner)));
    if (zone === undefined || refused) out.push({ kind: "answer-update", request, rcode: rcode.SERVFAIL });
    else if (managed) out.push({ kind: "answer-update", request, rcode: rcode.REFUSED });
    else takeUpdate(zone, update, out);
    refused ||= managed;
  }
}

function takeUpdate(zone: ZoneState, { key, put, remove, request }: ClientUpdate, out: Outbox): void {
  const { origin } = zone.config;
  const touched = [...put, ...remove];
  const from = updatesText(touched.flatMap((set) => zone.updates.get(ownerTypeKey(set)) ?? []));
  for (const set of remove) {
    zone.updates.delete(ownerTypeKey(set));
    removeSet(zone, set, "updates");
  }
  for (const set of put) {
    zone.updates.set(ownerTypeKey(set), set);
    putSet(zone, set, { layer: "updates" });
  }
  out.updates.push({ zone: origin, put, remove });
  out.updateAnswers.push({ kind: "answer-update", request, rcode: rcode.NOERROR });
  const names = [...new Set(touched.map(({ owner }) => ownerText(owner)))].join(", ");
  const sentence = `the holder of key ${key} changed ${names} in zone ${origin}`;
  const by = { owner: `key ${key}`, reason: "update" };
  out.tell({ kind: "answer", subject: origin, rule: "zone/update", sentence, from, to: updatesText(put), by });
}

/** Characters of what was, and is, under updated names. */
const updatesTextMax = 400;

/** Records of an update, for people; the rest of many is cut. */
function updatesText(sets: readonly RRset[]): string {
  const text = sets.flatMap((set) => rrsetText(set).trimEnd().replaceAll("\t", " ").split("\n")).join("; ");
  if (text === "") return "none";
  return text.length > updatesTextMax ? `${text.slice(0, updatesTextMax)}…` : text;
}

function ownerText(owner: Name): string {
  return nameText(owner).toLowerCase().replace(/\.$/, "");
}

/** Another primary's differences: they change what lies under updates and pools. */
export function changeBase(state: ControllerState, event: EventOf<"base-changed">): void {
  const zone = state.zones.get(event.origin);
  if (zone === undefined) return;
  for (const set of event.remove) removeSet(zone, set, "base");
  for (const set of event.put) putSet(zone, set, { layer: "base" });
  zone.fileSerial = event.serial;
}

/** A zone whose primaries fail goes on as it is, marked. */
export function tellPrimaries(state: ControllerState, event: EventOf<"primaries-told">, out: Outbox): void {
  const { origin, rule, sentence, trouble } = event;
  const zone = state.zones.get(origin);
  if (zone === undefined) return;
  zone.trouble = trouble;
  out.tell({ kind: "trouble", subject: origin, rule, sentence });
}

/**
 * A secondary would never take a zone again whose serial lies below its own, nor one that has changed under the same. So
 * the zone goes on above it, whatever the clock and the database say.
 */
export function riseAbove(state: ControllerState, event: EventOf<"serial-ahead">, out: Outbox): void {
  const { endpoint, origin, serial } = event;
  const zone = state.zones.get(origin);
  if (zone === undefined || zone.phase !== "open" || zone.config.primaries.length > 0) return;
  const ours = servedSerial(zone);
  // A secondary may have a change already that is not on the disk yet, and was told to nobody.
  if (serialGreater(ours, serial) || (serial === ours && event.differs !== true)) return;
  const there = `${endpoint} has serial ${serial} of zone ${origin}`;
  const how = serial === ours ? "with other records than muster" : `above muster's ${ours}`;
  const sentence = `${there}, ${how}: the zone goes on above it`;
  zone.serial = serial;
  out.republish.add(zone);
  out.tell({ kind: "trouble", subject: origin, rule: "zone/serial-ahead", sentence });
}

/** Every watched nameserver serves the serial: what was handed out before runs out from now on. */
export function servedEverywhere(state: ControllerState, event: EventOf<"served-everywhere">): void {
  for (const pool of state.poolBySlot) {
    if (pool.config.zone !== event.origin) continue;
    for (const member of pool.members) {
      const left = member.leftWith;
      if (left === null || left.serial === 0 || serialGreater(left.serial, event.serial)) continue;
      member.leftWith = null;
      member.safeToStopAt = wall(Math.max(member.safeToStopAt, event.at + left.ttlSeconds * 1000));
    }
  }
}

/**
 * The serial of the next transaction: above what was served and what the base has, and the time if that is higher. A zone
 * that only repeats another source has that source's serial, as long as it is ahead.
 */
export function takeSerial(state: ControllerState, zone: ZoneState, unixSeconds: number): number {
  zone.serial = repeats(state, zone) ? repeatedSerial(zone) : nextSerial(highest(zone), unixSeconds);
  return zone.serial;
}

/**
 * The serial with which a zone opens. One that repeats its source keeps its own unless the source is ahead: where somebody
 * has copies, the nameserver is to propose a further one, since only it can tell whether the records are still the same.
 */
export function openingSerial(state: ControllerState, zone: ZoneState, unixSeconds: number): number {
  if (isTransferred(zone.config) || !repeats(state, zone)) return takeSerial(state, zone, unixSeconds);
  return (zone.serial = highest(zone) ?? 0);
}

function repeats(state: ControllerState, zone: ZoneState): boolean {
  const { file, origin, primaries } = zone.config;
  if (file === null && primaries.length === 0) return false;
  return zone.updates.size === 0 && state.poolBySlot.every((pool) => pool.config.zone !== origin);
}

function repeatedSerial(zone: ZoneState): number {
  const furthest = highest(zone) ?? 0;
  return furthest === zone.serial ? addSerial(furthest, 1) : furthest;
}

/** Null: nothing is known of any. */
function highest({ fileSerial, serial }: ZoneState): number | null {
  if (serial === null || fileSerial === null) return serial ?? fileSerial;
  return serialGreater(fileSerial, serial) ? fileSerial : serial;
}
