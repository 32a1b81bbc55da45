/**
 * What the DNS server says about zones: one is loaded, so that its transactions may go, or one was refused, so that
 * the last good one goes on and people are told why.
 */
import { nextSerial } from "../dns/serial.ts";
import type { ControllerState, ZoneState } from "./controller-state.ts";
import type { Outbox } from "./outbox.ts";
import { putSet } from "./pool-steps.ts";

export function zoneLoaded(state: ControllerState, event: { origin: string; serial: number }, out: Outbox): void {
  const zone = state.zones.get(event.origin);
  if (zone === undefined) return;
  zone.loaded = true;
  if (zone.trouble !== null) {
    const sentence = `zone ${event.origin} is well again`;
    out.tell({ kind: "trouble", subject: event.origin, rule: "zone/loaded", sentence });
  }
  zone.trouble = null;
  zone.fileSerial = event.serial;
  if (zone.serial === 0) zone.serial = event.serial;
  for (const pool of state.poolBySlot) {
    if (pool.config.zone !== event.origin) continue;
    for (const set of pool.sets) putSet(zone, set, undefined);
  }
}

export function zoneRefused(state: ControllerState, event: { origin: string; reason: string }, out: Outbox): void {
  const zone = state.zones.get(event.origin);
  if (zone === undefined) return;
  const goesOn = zone.loaded ? "; the last good zone is served on" : "; the zone is not served";
  zone.trouble = `${event.reason}${goesOn}`;
  const sentence = `zone ${event.origin} was refused: ${zone.trouble}`;
  out.tell({ kind: "trouble", subject: event.origin, rule: "zone/refused", sentence });
}

/** The serial of the next transaction: above what was served, above the file's, and the time if that is higher. */
export function takeSerial(zone: ZoneState, unixSeconds: number): number {
  zone.serial = nextSerial(highest(zone), unixSeconds);
  return zone.serial;
}

function highest(zone: ZoneState): number | null {
  const serial = Math.max(zone.serial, zone.fileSerial);
  return serial === 0 ? null : serial;
}
