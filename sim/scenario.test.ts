import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { playScenario } from "./scenario.ts";

const folder = new URL("./scenarios/", import.meta.url);

test.each(readdirSync(folder))("M7 M11 D1 scenario %s", (file) => {
  const text = readFileSync(new URL(file, folder), "utf8");
  expect(playScenario(text)).toBe(text);
});
