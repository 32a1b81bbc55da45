/**
 * Alarms that were told before a restart. Whoever heard of one must hear of its end, too: when the nameserver is seen to be
 * well, or when it is not watched any more. What was told last is in the history, so nothing else is kept for it.
 */
import type { HistoryEvent } from "../../core/model.ts";
import type { NameserverState } from "../../core/view.ts";
import { endpointText, type RecalledAlarm } from "./events.ts";
import { type Step, tellGone, type WatchState, type ZoneState } from "./state.ts";
import { resumeAlarm } from "./watch-steps.ts";

const prefix = "nameserver/";
const states: readonly NameserverState[] = ["behind", "unreachable", "refused", "lame", "different", "unknown"];

/** Of a story, oldest first: the alarms that were not told to be over. Each sentence begins with name and address. */
export function openAlarms(story: readonly HistoryEvent[]): readonly RecalledAlarm[] {
  const open = new Map<string, RecalledAlarm>();
  for (const { rule, sentence, subject } of story) {
    const [, name, place] = rule.startsWith(prefix) ? (/^(.+?) \(([^)]+)\)/.exec(sentence) ?? []) : [];
    if (name === undefined || place === undefined) continue;
    const state = states.find((one) => rule === `${prefix}${one}`);
    const key = `${subject} ${name} ${place}`;
    if (state === undefined) open.delete(key);
    else open.set(key, { origin: subject, name, place, state });
  }
  return [...open.values()];
}

/** With each configuration: alarms find their nameservers, or are over without them. */
export function applyRecalled(step: Step): void {
  const { state } = step;
  state.recalled = state.recalled.filter((alarm) => {
    const zone = state.zones.get(alarm.origin);
    const watch = zone === undefined ? undefined : watchOf(zone, alarm);
    if (watch !== undefined) {
      resumeAlarm(step, watch, alarm.state);
      return false;
    }
    if (zone !== undefined && mayCome(zone, alarm)) return true;
    tellGone(step, alarm);
    return false;
  });
}

function watchOf(zone: ZoneState, { name, place }: RecalledAlarm): WatchState | undefined {
  const watches = [...zone.watches.values()];
  return watches.find(({ config }) => config.name === name && endpointText(config.endpoint) === place);
}

/** Its address is not known yet. */
function mayCome(zone: ZoneState, { name }: RecalledAlarm): boolean {
  return zone.unresolved.some((one) => one.name === name && one.pending);
}
