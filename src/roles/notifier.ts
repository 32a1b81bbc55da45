/**
 * Decides who is told of what, as a state machine: events of the history in with the time, messages out. It routes
 * events to channels, gathers what happens together, holds back what can wait until the morning, repeats to others what
 * lasts, and keeps each message until it was delivered. Nothing here can fail or wait: what cannot be delivered stays,
 * on disk too, within named limits. See `docs/notifications.md`.
 *
 * | from        | to          | when                                                                       |
 * |-------------|-------------|----------------------------------------------------------------------------|
 * | event       | line        | a route fits, or its beginning was told (`notifier/incidents.ts`)           |
 * | line        | message     | its window is over, and neither quiet hours nor a limit hold it             |
 * | message     | on its way  | its channel is free and not resting; the most important first               |
 * | on its way  | gone        | delivered                                                                   |
 * | on its way  | message     | failed: the channel rests; refused: the message rests                       |
 */
import { unreachable } from "../base/assert.ts";
import type { Prng } from "../base/prng.ts";
import { type Mono, mono, type Now, wall } from "../base/time.ts";
import { occasion } from "../core/local-time.ts";
import type { NotifyConfig, ReportConfig } from "../core/notify.ts";
import type { SubjectNames } from "../core/notify-names.ts";
import { noReason } from "../core/order.ts";
import type { SavedMessage } from "../ports/store.ts";
import { nextDeliveryAt, noteDelivered, noteFailed, startDeliveries } from "./notifier/deliver.ts";
import type { NotifierEffect, NotifierEvent } from "./notifier/effects.ts";
import { closeDue, nextMinute, queueWhole } from "./notifier/gather.ts";
import { acknowledge, endForgotten, escalate, lookAround, takeEvent } from "./notifier/incidents.ts";
import { hourMs } from "./notifier/limits.ts";
import { createState, type NotifierState, removeEntry, type Step, takeDirty } from "./notifier/state.ts";

export interface NotifierStart {
  readonly config: NotifyConfig;
  readonly names: SubjectNames;
  readonly saved: readonly SavedMessage[];
  readonly prng: Prng;
  readonly now: Now;
}

export class MessageDesk {
  readonly #state: NotifierState;

  constructor({ config, names, now, prng, saved }: NotifierStart) {
    this.#state = createState({ config, names, prng }, saved, now);
  }

  /** The last event that was seen; null: none ever, and the history before the first is not told. */
  get cursor(): number | null {
    return this.#state.cursor;
  }

  /** Begins with events after this one, when none was ever seen. */
  beginAfter(event: number): void {
    this.#state.cursor ??= event;
    this.#state.dirty.add("cursor");
  }

  get hasIncidents(): boolean {
    return this.#state.incidents.size > 0;
  }

  /** Messages that wait, by channel. */
  waiting(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { message } of this.#state.entries.values())
      counts.set(message.channel, (counts.get(message.channel) ?? 0) + 1);
    return counts;
  }

  /** When the next `tick` is due. */
  nextWakeAt(now: Now): Mono {
    const step = { state: this.#state, now };
    const isTimed = this.#state.config.reports.length > 0 || this.#state.config.quietHours.length > 0;
    const minute = isTimed ? nextMinute({ now }) : Number.POSITIVE_INFINITY;
    return mono(Math.min(nextDeliveryAt(step), this.#state.escalateAt, minute));
  }

  step(event: NotifierEvent, now: Now): readonly NotifierEffect[] {
    const step: Step = { state: this.#state, now, effects: [] };
    this.#take(step, event);
    escalate(step);
    closeDue(step);
    this.#report(step);
    startDeliveries(step);
    const batch = takeDirty(this.#state, now);
    const isEmpty = batch.put.length + batch.remove.length === 0;
    return isEmpty ? step.effects : [{ kind: "save", batch }, ...step.effects];
  }

  #take(step: Step, event: NotifierEvent): void {
    switch (event.kind) {
      case "tick":
        return;
      case "happened":
        return this.#happened(step, event.events);
      case "delivered":
        return noteDelivered(step, event.id);
      case "failed":
        return noteFailed(step, event);
      case "reported":
        return this.#reported(step, event);
      case "acknowledged":
        return this.#acknowledged(step, event);
      case "configured":
        return this.#configure(step, event);
      case "looked":
        // What happened before a reload may have been heard after it.
        endForgotten(step);
        return lookAround(step, event.around);
      default:
        return unreachable(event);
    }
  }

  #happened(step: Step, events: Extract<NotifierEvent, { kind: "happened" }>["events"]): void {
    const { state } = step;
    for (const event of events) {
      if (event.id <= (state.cursor ?? 0)) continue;
      state.cursor = event.id;
      state.dirty.add("cursor");
      takeEvent(step, event);
    }
  }

  #acknowledged(
    step: Step,
    { owner, pattern, reason = noReason }: { owner: string; pattern: string; reason?: string },
  ): void {
    const found = acknowledge(step, { owner, pattern });
    for (const { subject, text } of found.slice(0, acknowledgementsTold)) {
      step.effects.push({
        kind: "tell",
        subject,
        rule: "operator/acknowledge",
        sentence: `${owner} takes care of: ${text}`,
        from: "open",
        to: `${owner} takes care`,
        by: { owner, reason },
      });
    }
  }

  /** What waits for a channel that is gone goes with it. */
  #configure(step: Step, { config, names }: { config: NotifyConfig; names: SubjectNames }): void {
    const { state } = step;
    state.config = config;
    state.names = names;
    state.escalateAt = step.now.mono;
    const known = new Set(config.channels.map(({ name }) => name));
    for (const entry of [...state.entries.values()]) {
      if (!known.has(entry.message.channel)) removeEntry(state, entry);
      else if (entry.bucket === "now") entry.due = mono(Math.min(entry.due, step.now.mono + config.groupMs));
    }
    for (const name of state.channels.keys()) {
      if (known.has(name)) continue;
      state.channels.delete(name);
      state.dirty.add(`channel ${name}`);
    }
    for (const incident of state.incidents.values())
      for (const name of incident.told.keys()) if (!known.has(name)) incident.told.delete(name);
    endForgotten(step);
  }

  /**
   * A report is due when an occasion comes that is later than the one before, and not the one of the last report; the first
   * is only noted.
   */
  #report(step: Step): void {
    const { now, state } = step;
    for (const [index, report] of state.config.reports.entries()) {
      const name = `${index}`;
      const newest = this.#occasion(report, now);
      const last = state.occasions.get(name);
      const seen = state.seenOccasions.get(name) ?? last;
      state.seenOccasions.set(name, newest);
      if (last === newest || (seen !== undefined && newest <= seen)) continue;
      state.occasions.set(name, newest);
      state.dirty.add(`report ${name}`);
      if (last === undefined) continue;
      const days = report.every === "daily" ? 1 : 7;
      step.effects.push({ kind: "report", report: index, from: wall(now.wall - days * 24 * hourMs), to: now.wall });
    }
  }

  #occasion({ atMinute, day, every }: ReportConfig, now: Now): string {
    const { timeZone } = this.#state.config;
    return occasion(now.wall, { atMinute, weekday: every === "weekly" ? day : null, timeZone });
  }

  #reported(step: Step, { details, line: text, report }: Extract<NotifierEvent, { kind: "reported" }>): void {
    const config = step.state.config.reports[report];
    const words = { event: 0, at: step.now.wall, subject: "muster", rule: "notify/report", key: `report ${report}` };
    const line = { ...words, state: "news", severity: "info", text } as const;
    for (const channel of config?.to ?? []) queueWhole(step, channel, { line, details });
  }
}

/** Lines in the history about one acknowledgement. */
const acknowledgementsTold = 20;
