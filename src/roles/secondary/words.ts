/** What the story and the status say of primaries: once when something goes wrong, again when it is something else. */
import type { PeerConfig } from "../../core/model.ts";
import { endpointText } from "../outward/events.ts";
import type { FaultKind } from "./events.ts";
import { expireMs, type Round, type Step, type ZoneState } from "./state.ts";

const rules: Readonly<Record<FaultKind, string>> = {
  silent: "secondary/unreachable",
  refused: "secondary/refused",
  false: "secondary/false-serial",
};

export function tellWell(step: Step, zone: ZoneState, primary: PeerConfig | null): void {
  zone.reason = null;
  if (zone.toldKey === null) return;
  zone.toldKey = null;
  const who = primary === null ? "its primary" : endpointText(primary);
  const sentence = `zone ${zone.origin} is well again: ${who} confirms serial ${zone.held?.serial ?? 0}`;
  step.effects.push({ kind: "tell", origin: zone.origin, rule: "secondary/well", sentence, trouble: null });
}

export function tellFailure(step: Step, zone: ZoneState, round: Round): void {
  const [first] = round.faults;
  const { behind } = round;
  const older = behind === null ? [] : [olderClause(zone, behind)];
  const found = round.faults.map(({ primary, fault }) => `${endpointText(primary)}: ${fault.reason}`);
  const rule = behind === null ? rules[first?.fault.kind ?? "silent"] : "secondary/older-serial";
  const reason = [...older, ...found].join("; ");
  const kinds = round.faults.map(({ primary, fault }) => `${endpointText(primary)} ${fault.kind}`);
  tellTrouble(step, zone, { key: [rule, zone.expired, ...kinds].join(" "), rule, reason });
}

function olderClause(zone: ZoneState, { primary, serial }: NonNullable<Round["behind"]>): string {
  const clause = `${endpointText(primary)} went back from serial ${zone.held?.serial ?? 0} to ${serial}`;
  return `${clause}, which is taken at the next reload, or when the zone expires`;
}

export function tellExpired(step: Step, zone: ZoneState): void {
  const hours = zone.held === null ? 0 : Math.round(expireMs(zone.held) / 360_000) / 10;
  const last = zone.reason === null ? "" : `; ${zone.reason}`;
  const reason = `no primary has confirmed it for ${hours} h${last}`;
  tellTrouble(step, zone, { key: "expired", rule: "secondary/expired", reason });
}

function tellTrouble(step: Step, zone: ZoneState, told: { key: string; rule: string; reason: string }): void {
  zone.reason = told.reason;
  if (zone.toldKey === told.key) return;
  zone.toldKey = told.key;
  const { origin } = zone;
  const trouble = `${told.reason}; ${consequence(zone)}`;
  const verb = zone.expired ? "has expired" : zone.held === null ? "cannot be taken yet" : "cannot be refreshed";
  const sentence = `zone ${origin} ${verb}: ${trouble}`;
  step.effects.push({ kind: "tell", origin, rule: told.rule, sentence, trouble: `${verb}: ${trouble}` });
}

function consequence({ held }: ZoneState): string {
  return held === null ? "it is not served until a primary gives it" : `serial ${held.serial} is served on`;
}
