/** Zone text, question, and the whole answer, for every way in which RFC 1034, 4.3.2 and its heirs can end. */
import { describe, expect, test } from "vitest";
import { answerText } from "../../../test/fakes/answer-text.ts";
import { Answering } from "../../../test/fakes/answering.ts";
import { answerZone } from "../../../test/interop/answer-zone.ts";

const soa = "example.org. 60 SOA ns1.example.org. hostmaster.example.org. 7 3600 600 86400 60";
const answering = new Answering({
  "example.org.": answerZone,
  "child.example.org.": "$TTL 30\n@ SOA ns1 host 3 1 1 1 900\n@ NS ns1\nns1 A 192.0.2.91\nwww A 192.0.2.90\n",
  "example.com.": "$TTL 30\n@ SOA ns1 host 3 1 1 1 900\n@ NS ns1\nns1 A 192.0.2.92\nto-org CNAME alias.example.org.\n",
});

const cases: Readonly<Record<string, readonly string[]>> = {
  "www.example.org A": [
    "NOERROR aa",
    "answer: www.example.org. 300 A 192.0.2.10",
    "answer: www.example.org. 300 A 192.0.2.11",
  ],
  "www.example.org TXT": ["NOERROR aa", `authority: ${soa}`],
  "nothing.example.org A": ["NXDOMAIN aa", `authority: ${soa}`],
  "below.www.example.org A": ["NXDOMAIN aa", `authority: ${soa}`],
  "b.c.ent.example.org A": ["NOERROR aa", `authority: ${soa}`],
  "x.wild.example.org A": ["NOERROR aa", "answer: x.wild.example.org. 300 A 192.0.2.20"],
  "y.deep.wild.example.org A": ["NXDOMAIN aa", `authority: ${soa}`],
  "x.wild.example.org TXT": ["NOERROR aa", `authority: ${soa}`],
  "alias2.example.org AAAA": [
    "NOERROR aa",
    "answer: alias.example.org. 300 CNAME www.example.org.",
    "answer: alias2.example.org. 300 CNAME alias.example.org.",
    "answer: www.example.org. 300 AAAA 2001:db8::10",
  ],
  "dangling.example.org A": [
    "NXDOMAIN aa",
    "answer: dangling.example.org. 300 CNAME nowhere.example.org.",
    `authority: ${soa}`,
  ],
  "outside.example.org A": ["NOERROR aa", "answer: outside.example.org. 300 CNAME www.example.net."],
  "to-org.example.com AAAA": [
    "NOERROR aa",
    "answer: alias.example.org. 300 CNAME www.example.org.",
    "answer: to-org.example.com. 30 CNAME alias.example.org.",
    "answer: www.example.org. 300 AAAA 2001:db8::10",
  ],
  "loop1.example.org A": [
    "NOERROR aa",
    "answer: loop1.example.org. 300 CNAME loop2.example.org.",
    "answer: loop2.example.org. 300 CNAME loop1.example.org.",
  ],
  "host.sub.example.org A": [
    "NOERROR",
    "authority: sub.example.org. 300 NS ns.example.net.",
    "authority: sub.example.org. 300 NS ns.sub.example.org.",
    "additional: ns.sub.example.org. 300 A 192.0.2.30",
  ],
  "sub.example.org DS": ["NOERROR aa", `answer: sub.example.org. 300 DS 12345 13 2 ${"0".repeat(64)}`],
  "child.example.org DS": [
    "NOERROR aa",
    "authority: child.example.org. 30 SOA ns1.child.example.org. host.child.example.org. 3 1 1 1 900",
  ],
  "www.child.example.org A": ["NOERROR aa", "answer: www.child.example.org. 30 A 192.0.2.90"],
  "none.child.example.org A": [
    "NXDOMAIN aa",
    "authority: child.example.org. 30 SOA ns1.child.example.org. host.child.example.org. 3 1 1 1 900",
  ],
  "www.old.example.org A": [
    "NOERROR aa",
    "answer: old.example.org. 300 DNAME new.example.org.",
    "answer: www.new.example.org. 300 A 192.0.2.40",
    "answer: www.old.example.org. 300 CNAME www.new.example.org.",
  ],
  [`${"d".repeat(60)}.e.long.example.org A`]: [
    "YXDOMAIN aa",
    `answer: long.example.org. 300 DNAME ${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.`,
  ],
  "example.org MX": [
    "NOERROR aa",
    "answer: example.org. 300 MX 10 mail.example.org.",
    "additional: mail.example.org. 300 A 192.0.2.25",
  ],
  "example.org ANY": ["NOERROR aa", 'answer: example.org. 3600 HINFO "RFC8482" ""'],
  "alias.example.org ANY": ["NOERROR aa", "answer: alias.example.org. 300 CNAME www.example.org."],
  "ent.example.org ANY": ["NOERROR aa", `authority: ${soa}`],
  "nothing.example.org ANY": ["NXDOMAIN aa", `authority: ${soa}`],
  "www.example.net A": ["REFUSED"],
  ". NS": ["REFUSED"],
  "example.org MAILB": ["NOTIMP"],
  "example.org TYPE128": ["NOTIMP"],
};

describe("muster answers", () => {
  // Asked twice: the second answer comes from what was kept of the first.
  test.each(Object.entries(cases))("%s", (question, expected) => {
    const [name = "", type = ""] = question.split(" ");
    for (let time = 1; time <= 2; time++) expect(answerText(answering.ask(name, type)).split("\n")).toEqual(expected);
  });

  test("an alias chain that is too long ends where the limit is", () => {
    const links = Array.from({ length: 30 }, (_, at) => `n${at} CNAME n${at + 1}`).join("\n");
    const long = new Answering({
      "example.org.": `$TTL 30\n@ SOA ns1 host 3 1 1 1 900\n@ NS ns1\n${links}\nn30 A 192.0.2.1\n`,
    });
    const answer = long.ask("n0.example.org", "A");
    expect([answer.rcode, answer.answers.length]).toEqual([0, 17]);
  });
});

describe("an answer that is kept for other names names nobody who was asked for before", () => {
  const zone = new Answering({
    "example.org.":
      "$TTL 30\n@ SOA ns1 host 3 1 1 1 900\n@ NS ns1\nns1 A 192.0.2.1\nwww A 192.0.2.2\n" +
      "sub NS ns.sub\nns.sub A 192.0.2.3\n*.wild MX 10 mx.wild\n*.wild SVCB 1 mx.wild\n",
  });
  const negative = "authority: example.org. 30 SOA ns1.example.org. host.example.org. 3 1 1 1 900";

  // Each time the first question's name stands in the records, and the second one's is as long.
  const pairs: readonly (readonly [string, string, string])[] = [
    ["ns1.example.org SRV", "www.example.org SRV", `NOERROR aa\n${negative}`],
    ["host.example.org A", "none.example.org A", `NXDOMAIN aa\n${negative}`],
    [
      "ns.sub.example.org A",
      "ab.sub.example.org A",
      "NOERROR\nauthority: sub.example.org. 30 NS ns.sub.example.org.\nadditional: ns.sub.example.org. 30 A 192.0.2.3",
    ],
    [
      "mx.wild.example.org MX",
      "ab.wild.example.org MX",
      "NOERROR aa\nanswer: ab.wild.example.org. 30 MX 10 mx.wild.example.org.",
    ],
  ];
  test.each(pairs)("%s, then %s", (first, second, expected) => {
    const texts = [first, second, first].map((question) => {
      const [name = "", type = ""] = question.split(" ");
      return answerText(zone.ask(name, type));
    });
    expect(texts[1]).toBe(expected);
    expect(texts[2]).toBe(texts[0]);
    expect(texts[0]).toBe(expected.replaceAll("ab.wild", "mx.wild"));
  });
});
