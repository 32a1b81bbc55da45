import { expect, test } from "vitest";
import { runFuzz } from "./fuzz.ts";

test.each([1, 2, 3])("mutated queries get well-formed answers or none, seed %i", (seed) => {
  const outcome = runFuzz({ count: 40_000, seed, decodeEvery: 1 });
  expect(outcome.answered + outcome.silent).toBe(40_000);
  // Every way through the responder was taken: answers, FORMERR, NXDOMAIN, NOTIMP, REFUSED.
  for (const code of [0, 1, 3, 4, 5]) expect(outcome.byRcode[code]).toBeGreaterThan(0);
});

test("the same seed gives the same run", () => {
  const options = { count: 5000, seed: 99, decodeEvery: 1 };
  expect(runFuzz(options)).toEqual(runFuzz(options));
});
