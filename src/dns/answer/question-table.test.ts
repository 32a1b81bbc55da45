import { describe, expect, test } from "vitest";
import { zoneFrom } from "../../../test/fakes/answering.ts";
import { textName } from "../name.ts";
import { ZoneTable } from "../zone.ts";
import { CompiledAnswer } from "./compile.ts";
import { QuestionTable } from "./question-table.ts";
import { planAnswer } from "./resolve.ts";

const zones = new ZoneTable();
zones.set(zoneFrom("example.org.", "$TTL 30\n@ SOA ns1 host 3 1 1 1 900\n@ NS ns1\nns1 A 192.0.2.1\n"));

function makeAnswer(): CompiledAnswer {
  const name = textName("ns1.example.org.");
  const plan = planAnswer(zones, name, 1);
  if (plan === null) throw new Error("no plan");
  return new CompiledAnswer(plan, name);
}

/** Few hashes, so that most questions collide. */
function question(number: number): { key: Uint8Array; keyOctets: number; hash: number } {
  const key = new TextEncoder().encode(`question ${number} `.padEnd(12 + (number % 40), "x"));
  return { key, keyOctets: key.length, hash: (number % 7) - 3 };
}

function get(table: QuestionTable, number: number): CompiledAnswer | undefined {
  const { key, keyOctets, hash } = question(number);
  return table.get(key, keyOctets, hash);
}

describe("question table", () => {
  test("finds what was put, through growth and collisions, and nothing else", () => {
    const table = new QuestionTable();
    const answers = Array.from({ length: 3000 }, () => makeAnswer());
    for (const [at, answer] of answers.entries()) table.set(question(at), answer);
    expect(table.size).toBe(3000);
    for (const [at, answer] of answers.entries()) expect(get(table, at)).toBe(answer);
    for (let at = 3000; at < 3100; at++) expect(get(table, at)).toBeUndefined();
  });

  test("a question that is put again has the new answer", () => {
    const table = new QuestionTable();
    table.set(question(1), makeAnswer());
    const second = makeAnswer();
    table.set(question(1), second);
    expect([table.size, get(table, 1)]).toEqual([1, second]);
  });

  test("at its limit it starts from nothing", () => {
    const table = new QuestionTable(10);
    for (let at = 0; at < 11; at++) table.set(question(at), makeAnswer());
    expect(table.size).toBe(1);
    expect(get(table, 0)).toBeUndefined();
    expect(get(table, 10)).toBeDefined();
  });
});
