import { expect, onTestFinished, test } from "vitest";
import { events, keepLog } from "../../../test/contract/store-values.ts";
import type { HistoryEvent } from "../../core/model.ts";
import { HistoryQueue } from "./history-queue.ts";
import { storeLimits } from "./limits.ts";

/** A queue whose disk answers when the test says so. */
function queueWithDisk() {
  const written: HistoryEvent[][] = [];
  const answers: ((reason: string | null) => void)[] = [];
  const log = keepLog();
  const limits = { ...storeLimits, flushEvents: 10, queueEventsMax: 50 };
  const write = (batch: readonly HistoryEvent[]): Promise<string | null> => {
    written.push([...batch]);
    return new Promise((resolve) => answers.push(resolve));
  };
  const queue = new HistoryQueue({ limits, log, write });
  onTestFinished(() => queue.stop());
  const answer = (reason: string | null): void => answers.shift()?.(reason);
  return { queue, written, answer, log };
}

const ids = (batch: readonly HistoryEvent[] | undefined): string => `${batch?.[0]?.id}-${batch?.at(-1)?.id}`;

test("enough events are written at once, and never two batches side by side", async () => {
  const { queue, written, answer } = queueWithDisk();
  queue.add(events(1, 10));
  await Promise.resolve();
  queue.add(events(11, 30));
  await Promise.resolve();
  expect(written.map(ids)).toEqual(["1-10"]);
  const flushed = queue.flush();
  answer(null);
  await expect.poll(() => written.map(ids)).toEqual(["1-10", "11-30"]);
  answer(null);
  await flushed;
  expect(queue.largestId).toBe(30);
});

test("a stuck disk costs the oldest events, and their number is told when it is back", async () => {
  const { queue, written, answer, log } = queueWithDisk();
  queue.add(events(1, 10));
  await Promise.resolve();
  queue.add(events(11, 100));
  answer("the disk is full");
  await expect.poll(() => log.lines).toEqual(["History cannot be written: the disk is full."]);
  const flushed = queue.flush();
  await expect.poll(() => written.map(ids)).toEqual(["1-10", "51-100"]);
  answer(null);
  await flushed;
  expect(log.lines.at(-1)).toBe("History is written again; 50 events dropped meanwhile.");
});
