import { expect, test } from "vitest";
import { requirementsIn, sortRequirements } from "./requirements.ts";

test.each([
  ["store > M7 state survives", ["M7"]],
  ["P1 and D5: a fragment of the reply", ["P1", "D5"]],
  ["RFC 1035 over IPv4 with SHA1, DS2 and M15", []],
])("%s", (title, found) => {
  expect(requirementsIn(title)).toEqual(found);
});

test("numbers are sorted as the list of requirements is", () => {
  expect(sortRequirements(new Set(["D1", "M10", "P2", "M7"]))).toEqual(["M7", "M10", "P2", "D1"]);
});
