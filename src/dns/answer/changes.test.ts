/** What is kept of answers, and that every change is seen by the next question. */
import { describe, expect, test } from "vitest";
import { answerText } from "../../../test/fakes/answer-text.ts";
import { Answering, zoneFrom } from "../../../test/fakes/answering.ts";
import { plainEdns } from "../message.ts";
import { textName } from "../name.ts";
import { rrType, typeNumber } from "../rr-types.ts";
import type { Layer, RRset, SetKey } from "../types.ts";

const text = `$TTL 30
@ SOA ns1 host 1 3600 600 86400 20
@ NS ns1
ns1 A 192.0.2.1
www A 192.0.2.10
alias CNAME www
mail MX 10 www
*.wild A 192.0.2.20
a.sub A 192.0.2.30
`;
const origin = textName("example.org.");

function addresses(owner: string, last: readonly number[], more: Partial<RRset> = {}): RRset {
  const rdata = last.map((octet) => Uint8Array.of(192, 0, 2, octet));
  return { owner: textName(owner), type: rrType.A, ttlSeconds: 30, rdata, ...more };
}

function nameSet(owner: string, type: string, target: string): RRset {
  const rdata = [Uint8Array.from(textName(target), (octet) => octet.charCodeAt(0))];
  return { owner: textName(owner), type: typeNumber(type) ?? 0, ttlSeconds: 30, rdata };
}

/** Change, then the question whose answer it moves, and the line that must be in the new answer. */
const changes: readonly (readonly [string, Parameters<typeof apply>[1], string, string, string])[] = [
  ["an address", { put: [addresses("www.example.org", [11])] }, "www", "A", "www.example.org. 30 A 192.0.2.11"],
  ["behind an alias", { put: [addresses("www.example.org", [11])] }, "alias", "A", "www.example.org. 30 A 192.0.2.11"],
  [
    "beside MX",
    { put: [addresses("www.example.org", [11])] },
    "mail",
    "MX",
    "additional: www.example.org. 30 A 192.0.2.11",
  ],
  ["the serial in NODATA", {}, "www", "TXT", "host.example.org. 2 3600"],
  ["the serial in NODATA of a kept type", {}, "www", "AAAA", "host.example.org. 2 3600"],
  ["the serial in NXDOMAIN", {}, "none", "A", "host.example.org. 2 3600"],
  [
    "a wildcard's address",
    { put: [addresses("*.wild.example.org", [21])] },
    "x.wild",
    "A",
    "x.wild.example.org. 30 A 192.0.2.21",
  ],
  [
    "a name beside the wildcard",
    { put: [addresses("x.wild.example.org", [22])] },
    "x.wild",
    "A",
    "x.wild.example.org. 30 A 192.0.2.22",
  ],
  [
    "a delegation above",
    { put: [nameSet("sub.example.org", "NS", "ns.example.net.")] },
    "a.sub",
    "A",
    "authority: sub.example.org. 30 NS",
  ],
  [
    "a DNAME above",
    { put: [nameSet("sub.example.org", "DNAME", "wild.example.org.")] },
    "a.sub",
    "A",
    "a.wild.example.org. 30 A 192.0.2.20",
  ],
  [
    "a removal",
    { layer: "base", remove: [{ owner: textName("www.example.org"), type: rrType.A }] },
    "www",
    "A",
    "NXDOMAIN",
  ],
  ["an empty set", { put: [addresses("www.example.org", [])] }, "www", "A", "NOERROR aa\nauthority"],
];

function apply(
  answering: Answering,
  change: { readonly layer?: Layer; readonly put?: RRset[]; readonly remove?: SetKey[] },
): void {
  const applied = answering.zones.apply({ origin, serial: 2, layer: "pools", put: [], remove: [], ...change });
  expect(applied).toEqual({ ok: true, value: null });
}

describe("a change is seen by the next question", () => {
  test.each(changes)("%s", (_title, change, name, type, line) => {
    const answering = new Answering({ "example.org.": text });
    const question = `${name}.example.org`;
    for (let time = 0; time < 2; time++) expect(answerText(answering.ask(question, type))).not.toContain(line);
    apply(answering, change);
    for (let time = 0; time < 2; time++) expect(answerText(answering.ask(question, type))).toContain(line);
  });

  test("a zone that is replaced, removed, or laid into another", () => {
    const answering = new Answering({ "example.org.": text });
    const first = (): string => answerText(answering.ask("www.example.org", "A")).split("\n").at(-1) ?? "";
    expect(first()).toContain("192.0.2.10");
    answering.zones.set(zoneFrom("example.org.", text.replace("192.0.2.10", "192.0.2.12")));
    expect(first()).toContain("192.0.2.12");
    answering.zones.set(
      zoneFrom("www.example.org.", "$TTL 1\n@ SOA a b 1 1 1 1 1\n@ NS a.example.net.\n@ A 192.0.2.13\n"),
    );
    expect(first()).toContain("192.0.2.13");
    answering.zones.delete(textName("www.example.org.") as never);
    expect(first()).toContain("192.0.2.12");
    answering.zones.delete(textName("example.org.") as never);
    expect(first()).toBe("REFUSED");
  });
});

describe("turns", () => {
  test("answers go through the turns, alias or not", () => {
    const answering = new Answering({ "example.org.": text });
    const turns = { round: [0, 1, 2], count: 3, named: 2 };
    apply(answering, { put: [addresses("www.example.org", [1, 2, 3], { turns })] });
    const ask = (name: string): (number | undefined)[] =>
      answering
        .ask(name, "A")
        .answers.filter(({ type }) => type === rrType.A)
        .map(({ rdata }) => rdata[3]);
    expect([1, 2, 3, 4].map(() => ask("www.example.org"))).toEqual([
      [1, 2],
      [2, 3],
      [3, 1],
      [1, 2],
    ]);
    expect([1, 2].map(() => ask("alias.example.org"))).toEqual([
      [1, 2],
      [2, 3],
    ]);
  });

  test("an extended error is told to clients that use EDNS", () => {
    const answering = new Answering({ "example.org.": text });
    const extendedError = { code: 0, text: "all members are down" };
    apply(answering, { put: [addresses("www.example.org", [1], { extendedError })] });
    expect(answering.ask("www.example.org", "A").edns).toBeNull();
    const [option] = answering.ask("www.example.org", "A", { edns: plainEdns(1232) }).edns?.options ?? [];
    expect([option?.code, new TextDecoder().decode(option?.data.subarray(2))]).toEqual([15, "all members are down"]);
  });
});

describe("what is kept stays within bounds", () => {
  test("invented names and invented types keep nothing", () => {
    const answering = new Answering({ "example.org.": text });
    for (let at = 0; at < 3000; at++) {
      answering.ask(`n${at}.example.org`, "A");
      answering.ask(`n${at}.wild.example.org`, "A");
      answering.ask("www.example.org", `TYPE${1000 + at}`);
      answering.ask(`n${at}.example.net`, "A");
    }
    expect(answering.responder.keptQuestions).toBe(0);
  });
});
