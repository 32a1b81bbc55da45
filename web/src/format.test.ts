import { describe, expect, test } from "vitest";
import { count, endSentence, formatAgo, formatDay, formatMs, formatSpan, listWords, startSentence } from "./format.ts";

const plain = (text: string): string => text.replaceAll("\u00a0", " ");
const minute = 60_000;
const hour = 60 * minute;

describe("spans and times", () => {
  test.each([
    [-500, "0 s"],
    [999, "0 s"],
    [59_999, "59 s"],
    [2 * minute, "2 min"],
    [hour, "1 h"],
    [80 * minute, "1 h 20 min"],
    [26 * hour, "1 d 2 h"],
    [48 * hour, "2 d"],
  ])("%d ms reads %s", (ms, words) => expect(plain(formatSpan(ms))).toBe(words));

  test.each([
    [0.42, "0.4 ms"],
    [9.96, "10 ms"],
    [12.4, "12 ms"],
    [1_340, "1.3 s"],
  ])("an answering time of %d ms reads %s", (ms, words) => expect(plain(formatMs(ms))).toBe(words));

  test("what happened this moment is just now, also when the clocks disagree", () => {
    expect(formatAgo(10_000, 10_900)).toBe("just now");
    expect(formatAgo(10_500, 10_000)).toBe("just now");
    expect(plain(formatAgo(0, 40_000))).toBe("40 s ago");
  });

  test("days are named from the reader's side, over midnight too", () => {
    const noon = new Date(2026, 2, 2, 12).getTime();
    expect(formatDay(noon, noon + hour)).toBe("Today, Monday 2 March");
    expect(formatDay(new Date(2026, 2, 1, 23, 59).getTime(), noon)).toBe("Yesterday, Sunday 1 March");
    expect(formatDay(new Date(2026, 1, 27, 1).getTime(), noon)).toBe("Friday 27 February");
  });
});

describe("words", () => {
  test.each([
    [[], ""],
    [["a"], "a"],
    [["a", "b"], "a and b"],
    [["a", "b", "c"], "a, b and c"],
    [["a", "b", "c", "d", "e"], "a, b and 3 more"],
  ])("%j is listed as %j", (words, text) => expect(listWords(words)).toBe(text));

  test("counts agree with their nouns", () => {
    expect(count(1, "member")).toBe("1 member");
    expect(count(1200, "member")).toBe("1,200 members");
  });

  test("sentences get a capital and a full stop, names keep their case", () => {
    expect(endSentence("connection refused")).toBe("connection refused.");
    expect(endSentence("200 OK.")).toBe("200 OK.");
    expect(startSentence("all members are fit")).toBe("All members are fit");
    expect(startSentence("www.example.org answers")).toBe("www.example.org answers");
  });
});
