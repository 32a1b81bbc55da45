/** The edges of the protocol: what is not a plain question, EDNS and its options, and answers that do not fit. */
import { describe, expect, test } from "vitest";
import { answerText } from "../../../test/fakes/answer-text.ts";
import { Answering } from "../../../test/fakes/answering.ts";
import { answerZone } from "../../../test/interop/answer-zone.ts";
import { flagBit, makeQuery, plainEdns } from "../message.ts";
import { encodeMessage } from "../message-write.ts";
import { textName } from "../name.ts";
import { hexOctets, hexText } from "../octets.ts";
import { rrClass, rrType } from "../rr-types.ts";
import { handedOver } from "./responder.ts";

const answering = new Answering({ "example.org.": answerZone });

const header = (flags: string, counts: string): string => `002a${flags}${counts}`;
const question = "03777777076578616d706c65036f72670000010001";
const one = "0001000000000000";
const withOpt = "0001000000000001";
const other = "0161000001000100000001000401020304";
const opt = (rest: string): string => `000029${rest}`;

/** Title, query in hex, and the head of the answer (12 octets) in hex, or "" for silence. */
const packets: readonly (readonly [string, string, string])[] = [
  ["nothing", "", ""],
  ["eleven octets", "002a010000010000000000", ""],
  ["an answer", `${header("8100", one)}${question}`, ""],
  ["a header alone", header("0100", "0000000000000000"), "002A81010000000000000000"],
  [
    "no question, but a cookie",
    `${header("0000", "0000000000000001")}${opt("04d000000000000c000a00080102030405060708")}`,
    "002A80000000000000000001",
  ],
  [
    "no question, and an OPT",
    `${header("0000", "0000000000000001")}${opt("04d0000000000000")}`,
    "002A80010000000000000001",
  ],
  [
    "no question, and a cookie of 7 octets",
    `${header("0000", "0000000000000001")}${opt("04d000000000000b000a000701020304050607")}`,
    "002A80010000000000000001",
  ],
  [
    "no question, and a cookie in EDNS version 1",
    `${header("0000", "0000000000000001")}${opt("04d000010000000c000a00080102030405060708")}`,
    "002A80010000000000000001",
  ],
  ["two questions", `${header("0000", "0002000000000000")}${question}${question}`, "002A80010000000000000000"],
  ["a question that is cut off", `${header("0000", one)}0377777707657861`, "002A80010000000000000000"],
  ["a question that is a pointer", `${header("0000", one)}c00c00010001`, "002A80010000000000000000"],
  ["a label of 64 octets", `${header("0000", one)}40${"61".repeat(64)}0000010001`, "002A80010000000000000000"],
  [
    "a name of 256 octets",
    `${header("0000", one)}${`3f${"61".repeat(63)}`.repeat(4)}0000010001`,
    "002A80010000000000000000",
  ],
  ["octets behind the end", `${header("0000", one)}${question}00`, "002A80010001000000000000"],
  ["an answer count", `${header("0000", "0001000100000000")}${question}`, "002A80010001000000000000"],
  ["opcode IQUERY", `${header("0800", one)}${question}`, "002A88040001000000000000"],
  ["opcode STATUS", `${header("1000", one)}${question}`, "002A90040001000000000000"],
  ["RD is copied, RA is not set", `${header("0100", one)}${question}`, "002A85000001000200000000"],
  ["AD and Z are cleared, CD is copied", `${header("0070", one)}${question}`, "002A84100001000200000000"],
  ["an OPT", `${header("0000", withOpt)}${question}${opt("04d0000000000000")}`, "002A84000001000200000001"],
  [
    "two OPTs",
    `${header("0000", "0001000000000002")}${question}${opt("04d0000000000000").repeat(2)}`,
    "002A80010001000000000001",
  ],
  // BIND, Knot and NSD say so, too.
  [
    "an OPT in the authority section",
    `${header("0000", "0001000000010000")}${question}${opt("04d0000000000000")}`,
    "002A80010001000000000000",
  ],
  [
    "an OPT in the authority section, and a record behind it",
    `${header("0000", "0001000000010001")}${question}${opt("04d0000000000000")}${other}`,
    "002A80010001000000000000",
  ],
  [
    "an OPT behind a record of the authority section",
    `${header("0000", "0001000000010001")}${question}${other}${opt("04d0000000000000")}`,
    "002A84000001000200000001",
  ],
  [
    "an OPT before another additional record",
    `${header("0000", "0001000000000002")}${question}${opt("04d0000000000000")}${other}`,
    "002A84000001000200000001",
  ],
  ["an OPT that is cut off", `${header("0000", withOpt)}${question}${opt("04d000000000")}`, "002A80010001000000000000"],
  [
    "an OPT with an owner",
    `${header("0000", withOpt)}${question}0161${opt("04d0000000000000")}`,
    "002A80010001000000000000",
  ],
  [
    "an option that is longer than its OPT",
    `${header("0000", withOpt)}${question}${opt("04d00000000000040003000a")}`,
    "002A80010001000000000001",
  ],
  [
    "an unknown option",
    `${header("0000", withOpt)}${question}${opt("04d0000000000006fde90002abcd")}`,
    "002A84000001000200000001",
  ],
  [
    "a cookie of 7 octets",
    `${header("0000", withOpt)}${question}${opt("04d000000000000b000a000701020304050607")}`,
    "002A80010001000000000001",
  ],
  ["EDNS version 1", `${header("0000", withOpt)}${question}${opt("04d0000100000000")}`, "002A80000001000000000001"],
];

/** Titles and queries of what somebody else answers. */
const handed: readonly (readonly [string, string])[] = [
  ["NOTIFY", `${header("2000", one)}${question}`],
  ["UPDATE", header("2800", "0000000000000000")],
  ["AXFR", `${header("0000", one)}${question.replace(/00010001$/, "00fc0001")}`],
  ["IXFR", `${header("0000", one)}${question.replace(/00010001$/, "00fb0001")}`],
  ["a signed query", `${header("0000", withOpt)}${question}0000fa00ff000000000000`],
];

describe("packets", () => {
  test.each(packets)("%s", (_title, query, head) => {
    const answer = answering.exchange(hexOctets(query) ?? new Uint8Array(0));
    expect(hexText(answer.subarray(0, 12))).toBe(head);
  });

  test.each(handed)("%s is handed over", (_title, query) => {
    for (let time = 1; time <= 2; time++) {
      expect(answering.respond(hexOctets(query) ?? new Uint8Array(0))).toBe(handedOver);
    }
  });

  test("the question comes back in its own case, and records point at it", () => {
    const asked = encodeMessage({ ...makeQuery(1, textName("wWw.ExAmPlE.oRg"), rrType.AAAA), flags: 0 });
    const answer = answering.exchange(asked);
    expect(answer.subarray(12, asked.length)).toEqual(asked.subarray(12));
    expect(hexText(answer.subarray(asked.length, asked.length + 2))).toBe("C00C");
  });

  test("no octet of any question is needed twice: answers are the same the second time", () => {
    const asked = encodeMessage(makeQuery(1, textName("alias2.example.org"), rrType.A));
    expect(answering.exchange(asked)).toEqual(answering.exchange(asked));
  });
});

describe("EDNS", () => {
  const ask = (name: string, type: string, edns = plainEdns(1232)) => answering.ask(name, type, { edns });
  const remark = (name: string, type: string) => ask(name, type).edns?.options.find(({ code }) => code === 15)?.data[1];

  test("NSID is given to those who ask", () => {
    const nsid = { code: 3, data: new Uint8Array(0) };
    expect(ask("www.example.org", "A", plainEdns(1232, [nsid])).edns?.options).toEqual([
      { code: 3, data: new TextEncoder().encode("ns1") },
    ]);
    expect(ask("www.example.org", "A").edns?.options).toEqual([]);
  });

  test("a cookie comes back with a server's, and a good one comes back as it is", () => {
    const first = ask("www.example.org", "A", plainEdns(1232, [{ code: 10, data: new Uint8Array(8) }]));
    const [cookie] = first.edns?.options ?? [];
    expect([cookie?.code, cookie?.data.length]).toEqual([10, 24]);
    const second = ask(
      "www.example.org",
      "A",
      plainEdns(1232, [{ code: 10, data: cookie?.data ?? new Uint8Array(0) }]),
    );
    expect(second.edns?.options).toEqual([cookie]);
  });

  test("a query without a question gets a cookie that is good for the next one (RFC 7873, 5.4)", () => {
    const alone = { ...makeQuery(1, textName("."), 1), questions: [] };
    const first = answering.answer({
      ...alone,
      edns: plainEdns(1232, [{ code: 10, data: new Uint8Array(8) }]),
    });
    const [cookie] = first.edns?.options ?? [];
    expect([first.rcode, first.questions, cookie?.data.length]).toEqual([0, [], 24]);
    const data = cookie?.data ?? new Uint8Array(0);
    expect(ask("www.example.org", "A", plainEdns(1232, [{ code: 10, data }])).edns?.options).toEqual([cookie]);
  });

  test("DO is copied, and 1232 octets are announced", () => {
    const { edns } = answering.ask("www.example.org", "A", { edns: { ...plainEdns(4096), dnssecOk: true } });
    expect([edns?.dnssecOk, edns?.udpOctets, edns?.version]).toEqual([true, 1232, 0]);
  });

  test("BADVERS says which version is known", () => {
    const answer = answering.ask("www.example.org", "A", { edns: { ...plainEdns(1232), version: 3 } });
    expect([answer.rcode, answer.edns?.version, answer.answers.length]).toEqual([16, 0, 0]);
  });

  test.each([
    ["www.example.net", "A", 20],
    ["example.org", "MAILB", 21],
    ["www.example.org", "A", undefined],
  ])("%s %s has extended error %s", (name, type, code) => {
    expect(remark(name, type)).toBe(code);
  });
});

describe("class CH", () => {
  const ask = (name: string, type: number = rrType.TXT) =>
    answerText(
      answering.answer({
        ...makeQuery(1, textName(name), type),
        questions: [{ name: textName(name), type, class: rrClass.CH }],
      }),
    );

  test("id.server is the NSID", () => {
    expect(ask("ID.server")).toBe('NOERROR aa\nanswer: id.server. 0 CH TXT "ns1"');
    expect(ask("hostname.bind")).toContain('"ns1"');
  });

  test.each([["version.bind"], ["authors.bind"], ["example.org"]])("%s is refused", (name) => {
    expect(ask(name)).toBe("REFUSED");
  });
});

describe("answers that do not fit", () => {
  const sizes: readonly (readonly [string, string, number | null, string])[] = [
    ["big.example.org", "TXT", null, "NOERROR aa tc"],
    ["big.example.org", "TXT", 1232, "NOERROR aa"],
    ["big.example.org", "TXT", 700, "NOERROR aa tc"],
    ["huge.example.org", "TXT", 65535, "NOERROR aa tc"],
  ];
  test.each(sizes)("%s %s with %s octets: %s", (name, type, octets, head) => {
    const answer = answering.ask(name, type, { edns: octets === null ? null : plainEdns(octets) });
    expect(answerText(answer).split("\n")[0]).toBe(head);
    expect(answer.answers.length).toBe(head.endsWith("tc") ? 0 : 1);
  });

  test("over TCP everything fits", () => {
    const answer = answering.answer(makeQuery(1, textName("huge.example.org"), rrType.TXT), "tcp");
    expect([answer.flags & flagBit.tc, answer.answers.length]).toEqual([0, 1]);
  });

  const hosts = Array.from({ length: 40 }, (_, at) => `@ MX ${at} host${at}\nhost${at} A 192.0.2.${at}\n`).join("");
  const glue = Array.from({ length: 20 }, (_, at) => `sub NS a${at}.sub\na${at}.sub A 192.0.2.${at}\n`).join("");
  const many = new Answering({ "example.org.": `$TTL 30\n@ SOA ns1 host 3 1 1 1 900\n@ NS ns1\n${hosts}${glue}` });

  test("addresses beside MX may be missing without TC (RFC 2181, 9)", () => {
    const answer = many.ask("example.org", "MX", { edns: plainEdns(1232) });
    expect([answer.flags & flagBit.tc, answer.answers.length]).toEqual([0, 40]);
    expect(answer.additionals.length).toBeGreaterThan(0);
    expect(answer.additionals.length).toBeLessThan(40);
  });

  test("glue that is missing sets TC (RFC 9471)", () => {
    const answer = many.ask("www.sub.example.org", "A");
    expect(answer.flags & flagBit.tc).toBe(flagBit.tc);
    expect(answer.authorities.length).toBeGreaterThan(0);
  });

  test("a set that fits into no message is cut even over TCP", () => {
    const texts = Array.from({ length: 300 }, (_, at) => `x TXT "${String(at).padEnd(250, "x")}"\n`).join("");
    const large = new Answering({ "example.org.": `$TTL 30\n@ SOA ns1 host 3 1 1 1 900\n@ NS ns1\n${texts}` });
    const answer = large.answer(makeQuery(1, textName("x.example.org"), rrType.TXT), "tcp");
    expect([answer.flags & flagBit.tc, answer.answers.length]).toEqual([flagBit.tc, 0]);
  });
});
