import { expect, test } from "vitest";
import { StreamReader } from "./sse.ts";

test("messages survive every way of being cut into chunks", () => {
  const text = ': heartbeat\n\nid: 7\nevent: event\ndata: {"a":1}\n\nevent: status\ndata: one\ndata: two\n\n';
  for (let at = 0; at <= text.length; at++) {
    const reader = new StreamReader();
    const found = [...reader.read(text.slice(0, at)), ...reader.read(text.slice(at))];
    expect(found).toEqual([
      { name: "event", data: '{"a":1}', id: "7" },
      { name: "status", data: "one\ntwo", id: "7" },
    ]);
  }
});

test("CRLF, fields without a space, unknown fields and heartbeats", () => {
  const reader = new StreamReader();
  expect(reader.read("retry: 1000\r\n\r\ndata:x\r\nother: y\r\n\r\n")).toEqual([
    { name: "message", data: "x", id: null },
  ]);
});

test("an unfinished message waits", () => {
  const reader = new StreamReader();
  expect(reader.read("data: x\n")).toEqual([]);
  expect(reader.read("\n")).toHaveLength(1);
});
