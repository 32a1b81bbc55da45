import { expect, test } from "vitest";
import { mono, wall } from "../base/time.ts";
import { fixtureConfig } from "../core/fixtures.ts";
import { createState } from "./controller-state.ts";
import { Outbox } from "./outbox.ts";
import { nothingSaved } from "../ports/store.ts";

const now = { mono: mono(0), wall: wall(0) };

function createOutbox(): Outbox {
  return new Outbox(createState(fixtureConfig([]), nothingSaved, now), now);
}

test("an outbox is empty until anything is put into any of its lists", () => {
  expect(createOutbox().isEmpty).toBe(true);
  const lists = Object.keys(createOutbox()).filter((key) => key !== "now");
  expect(lists.length).toBeGreaterThan(10);
  for (const list of lists) {
    const outbox = createOutbox();
    const content: unknown = Reflect.get(outbox, list);
    if (Array.isArray(content)) content.push("something");
    else if (content instanceof Set) content.add("something");
    else if (content instanceof Map) content.set("something", 1);
    else if (typeof content === "boolean") Reflect.set(outbox, list, true);
    else expect.fail(`${list} is no list, set, map or mark: say in isEmpty when it is empty`);
    expect(outbox.isEmpty, list).toBe(false);
  }
});
