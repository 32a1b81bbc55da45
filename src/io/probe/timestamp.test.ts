import { expect, test } from "vitest";
import type { StampFormat } from "../../core/model.ts";
import { readTimestamp } from "./timestamp.ts";

function read(text: string, format: StampFormat = { kind: "auto" }): string {
  const match = format.kind === "matches" ? new RegExp(format.pattern, "u").exec(text) : null;
  const at = readTimestamp(text, format, match);
  return at === null ? "none" : new Date(at).toISOString().replace(".000", "");
}

const good: readonly (readonly [text: string, at: string])[] = [
  ["1700000000", "2023-11-14T22:13:20Z"],
  ["\n  1700000000.25 seconds\nmore", "2023-11-14T22:13:20.250Z"],
  ["1700000000123", "2023-11-14T22:13:20.123Z"],
  ["2023-11-14T22:13:20Z\r\n", "2023-11-14T22:13:20Z"],
  ["2023-11-14 22:13:20", "2023-11-14T22:13:20Z"],
  ["2023-11-14 22:13:20 UTC", "2023-11-14T22:13:20Z"],
  ["2023-11-15T00:13:20.5+02:00", "2023-11-14T22:13:20.500Z"],
  ["20231114T171320-0500", "2023-11-14T22:13:20Z"],
  ["2023-11-14T22:13Z", "2023-11-14T22:13:00Z"],
  ["2024-02-29", "2024-02-29T00:00:00Z"],
  ["Tue, 14 Nov 2023 22:13:20 GMT", "2023-11-14T22:13:20Z"],
  ["Date: Tue, 14 Nov 2023 23:13:20 +0100", "2023-11-14T22:13:20Z"],
  ["14 Nov 2023 17:13:20 EST", "2023-11-14T22:13:20Z"],
  ["Tue Nov 14 22:13:20 UTC 2023\nUsing rsync", "2023-11-14T22:13:20Z"],
  ["Tue Nov  4 22:13:20 2023", "2023-11-04T22:13:20Z"],
  ["2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"],
];

test.each(good)("%j is %s", (text, at) => expect(read(text)).toBe(at));

const bad = [
  "",
  " \n \n",
  "hello",
  "<html>1700000000",
  "123",
  "1700000000x",
  "17000000001234",
  "2023-02-31",
  "2023-02-29T00:00:00Z",
  "2023-13-01",
  "2023-11-14T24:00:00Z",
  "2023-11-14T22:60:00Z",
  "2023-11-14T22:13:20+99:00",
  "Tue, 14 Foo 2023 22:13:20 GMT",
  "Tue, 31 Nov 2023 22:13:20 GMT",
  "Tue, 14 Nov 2023 22:13:20 QQQ",
  "\u0000\u0001\u0002\u00ff\u00fe",
  "9".repeat(100_000),
];

test.each(bad.map((text) => [text.slice(0, 40), text]))("%j is no time", (_shown, text) =>
  expect(read(text ?? "")).toBe("none"),
);

const forms: readonly (readonly [format: StampFormat, text: string, at: string])[] = [
  [{ kind: "unix" }, "1700000000", "2023-11-14T22:13:20Z"],
  [{ kind: "unix" }, "2023-11-14", "none"],
  [{ kind: "iso" }, "1700000000", "none"],
  [{ kind: "rfc2822" }, "Tue, 14 Nov 2023 22:13:20 GMT", "2023-11-14T22:13:20Z"],
  [{ kind: "rfc2822" }, "2023-11-14", "none"],
  [{ kind: "last-modified" }, "Tue, 14 Nov 2023 22:13:20 GMT", "2023-11-14T22:13:20Z"],
  [{ kind: "matches", pattern: "serial=(\\d+)" }, "<p>serial=1700000000</p>", "2023-11-14T22:13:20Z"],
  [{ kind: "matches", pattern: "\\d{4}-\\d\\d-\\d\\d" }, "made on 2024-02-29, by hand", "2024-02-29T00:00:00Z"],
  [{ kind: "matches", pattern: "serial=(\\d+)" }, "1700000000", "none"],
];

test.each(forms)("%j reads %j as %s", (format, text, at) => expect(read(text, format)).toBe(at));
