/** A replay, as an operator asks for it: reads the record and the other configurations, and has it played in a thread. */
import { formatProblems } from "../../config/problem.ts";
import type { Config, HistoryEvent } from "../../core/model.ts";
import type { Recorded } from "../../core/recording.ts";
import { answersBefore } from "../../core/replay.ts";
import type { ReplayOutcome, ReplayWish } from "../../core/view.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Store } from "../../ports/store.ts";
import { addressesOf } from "../../roles/pool-steps.ts";
import type { ReplayRequest } from "../../roles/replay.ts";
import { readConfigInThread } from "../config-thread.ts";
import type { Recording } from "../recording/recording.ts";
import { sealConfig } from "../recording/seal.ts";
import type { Runner } from "../runner.ts";
import { replayInThread } from "./replay-thread.ts";

export interface ReplayParts {
  readonly runner: Runner;
  readonly clock: Clock;
  readonly store: Store;
  readonly recording: Recording;
}

/** Steps of each course: about a minute of a processor. */
const stepsMax = 5_000_000;
const replayMsMax = 300_000;
/** Events of the time that are read; more, and what happened is not told from the beginning. */
const eventsMax = 100_000;

type OtherConfig = ReplayRequest["others"][number];

export function operateReplay(parts: ReplayParts): (wish: ReplayWish) => Promise<ReplayOutcome> {
  let running = false;
  return async (wish) => {
    if (running) return refused("a replay is under way; ask again when it has ended");
    running = true;
    try {
      return await replay(parts, wish);
    } finally {
      running = false;
    }
  };
}

function refused(sentence: string, details: readonly string[] = []): ReplayOutcome {
  return { kind: "refused", sentence, details };
}

async function replay(parts: ReplayParts, wish: ReplayWish): Promise<ReplayOutcome> {
  const { config } = parts.runner.controller.state;
  if (config.recording === null) return refused("`recording` is off: nothing is kept that could be replayed");
  const { from, outageMs, to } = wish;
  if (to <= from) return refused("the time to replay ends before it begins");
  const others: OtherConfig[] = [];
  for (const { name, text } of wish.configs) {
    const read = await readConfigInThread(config.file, text);
    if (!read.ok) {
      // Its paths are those of the file that runs; its mistakes are its own.
      const placed = read.error.problems.map((one) => ({ ...one, file: name }));
      const problems = formatProblems(placed, read.error.text).split("\n\n");
      return refused(`${name} is no configuration that muster would take`, problems);
    }
    others.push({ name, config: sealConfig(read.value.config), notes: [] });
  }
  await parts.recording.flush();
  const recorded = await parts.store.recorded({ from, to });
  if (recorded.lives.length === 0) return refused("nothing was recorded in that time");
  const since = await parts.store.history({ sinceMs: from, limit: eventsMax });
  const events = since.filter(({ at }) => at <= to);
  const request: ReplayRequest = {
    from,
    to,
    outageMs,
    recorded,
    running: sealConfig(config),
    // Written by `sealConfig`, on this machine: nobody else's text.
    ran: recorded.configs.map(({ at, body }) => ({ at, config: JSON.parse(body) as Config })),
    others,
    events: events.filter(({ kind, rule }) => kind === "health" || kind === "answer" || rule === "operator/reset"),
    answersAfter: answersBefore(
      answersNow(parts.runner),
      since.filter(({ at }) => at > to),
    ),
    notes: [...watcherNotes(config, recorded), ...eventNotes(events)],
    stepsMax,
  };
  return { kind: "replayed", report: await replayInThread(request, replayMsMax) };
}

function watcherNotes({ watch }: Config, { words }: Recorded): readonly string[] {
  if (watch === null || watch.watchers.length === 0) return [];
  if (words.length === 0) return ["not known: what watchers said; there is no record of it"];
  return [
    "watchers vote by what they said then, which rests on the thresholds of then; outages are what the controller's own probes saw",
  ];
}

function eventNotes(events: readonly HistoryEvent[]): readonly string[] {
  const ordered = events.filter(({ by, kind }) => by !== undefined || kind === "override").length;
  const notes: string[] = [];
  if (ordered > 0)
    notes.push(`${ordered} events are of operators (drains, pins, maintenance): they happened, and are not replayed`);
  if (events.length >= eventsMax) notes.push(`only the last ${eventsMax} events of the time were read`);
  return notes;
}

function answersNow({ controller }: Runner): readonly (readonly [string, readonly string[]])[] {
  return [...controller.state.pools].flatMap(([name, { decision }]) =>
    decision === null ? [] : [[name, addressesOf(decision)] as const],
  );
}
