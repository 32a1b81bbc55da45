import { expect, test } from "vitest";
import { runFuzz } from "./fuzz.ts";
import { fuzzTransfers } from "./transfer.ts";

test.each([1, 2, 3])("mutated queries get well-formed answers or none, seed %i", (seed) => {
  const outcome = runFuzz({ count: 40_000, seed, decodeEvery: 1 });
  expect(outcome.answered + outcome.silent + outcome.handed).toBe(40_000);
  expect(outcome.handed).toBeGreaterThan(0);
  // Every way through the responder was taken: answers, FORMERR, NXDOMAIN, NOTIMP, REFUSED.
  for (const code of [0, 1, 3, 4, 5]) expect(outcome.byRcode[code]).toBeGreaterThan(0);
});

test("the same seed gives the same run", () => {
  const options = { count: 5000, seed: 99, decodeEvery: 1 };
  expect(runFuzz(options)).toEqual(runFuzz(options));
});

test.each([1, 2, 3])("a damaged transfer is refused, waits for its end, or is still whole, seed %i", (seed) => {
  const counts = fuzzTransfers({ count: 1000, seed });
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(0);
});
