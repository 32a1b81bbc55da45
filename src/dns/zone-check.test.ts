import { expect, test } from "vitest";
import { textName } from "./name.ts";
import type { Name } from "./types.ts";
import { checkZone, ZoneCheck } from "./zone-check.ts";
import { faultText } from "./zone-file/fault.ts";
import { parseZone } from "./zone-file/parse.ts";
import { rrType } from "./rr-types.ts";
import { loadZone, ZoneLoader } from "./zone-load.ts";

const origin = textName("example.org.");
const top = "$TTL 5\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n";

function check(text: string): string[] {
  return checkZone(parseZone({ origin, text, file: "z" })).map(faultText);
}

test.each([
  ["a CNAME b\na A 192.0.2.1", ["z:6: a.example.org. has CNAME and A, expected CNAME alone (RFC 1034, 3.6.2)"]],
  ["a A 192.0.2.1\na CNAME b", ["z:6: a.example.org. has CNAME and A, expected CNAME alone (RFC 1034, 3.6.2)"]],
  ["a CNAME b\na CNAME c", ["z:5: found 2 CNAME records at a.example.org., expected at most one"]],
  ["*.w NS ns", ["z:5: found NS at the wildcard *.w.example.org. (RFC 4592, 4.2)"]],
  ["a_b A 192.0.2.1", ["z:5: warning: a_b.example.org. has A but is no host name (check-names)"]],
  ["* A 192.0.2.1\n*.b TXT x\n_x SRV 0 0 0 .", []],
  ["a.*.b TXT x", ["z:5: warning: a.*.b.example.org. has an asterisk inside, which matches nothing else"]],
  ["m MX 1 c\nc CNAME ns", ["z:5: warning: m.example.org. MX c.example.org.: the target is a CNAME (RFC 2181, 10.3)"]],
  ["m MX 1 n", ["z:5: warning: m.example.org. MX n.example.org.: the target has no address, expected A or AAAA"]],
  ["m MX 1 n.example.net.", []],
  ["m MX 1 n\n* A 192.0.2.1", []],
  [
    "m MX 1 n.w\n* A 192.0.2.1\nx.w TXT x",
    ["z:5: warning: m.example.org. MX n.w.example.org.: the target has no address, expected A or AAAA"],
  ],
  ["s NS ns.s\nns.s A 192.0.2.1", []],
  [
    "s NS ns.s",
    ["z:5: warning: s.example.org. NS ns.s.example.org.: the target has no required glue, expected A or AAAA"],
  ],
  [
    "s NS ns.t\nt NS ns\n",
    ["z:5: warning: s.example.org. NS ns.t.example.org.: the target has no sibling glue, expected A or AAAA"],
  ],
  ["s NS ns\nm.s MX 1 nowhere", []],
  [
    "d DNAME e\nx.d TXT x",
    ["z:6: warning: x.d.example.org. lies below the DNAME at d.example.org. and is never answered (RFC 6672, 2.4)"],
  ],
  ["@ DNAME example.net.", ["z:3: example.org. NS ns.example.org.: the target lies below a DNAME"]],
])("%j", (lines, expected) => {
  const found = check(`${top}${lines}`);
  expect(found).toEqual(expect.arrayContaining(expected));
  if (expected.length === 0) expect(found).toEqual([]);
});

test("an empty zone lacks SOA and NS", () => {
  expect(check("")).toEqual([
    "z: the zone has no SOA record, expected one at example.org.",
    "z: the zone has no NS records, expected at least one at example.org.",
  ]);
});

test("the zone's own nameservers must have addresses, all faults at once", () => {
  const text = "$TTL 5\n@ SOA ns h 1 2 3 4 5\n@ NS a\n@ NS b\n@ NS c\n@ NS d\na A 192.0.2.1\nb CNAME a\nc TXT x\n";
  expect(check(text)).toEqual([
    "z:3: example.org. NS b.example.org.: the target is a CNAME (RFC 2181, 10.3)",
    "z:3: example.org. NS c.example.org.: the target has no address, expected A or AAAA",
    "z:3: example.org. NS d.example.org.: the target has no address, expected A or AAAA",
  ]);
});

test("checking in slices gives the same faults", () => {
  const zone = parseZone({ origin, text: `${top}a_b A 192.0.2.1\nc MX 1 d\n`, file: "z" });
  const check = new ZoneCheck(zone);
  while (!check.step(1));
  expect(check.result()).toEqual(checkZone(zone));
});

test("a loaded zone has its sets and warnings; a refused one has every fault", () => {
  const loaded = loadZone({ origin, text: `${top}a_b A 192.0.2.1\n`, file: "z" });
  expect(loaded.ok && loaded.value.zone.recordCount).toBe(4);
  expect(loaded.ok && loaded.value.warnings.map((fault) => fault.line)).toEqual([5]);
  const loader = new ZoneLoader({ origin, text: `${top}a_b A 192.0.2.1\nb CNAME c\nb A 192.0.2.1\n`, file: "z" });
  while (!loader.step(1));
  const refused = loader.result();
  expect(!refused.ok && refused.error.map((fault) => fault.severity)).toEqual(["warning", "error"]);
});

test("what a pool is laid over: its own kinds and a CNAME are hidden, a delegation or a DNAME above hides the pool", () => {
  const text = `${top}www CNAME web\nweb A 192.0.2.1\nweb TXT stays\nmail MX 10 web\nsub NS ns.example.net.\nold DNAME example.net.\n`;
  const types = [rrType.A, rrType.AAAA];
  const addresses = ["www", "web", "mail", "db.sub", "a.old", "new"].map((name) => ({
    owner: textName(`${name}.example.org`),
    types,
  }));
  const pools = [...addresses, { owner: textName("mail.example.org"), types: [rrType.MX] }];
  const loaded = loadZone({ origin, text, file: "z" }, pools);
  const again = "which is answered again only when the pool is gone";
  const first = top.split("\n").length;
  expect(!loaded.ok && loaded.error.map(({ line, severity }) => `${line} ${severity}`)).toEqual([
    `${first} warning`,
    `${first + 1} warning`,
    `${first + 4} error`,
    `${first + 5} error`,
    `${first + 3} warning`,
  ]);
  expect(!loaded.ok && loaded.error.map((fault) => fault.sentence)).toEqual([
    `the pool www.example.org. is laid over this CNAME, ${again}`,
    `the pool web.example.org. is laid over this A, ${again}`,
    "sub.example.org. is delegated away here, so the pool db.sub.example.org. would never be answered",
    "old.example.org. is redirected by a DNAME here, so the pool a.old.example.org. would never be answered",
    `the pool mail.example.org. is laid over this MX, ${again}`,
  ]);
});

test("a name that a pool gives its address needs none in the file, be it a nameserver's or another host's", () => {
  const text = "$TTL 5\n@ SOA ns h 1 2 3 4 5\n@ NS ns\n@ MX 1 mail\nsub NS ns\n";
  const source = { origin, text, file: "z" };
  const [ns, mail] = ["ns.example.org.", "mail.example.org."].map(textName) as [Name, Name];
  const sentences = (loaded: ReturnType<typeof loadZone>): string[] =>
    (loaded.ok ? loaded.value.warnings : loaded.error).map(({ sentence }) => sentence);
  const pools = [ns, mail].map((owner) => ({ owner, types: [rrType.A, rrType.AAAA] }));
  expect(sentences(loadZone(source, pools))).toEqual([]);
  expect(sentences(loadZone(source, [], [ns, mail]))).toEqual([]);
  expect(loadZone(source, [{ owner: ns, types: [rrType.TXT] }]).ok).toBe(false);
  expect(loadZone(source, [], [mail]).ok).toBe(false);
});
