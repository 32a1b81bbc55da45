/** A batch and the transactions beside it: what is served a moment later goes in the same commit. */
import { expect, test } from "vitest";
import { emptyBatch, type SaveBatch, type SaveOutcome } from "../ports/store.ts";
import { SaveLoop } from "./save-loop.ts";

function loop() {
  const saved: SaveBatch[] = [];
  const store = {
    save: (batch: SaveBatch): Promise<SaveOutcome> => {
      saved.push(batch);
      return Promise.resolve({ kind: "ok" });
    },
  };
  return { saved, saves: new SaveLoop({ store, onFailed: () => undefined, onWorks: () => undefined }) };
}

test("a batch waits until the transactions beside it are served, and is not taken for settled before", async () => {
  const { saved, saves } = loop();
  const served = Promise.withResolvers<void>();
  const outcome = saves.save({ ...emptyBatch, serials: { "example.org": 7 } }, [served.promise]);
  const settled = saves.settled();
  await new Promise((resolve) => setImmediate(resolve));
  expect(saved).toEqual([]);
  served.resolve();
  expect(await outcome).toEqual({ kind: "ok" });
  expect(await settled).toEqual({ kind: "ok" });
  expect(saved[0]?.serials).toEqual({ "example.org": 7 });
});

test.each([
  ["is never served", () => new Promise<void>(() => undefined)],
  ["fails", () => Promise.reject(new Error("the thread has ended"))],
])("a batch is saved also when what is beside it %s", async (_title, beside) => {
  const { saved, saves } = loop();
  expect(await saves.save(emptyBatch, [beside()])).toEqual({ kind: "ok" });
  expect(saved).toHaveLength(1);
});
