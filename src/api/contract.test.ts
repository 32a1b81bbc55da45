/**
 * The schemas against `core/view.ts`: by the compiler, since a test cannot see types, and with a status that a
 * controller made.
 */
import { expect, test } from "vitest";
import { createFakeOperator } from "../../test/fakes/operator.ts";
import type { HistoryEvent } from "../core/model.ts";
import type { Explanation, LiveMessage, MemberView, RecordsView, StatusView } from "../core/view.ts";
import {
  type EventReply,
  type ExplanationReply,
  type LiveReply,
  type MemberReply,
  overrideBodySchema,
  type RecordsReply,
  type StatusReply,
  statusSchema,
} from "./contract.ts";

/** A type as JSON carries it: without brands, `readonly`, and fields that are there and undefined. */
type Plain<T> = T extends number
  ? number extends T
    ? number
    : T extends 4 | 6
      ? T
      : number
  : T extends readonly (infer E)[]
    ? Plain<E>[]
    : T extends object
      ? { -readonly [K in keyof T]: Plain<Exclude<T[K], undefined>> }
      : T;
type Agree<A, B> = [Plain<A>] extends [Plain<B>] ? ([Plain<B>] extends [Plain<A>] ? true : never) : never;

/** Each entry is `never`, and fails to compile, when a schema and its original differ. */
const agreements: [
  Agree<StatusView, StatusReply>,
  Agree<MemberView, MemberReply>,
  Agree<HistoryEvent, EventReply>,
  Agree<Explanation, ExplanationReply>,
  Agree<RecordsView, RecordsReply>,
  Agree<LiveMessage, LiveReply>,
] = [true, true, true, true, true, true];

test("the schemas take what a controller shows, whole", () => {
  expect(agreements).not.toContain(false);
  const operator = createFakeOperator();
  operator.setHealth("web1", "flapping", "up and down");
  expect(statusSchema.parse(operator.status())).toEqual(operator.status());
});

test.each([[""], [" "], ["a\nb"], ["\u0000"], ["x".repeat(501)]])("a reason must be one line of text: %j", (reason) => {
  expect(overrideBodySchema.safeParse({ member: "web1", kind: "drain", reason }).success).toBe(false);
});
