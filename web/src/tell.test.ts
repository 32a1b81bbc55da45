import { describe, expect, test } from "vitest";
import { makeStatus, makeStory } from "../../test/fakes/page-scenes.ts";
import { mergeEvents, splitDays, subjectsOf, tellStory } from "./tell.ts";

const at = new Date(2026, 10, 20, 15).getTime();
const story = makeStory(at);
const { pools } = makeStatus(at);
const ids = (events: readonly { id: number }[]): number[] => events.map((event) => event.id);

describe("the story", () => {
  test("is newest first", () => {
    expect(ids(tellStory(story, null, new Set())).slice(0, 3)).toEqual([11, 10, 9]);
  });

  test("of a pool holds what concerns its members' targets", () => {
    const told = tellStory(story, subjectsOf(pools, "www.demo.example"), new Set());
    expect(told.some((event) => event.subject === "192.0.2.11 http:80")).toBe(true);
    expect(told.some((event) => event.subject.startsWith("db."))).toBe(false);
  });

  test("of one member leaves out the others", () => {
    const told = tellStory(story, subjectsOf(pools, "db.demo.example/198.51.100.20"), new Set());
    expect(ids(told)).toEqual([11, 10]);
  });

  test("by kind", () => {
    expect(tellStory(story, null, new Set(["start"]))).toHaveLength(1);
  });

  test("is cut at local midnight", () => {
    const days = splitDays(tellStory(story, null, new Set()));
    expect(days.map((day) => day.events.length)).toEqual([9, 2]);
  });
});

describe("events that are kept", () => {
  test("come once each, in order, whatever overlaps", () => {
    const merged = mergeEvents(story.slice(0, 6), story.slice(3), 100);
    expect(ids(merged)).toEqual(ids(story));
    expect(ids(mergeEvents(story.slice(6), story.slice(0, 2), 100))).toEqual([1, 2, 7, 8, 9, 10, 11]);
  });

  test("are bounded; the oldest go first", () => {
    expect(ids(mergeEvents(story.slice(0, 9), story.slice(9), 3))).toEqual([9, 10, 11]);
  });
});
