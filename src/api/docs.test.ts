/** The manual's tables and the code say the same. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { commands } from "../cli/commands/list.ts";
import { exitCode } from "../cli/exit-codes.ts";
import { apiErrors } from "./errors.ts";

const read = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");

test("docs/api.md lists every error of the catalogue with its status", () => {
  const listed = [...read("api.md").matchAll(/^\| `([a-z_]+)` \| (\d{3}) \|/gm)].map(([, code, status]) => [
    code,
    Number(status),
  ]);
  const known = Object.entries(apiErrors).map(([code, { status }]) => [code, status]);
  expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(known));
});

test("docs/cli.md lists every command", () => {
  const listed = [...read("cli.md").matchAll(/^\| `([a-z]+)[^|]*\|/gm)].map(([, name]) => name);
  expect(listed).toEqual(expect.arrayContaining(commands.map(({ name }) => name)));
});

test("docs/cli.md lists every exit status", () => {
  const listed = [...read("cli.md").matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
  expect(listed).toEqual(Object.values(exitCode).toSorted((a, b) => a - b));
});
