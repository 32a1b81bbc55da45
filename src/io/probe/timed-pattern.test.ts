import { expect, test } from "vitest";
import { TimedPattern } from "./timed-pattern.ts";

/** Some seconds each without a limit, over lines as long as a body may be. */
const slow: readonly (readonly [pattern: string, text: string])[] = [
  [".*OK.*ready", "OK ".repeat(20_000)],
  ["\\w*\\w*\\w*!", "a".repeat(60_000)],
  ["(?:a|aa)(?:b|bb)?\\w+\\w+!", "a".repeat(60_000)],
];

test.each(slow)("/%s/ is given up", (pattern, text) => {
  expect(new TimedPattern(pattern).find(text)).toBe("too-slow");
});

test("what is found in time is found, in short texts and in long ones", () => {
  const pattern = new TimedPattern("updated (\\d+) of .*");
  expect(pattern.find("updated 17 of 20")?.at(1)).toBe("17");
  expect(pattern.find(`${"x\n".repeat(9_000)}updated 17 of 20`)?.at(1)).toBe("17");
  expect(pattern.find("x\n".repeat(9_000))).toBeNull();
});
