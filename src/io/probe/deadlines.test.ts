import { expect, test } from "vitest";
import { Deadline, Deadlines } from "./deadlines.ts";

class Noted extends Deadline {
  fired = 0;
  override onDue(): void {
    this.fired++;
  }
}

const limit = { timeout: 10_000, interval: 5 };

test("deadlines fire once, in any order of setting, and not when cleared", async () => {
  const deadlines = new Deadlines();
  const [long, short, cleared] = [new Noted(), new Noted(), new Noted()];
  deadlines.set(long, 60);
  deadlines.set(short, 10);
  deadlines.set(cleared, 20);
  deadlines.clear(cleared);
  deadlines.clear(cleared);
  await expect.poll(() => short.fired, limit).toBe(1);
  await expect.poll(() => long.fired, limit).toBe(1);
  expect(cleared.fired).toBe(0);
  deadlines.close();
});

test("a deadline further away than one turn of the wheel waits for its own turn", async () => {
  const deadlines = new Deadlines();
  const [near, far] = [new Noted(), new Noted()];
  deadlines.set(far, 512 * 5 + 20);
  deadlines.set(near, 20);
  await expect.poll(() => near.fired, limit).toBe(1);
  expect(far.fired).toBe(0);
  await expect.poll(() => far.fired, limit).toBe(1);
  deadlines.close();
});

test("setting a deadline again moves it, also from within its own call", async () => {
  const deadlines = new Deadlines();
  class Again extends Noted {
    override onDue(): void {
      super.onDue();
      if (this.fired < 3) deadlines.set(this, 5);
    }
  }
  const again = new Again();
  deadlines.set(again, 100_000);
  deadlines.set(again, 5);
  await expect.poll(() => again.fired, limit).toBe(3);
  deadlines.close();
});

test("a pause of the whole process is not taken from the time to answer", async () => {
  const deadlines = new Deadlines();
  const deadline = new Noted();
  deadlines.set(deadline, 300);
  const endsAtMs = performance.now() + 600;
  while (performance.now() < endsAtMs);
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(deadline.fired).toBe(0);
  await expect.poll(() => deadline.fired, limit).toBe(1);
  deadlines.close();
});
