import { expect, test } from "vitest";
import type { Log } from "../ports/log.ts";
import { Closing } from "./closing.ts";

test("parts are closed one after the other, the last first; one that hangs or fails is told, and left", async () => {
  const [done, warned]: [string[], string[]] = [[], []];
  const nothing = (): void => undefined;
  const log: Log = { debug: nothing, info: nothing, error: nothing, warn: (sentence) => void warned.push(sentence) };
  const closing = new Closing(log, 20);
  closing.add("store", () => void done.push("store"));
  closing.add("hook", () => new Promise<void>(nothing));
  closing.add("port", () => Promise.reject(new Error("it is gone")));
  closing.add("page", async () => {
    await Promise.resolve();
    done.push("page");
  });
  await closing.run();
  expect(done).toEqual(["page", "store"]);
  expect(warned).toEqual([
    "muster stops without its port: it is gone.",
    "muster stops without its hook: not closed within 20 ms.",
  ]);
  await closing.run();
  expect(done).toHaveLength(2);
});
