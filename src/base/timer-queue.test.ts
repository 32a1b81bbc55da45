import fc from "fast-check";
import { expect, test } from "vitest";
import { mono, never } from "./time.ts";
import { TimerQueue } from "./timer-queue.ts";

test("keys come out in the order of their times, the last time set for each", () => {
  const entry = fc.record({ key: fc.nat(20), at: fc.option(fc.nat(1000), { nil: null }) });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 200 }), (entries) => {
      const queue = new TimerQueue();
      const wanted = new Map<number, number>();
      for (const { at, key } of entries) {
        queue.set(key, at === null ? never : mono(at));
        if (at === null) wanted.delete(key);
        else wanted.set(key, at);
      }
      expect(queue.nextAt).toBe(Math.min(never, ...wanted.values()));
      const taken: number[] = [];
      for (let key = queue.takeDue(mono(1000)); key !== null; key = queue.takeDue(mono(1000))) taken.push(key);
      expect(taken.map((key) => wanted.get(key))).toEqual([...wanted.values()].sort((a, b) => a - b));
      expect(queue.nextAt).toBe(never);
    }),
  );
});

test("nothing is taken before it is due", () => {
  const queue = new TimerQueue();
  queue.set(3, mono(10));
  expect(queue.takeDue(mono(9.99))).toBeNull();
  expect(queue.takeDue(mono(10))).toBe(3);
  expect(queue.takeDue(mono(10))).toBeNull();
});
