import { expect, test } from "vitest";
import { refuseNode } from "./node-version.ts";

test.each(["v24.15.0", "v24.21.0", "v25.0.0", "v30.1.2-nightly"])("%s will do", (version) => {
  expect(refuseNode(version)).toBeNull();
});

test.each(["v24.14.9", "v20.20.2", "v0.12.0"])("%s is refused by one line that names both versions", (version) => {
  expect(refuseNode(version)).toBe(`muster: needs Node 24.15 or newer, this is ${version}`);
});

test("a version that cannot be read is refused", () => {
  expect(refuseNode("")).toContain("an unknown version");
});
