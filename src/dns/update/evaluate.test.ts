import { describe, expect, test } from "vitest";
import { rcode } from "../message.ts";
import { ownerTypeKey, textName } from "../name.ts";
import { rrType } from "../rr-types.ts";
import { evaluateUpdate } from "./evaluate.ts";
import {
  evaluateText as evaluate,
  fixtureOrigin as origin,
  fixtureZone as zoneText,
  requestOf as request,
  TwoLayers,
} from "./fixtures.ts";

/** Applies updates one after another. */
function updated(...texts: readonly string[]): TwoLayers {
  const zone = new TwoLayers(origin, zoneText);
  for (const text of texts) {
    const outcome = evaluate(zone, text);
    if (outcome.kind === "refused") throw new Error(outcome.reason);
    zone.apply(outcome);
  }
  return zone;
}

/** The lines that came and went. */
function difference(before: string, after: string): string[] {
  const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");
  const gone = lines(before).filter((line) => !lines(after).includes(line));
  const come = lines(after).filter((line) => !lines(before).includes(line));
  return [...gone.map((line) => `- ${line}`), ...come.map((line) => `+ ${line}`)];
}

describe("prerequisites (RFC 2136, 3.2)", () => {
  test.each([
    ["prereq yxdomain www", "NOERROR"],
    ["prereq yxdomain WWW", "NOERROR"],
    ["prereq yxdomain nobody", "NXDOMAIN"],
    ["prereq yxdomain ent", "NXDOMAIN"],
    ["prereq nxdomain nobody", "NOERROR"],
    ["prereq nxdomain ent", "NOERROR"],
    ["prereq nxdomain www", "YXDOMAIN"],
    ["prereq yxrrset www A", "NOERROR"],
    ["prereq yxrrset www AAAA", "NXRRSET"],
    ["prereq nxrrset www AAAA", "NOERROR"],
    ["prereq nxrrset www A", "YXRRSET"],
    ["prereq yxrrset www A 192.0.2.11\nprereq yxrrset www A 192.0.2.10", "NOERROR"],
    ["prereq yxrrset www A 192.0.2.10", "NXRRSET"],
    ["prereq yxrrset www A 192.0.2.10\nprereq yxrrset www A 192.0.2.12", "NXRRSET"],
    ["prereq yxrrset nobody A 192.0.2.10", "NXRRSET"],
    ["prereq yxrrset host MX 10 mAIL", "NOERROR"],
    ["prereq nxdomain nobody\nprereq yxdomain nobody", "NXDOMAIN"],
  ] as const)("%s: %s", (text, code) => {
    const outcome = evaluate(new TwoLayers(origin, zoneText), `${text}\nupdate add new 60 A 192.0.2.99`);
    expect(outcome.kind === "refused" ? outcome.rcode : rcode.NOERROR).toBe(rcode[code]);
  });

  test("they see what earlier updates made, and names that they emptied are not in use", () => {
    const zone = updated("update delete host\nupdate add new 60 A 192.0.2.99");
    expect(evaluate(zone, "prereq yxdomain new").kind).toBe("changes");
    expect(evaluate(zone, "prereq yxdomain host")).toMatchObject({ rcode: rcode.NXDOMAIN });
    expect(evaluate(zone, "prereq yxrrset host MX")).toMatchObject({ rcode: rcode.NXRRSET });
  });
});

describe("changes (RFC 2136, 3.4.2)", () => {
  const www = "www.example.org. 300 A";
  test.each([
    ["a record joins its set", "update add www 300 A 192.0.2.12", [`+ ${www} 192.0.2.12`]],
    ["a new name", "update add New 60 A 192.0.2.12", ["+ New.example.org. 60 A 192.0.2.12"]],
    ["the same record again changes nothing", "update add www 300 A 192.0.2.10", []],
    [
      "the TTL of the last one added counts for the set",
      "update add www 60 A 192.0.2.10",
      [
        `- ${www} 192.0.2.10`,
        `- ${www} 192.0.2.11`,
        "+ www.example.org. 60 A 192.0.2.10",
        "+ www.example.org. 60 A 192.0.2.11",
      ],
    ],
    ["a record goes", "update delete www A 192.0.2.10", [`- ${www} 192.0.2.10`]],
    ["a record that is not there", "update delete www A 192.0.2.99", []],
    ["a set goes", "update delete www A", [`- ${www} 192.0.2.10`, `- ${www} 192.0.2.11`]],
    ["a set that is not there", "update delete www AAAA", []],
    [
      "a name goes",
      "update delete WWW",
      [`- ${www} 192.0.2.10`, `- ${www} 192.0.2.11`, '- www.example.org. 300 TXT "hello"'],
    ],
    ["a name that is not there", "update delete nobody", []],
    [
      "a set is replaced",
      "update delete www A\nupdate add www 300 A 192.0.2.12",
      [`- ${www} 192.0.2.10`, `- ${www} 192.0.2.11`, `+ ${www} 192.0.2.12`],
    ],
    ["added and deleted in one", "update add new 60 A 192.0.2.1\nupdate delete new A", []],
    ["deleted and added again in one", "update delete host\nupdate add host 300 MX 10 Mail", []],
    [
      "a mailbox is the same in any case",
      "update delete host MX 10 mail",
      ["- host.example.org. 300 MX 10 Mail.example.org."],
    ],
  ])("%s", (_title, text, expected) => {
    expect(difference(new TwoLayers(origin, zoneText).text(), updated(text).text())).toEqual(expected);
  });

  test.each([
    ["a CNAME beside other data is passed over", "update add www 60 CNAME host", []],
    ["other data beside a CNAME is passed over", "update add alias 60 A 192.0.2.1", []],
    [
      "a CNAME replaces a CNAME",
      "update add alias 300 CNAME host",
      ["- alias.example.org. 300 CNAME www.example.org.", "+ alias.example.org. 300 CNAME host.example.org."],
    ],
    [
      "a CNAME where the data goes first",
      "update delete alias\nupdate add alias 300 A 192.0.2.1",
      ["- alias.example.org. 300 CNAME www.example.org.", "+ alias.example.org. 300 A 192.0.2.1"],
    ],
    ["DNSSEC beside a CNAME", "update add alias 60 NSEC www A", ["+ alias.example.org. 60 NSEC www.example.org. A"]],
    [
      "a CNAME beside DNSSEC",
      "update add n 60 NSEC www A\nupdate add n 60 CNAME www\nupdate delete n NSEC",
      ["+ n.example.org. 60 CNAME www.example.org."],
    ],
    ["another CNAME is not the one to delete", "update delete alias CNAME host", []],
    [
      "a DNAME replaces a DNAME",
      "update add d 300 DNAME example.com.",
      ["- d.example.org. 300 DNAME example.net.", "+ d.example.org. 300 DNAME example.com."],
    ],
  ])("%s", (_title, text, expected) => {
    expect(difference(new TwoLayers(origin, zoneText).text(), updated(text).text())).toEqual(expected);
  });

  const soa = (serial: number): string => `example.org. 300 SOA ns1.example.org. hostmaster.example.org. ${serial}`;
  test.each([
    [
      "a higher serial counts",
      "update add @ 300 SOA ns1 hostmaster 101 3600 600 86400 60",
      [`- ${soa(100)} 3600 600 86400 60`, `+ ${soa(101)} 3600 600 86400 60`],
    ],
    ["the same serial does not", "update add @ 300 SOA ns1 hostmaster 100 1 600 86400 60", []],
    ["a lower one does not", "update add @ 300 SOA ns1 hostmaster 99 3600 600 86400 60", []],
    ["one that is lower around the end does not", "update add @ 300 SOA ns1 hostmaster 2147483749 1 1 1 1", []],
    ["a SOA elsewhere is passed over", "update add www 300 SOA ns1 hostmaster 101 3600 600 86400 60", []],
    ["the SOA stays", "update delete @ SOA", []],
    ["the very SOA stays", "update delete @ SOA ns1 hostmaster 100 3600 600 86400 60", []],
    ["the zone's NS stay as a set", "update delete @ NS", []],
    ["one of them may go", "update delete @ NS ns2", ["- example.org. 300 NS ns2.example.org."]],
    [
      "the last one stays",
      "update delete @ NS ns2\nupdate delete @ NS ns1",
      ["- example.org. 300 NS ns2.example.org."],
    ],
    ["all else at the top goes", "update add @ 60 TXT a\nupdate delete @", []],
    ["the last NS of a delegation may go", "update add s 60 NS ns1\nupdate delete s NS ns1", []],
  ])("at the top: %s", (_title, text, expected) => {
    expect(difference(new TwoLayers(origin, zoneText).text(), updated(text).text())).toEqual(expected);
  });
});

describe("entries of the layer", () => {
  function entries(...texts: readonly string[]): string[] {
    return Array.from(updated(...texts).updates, ([key, set]) => `${key}: ${set.rdata.length}`);
  }

  const keyOf = (name: string, type: number): string => ownerTypeKey({ owner: textName(name), type });

  test("a set of the base that is deleted is hidden", () => {
    expect(entries("update delete www A")).toEqual([`${keyOf("www.example.org", rrType.A)}: 0`]);
  });

  test("a set that is again as below leaves the layer, in whatever order", () => {
    const again = "update add www 300 A 192.0.2.11\nupdate add www 300 A 192.0.2.10";
    expect(entries("update delete www A", again)).toEqual([]);
  });

  test("a set of the layer alone that is deleted leaves it", () => {
    expect(entries("update add new 60 A 192.0.2.1", "update delete new A")).toEqual([]);
  });

  test("nothing to do is nothing", () => {
    const outcome = evaluate(new TwoLayers(origin, zoneText), "update add www 300 A 192.0.2.10");
    expect(outcome).toEqual({ kind: "changes", put: [], remove: [] });
  });

  test("a set that grows over what an answer can carry is refused", () => {
    const zone = updated();
    const text = (from: number): string =>
      Array.from({ length: 150 }, (_, at) => `update add big 60 TXT "${from + at}${"x".repeat(230)}"`).join("\n");
    for (const from of [1000, 2000]) {
      const outcome = evaluate(zone, text(from));
      if (outcome.kind === "refused") {
        expect(outcome).toMatchObject({
          rcode: rcode.REFUSED,
          reason: expect.stringMatching(/^big\.example\.org\. TXT/),
        });
        expect(from).toBe(2000);
        return;
      }
      zone.apply(outcome);
    }
    throw new Error("not refused");
  });
});

describe("permissions", () => {
  const onlyTxt = (_owner: unknown, type: number): boolean => type === rrType.TXT;
  test.each([
    ["update add www 60 TXT a", "changes"],
    ["update add www 60 A 192.0.2.1", "refused"],
    ["update delete www TXT", "changes"],
    ["update delete www A 192.0.2.99", "refused"],
    ["update delete www", "refused"],
    ["update delete nobody", "changes"],
    ["update add www 60 TXT a\nupdate delete host MX", "refused"],
  ] as const)("%s", (text, kind) => {
    const zone = new TwoLayers(origin, zoneText);
    const outcome = evaluateUpdate({ view: zone, request: request(text), permits: onlyTxt });
    expect(outcome.kind).toBe(kind);
    if (outcome.kind === "refused") expect(outcome.rcode).toBe(rcode.REFUSED);
  });

  test("prerequisites come first", () => {
    const outcome = evaluate(new TwoLayers(origin, zoneText), "prereq nxdomain www\nupdate delete www", () => false);
    expect(outcome).toMatchObject({ rcode: rcode.YXDOMAIN });
  });
});
