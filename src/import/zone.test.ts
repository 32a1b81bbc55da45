import fc from "fast-check";
import { expect, test } from "vitest";
import { checkImported, noteLines } from "../../test/fakes/imported.ts";
import { importZone } from "./zone.ts";

const head =
  "$TTL 3600\n@ SOA ns1 host 7 7200 900 1209600 300\n@ NS ns1\n@ NS ns2.example.net.\nns1 A 192.0.2.1\nns1 A 192.0.2.2\n";
const run = (text: string) => importZone({ origin: "example.org", file: "db.example", text: head + text });

test("names with several addresses become pools, the rest stays in a file", () => {
  const imported = run(
    "@ A 192.0.2.10\n@ A 192.0.2.11\nwww 30 A 192.0.2.10\nwww 30 A 192.0.2.11\nwww AAAA 2001:db8::1\nmail A 192.0.2.25\n@ MX 10 mail\n*.w A 192.0.2.3\n*.w A 192.0.2.4\n",
  );
  if (!imported.ok) throw new Error(imported.error);
  const { pools, zones } = checkImported(imported.value);
  expect(zones).toMatchObject([
    { origin: "example.org", ttlSeconds: 30, file: expect.stringContaining("example.org.zone") },
  ]);
  expect(pools.map(({ members, name }) => [name, ...members.map(({ address }) => address)])).toEqual([
    ["example.org", "192.0.2.10", "192.0.2.11"],
    ["www.example.org", "192.0.2.10", "192.0.2.11", "2001:db8::1"],
    ["*.w.example.org", "192.0.2.3", "192.0.2.4"],
  ]);
  const rest = imported.value.files[0]?.text ?? "";
  expect(rest).toContain("mail.example.org.\t3600\tIN\tA\t192.0.2.25");
  expect(rest).toContain("ns1.example.org.\t3600\tIN\tA\t192.0.2.2");
  expect(rest).not.toContain("192.0.2.10");
  const notes = noteLines(imported).join("\n");
  expect(notes).toContain("db.example:5 ns1.example.org. stays as it is: it is a nameserver");
  expect(notes).toContain("db.example:7 example.org A had a TTL of 3600");
  expect(notes).toContain("www.example.org is checked by a connection to TCP port 80, which is a guess");
});

test.each([
  [
    "sub NS ns.sub\nns.sub A 192.0.2.5\nx.sub A 192.0.2.6\nx.sub A 192.0.2.7\n",
    "x.sub.example.org. stays as it is: it lies in a zone that is delegated",
  ],
  ["z A 0.0.0.0\nz A 192.0.2.9\n", "z.example.org. stays as it is: 0.0.0.0 means any address"],
  ["a\\.b A 192.0.2.8\na\\.b A 192.0.2.9\n", "stays as it is"],
])("what must not come and go stays: %j", (text, wanted) => {
  const imported = run(`www A 192.0.2.10\nwww A 192.0.2.11\n${text}`);
  if (!imported.ok) throw new Error(imported.error);
  expect(checkImported(imported.value).pools).toHaveLength(1);
  expect(noteLines(imported).join("\n")).toContain(wanted);
});

test("a broken zone is refused with every line, one without pools with a sentence", () => {
  const broken = run("a A 192.0.2.300\nb TXT\n");
  expect(broken.ok ? "" : broken.error.split("\n").map((line) => line.split(":").slice(0, 2).join(":"))).toEqual([
    "db.example:7",
    "db.example:8",
  ]);
  expect(run("")).toMatchObject({
    ok: false,
    error: expect.stringMatching(/^db\.example holds nothing that would make a pool\n/),
  });
});

const label = fc.constantFrom("@", "www", "*", "a.b", "_s._tcp", "ns1", "x\\000y", "sub", "WWW");
const record = fc
  .tuple(
    label,
    fc.constantFrom(
      "A 192.0.2.1",
      "A 192.0.2.2",
      "A 224.0.0.1",
      "AAAA ::1",
      "AAAA ::ffff:1.2.3.4",
      "NS ns1",
      "CNAME ns1",
      'TXT "x"',
      "MX 1 ns1",
    ),
  )
  .map(([owner, data]) => `${owner} ${data}`);

test("any zone that is good gives a configuration and a zone file that are", () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 15 }), (records) => {
      const imported = run(`ok A 192.0.2.1\nok A 192.0.2.2\n${records.join("\n")}\n`);
      if (imported.ok) checkImported(imported.value);
      else expect(imported.error).not.toBe("");
    }),
    { numRuns: 300 },
  );
});
