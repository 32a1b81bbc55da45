import { expect, test } from "vitest";
import { faultCodes, isSilence } from "./fault.ts";

test("T1 only what nothing has come back from is silent", () => {
  expect(faultCodes.filter(isSilence)).toEqual(["timed-out", "no-route"]);
  expect(isSilence(null)).toBe(false);
});
