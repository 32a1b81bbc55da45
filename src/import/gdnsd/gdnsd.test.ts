import fc from "fast-check";
import { expect, test } from "vitest";
import { checkImported, noteLines } from "../../../test/fakes/imported.ts";
import { fail, ok } from "../../base/result.ts";
import { importGdnsd } from "./gdnsd.ts";
import { parseVscf } from "./vscf.ts";

const head = "$TTL 86400\n@ SOA ns1 host ( 7 7200 30M 3D 900 )\n@ NS ns1\nns1 A 192.0.2.1\n";

function run(config: string, zone: string, included: Readonly<Record<string, string>> = {}) {
  return importGdnsd({
    config: { name: "config", text: config },
    zones: [{ name: "example.org", text: head + zone }],
    readIncluded: (path) => (Object.hasOwn(included, path) ? ok(included[path] ?? "") : fail("there is no such file")),
  });
}

const config = `
options => { listen => [ 127.0.0.1 ] ; zonefile-style comment
}
# shell-style comment
service_types = {
  web => { plugin => http_status, vhost => www.example.com, url_path => "/check me", ok_codes => [ 200, 301 ], interval => 5, timeout => 3, up_thresh => 20 }
  tcp9 => { plugin => tcp_connect, port => 9000 },
  own => { plugin => extmon, cmd => ["/bin/x", "%%IPADDR%%"] }
}
plugins => {
  simplefo => { service_types => [ web ],
    pub => { primary => 192.0.2.1 secondary => 192.0.2.100 }
    mixed => { addrs_v4 => { primary => 192.0.2.1, secondary => 192.0.2.2 }, addrs_v6 => { primary => 2001:DB8::1, secondary => 2001:DB8::2 } } }
  multifo => { v4 => { service_types => tcp9, up_thresh => 0.3, lb01 => 192.0.2.10, lb02 => 192.0.2.11 }, plain => [ 192.0.2.20, 192.0.2.21 ] }
  weighted => { service_types => own
    w => { lb01 = [ 192.0.2.30, 99 ], lb02 = [ 192.0.2.31, 15 ] }
    g => { multi => true, dc1 => { a = [ 192.0.2.32, 2 ], b = [ 192.0.2.33, 1 ] } }
    cn => { one = [ lb01.example.net., 9 ] } }
  metafo => { resources => {
    m => { service_types => tcp9, datacenters => [ dc2, dc1 ], dcmap => { dc1 => 192.0.2.40, dc2 => %multifo!v4, dc3 => [ 192.0.2.41, 192.0.2.42 ] } }
    loop => { datacenters => [ a ], dcmap => { a => %metafo!loop } } } }
  geoip => { maps => { x => { datacenters => [ eu, us ] } }, resources => { geo => { map => x, service_types => tcp9, dcmap => { eu => { lb => 192.0.2.50 }, us => 192.0.2.51 } } } }
  reflect => {}
}`;

const zone = `www 180/30 DYNA simplefo!pub
mixed 60 DYNA simplefo!mixed
multi 60 DYNA multifo!v4
plain 60 DYNA multifo!plain
w 60 DYNC weighted!w
g 60 DYNA weighted!g
meta 60 DYNA metafo!m
dc1 60 DYNA metafo!m/dc1
geo 60 DYNA geoip!geo
static A 192.0.2.99
$ORIGIN sub.example.org.
deep 60 DYNA multifo!plain
     TXT "of deep"
`;

test("resources become pools, service types checks, and static records stay", () => {
  const imported = run(config, zone);
  if (!imported.ok) throw new Error(imported.error);
  const { pools, zones } = checkImported(imported.value);
  expect(zones).toMatchObject([{ origin: "example.org", ttlSeconds: 60 }]);
  const seen = pools.map(({ answersMax, members, name, policy }) => [
    name.replace(".example.org", ""),
    policy,
    answersMax,
    members.map(({ address, check, priority, weight }) =>
      [address, priority, weight, check.probe.kind, "port" in check.probe ? check.probe.port : 0].join(" "),
    ),
  ]);
  expect(seen).toEqual([
    ["www", "priority", null, ["192.0.2.1 1 1 http 80", "192.0.2.100 2 1 http 80"]],
    [
      "mixed",
      "priority",
      null,
      ["192.0.2.1 1 1 http 80", "192.0.2.2 2 1 http 80", "2001:db8::1 1 1 http 80", "2001:db8::2 2 1 http 80"],
    ],
    ["multi", "round-robin", null, ["192.0.2.10 1 1 tcp 9000", "192.0.2.11 1 1 tcp 9000"]],
    ["plain", "round-robin", null, ["192.0.2.20 1 1 tcp 80", "192.0.2.21 1 1 tcp 80"]],
    ["w", "weighted", 1, ["192.0.2.30 1 99 tcp 80", "192.0.2.31 1 15 tcp 80"]],
    ["g", "weighted", null, ["192.0.2.32 1 2 tcp 80", "192.0.2.33 1 1 tcp 80"]],
    [
      "meta",
      "priority",
      null,
      [
        "192.0.2.10 1 1 tcp 9000",
        "192.0.2.11 1 1 tcp 9000",
        "192.0.2.40 2 1 tcp 9000",
        "192.0.2.41 3 1 tcp 9000",
        "192.0.2.42 3 1 tcp 9000",
      ],
    ],
    ["dc1", "priority", null, ["192.0.2.40 1 1 tcp 9000"]],
    ["geo", "round-robin", null, ["192.0.2.50 1 1 tcp 9000", "192.0.2.51 1 1 tcp 9000"]],
    ["deep.sub", "round-robin", null, ["192.0.2.20 1 1 tcp 80", "192.0.2.21 1 1 tcp 80"]],
  ]);
  const file = imported.value.files[0]?.text ?? "";
  expect(file).toContain("static.example.org.\t86400\tIN\tA\t192.0.2.99");
  expect(file).toContain('deep.sub.example.org.\t86400\tIN\tTXT\t"of deep"');
  expect(file).not.toContain("65280");
});

test.each([
  ["", 'config:2 the option "listen" is not carried over'],
  ["", "config:6 up_thresh counts otherwise"],
  ["", 'config:6 "/check me" is no path'],
  ["", 'config:8 "own" is judged by "extmon"'],
  ["", "config:14 up_thresh has no match"],
  ["", "config:13 IPv4 and IPv6 fail over together"],
  ["", "clients are not told apart by where they are"],
  ["c 60 DYNC weighted!cn\n", "is a name: muster answers with addresses"],
  ["l 60 DYNA metafo!loop\n", "resources refer to each other in a circle"],
  ["r 60 DYNA reflect!x\n", "there is no such resource"],
  ["n 60 DYNA nothing!x\n", "there is no such plugin"],
  ["ns1 60 DYNA multifo!v4\n", "ns1.example.org is a nameserver"],
  ["cut NS ns.cut\nns.cut 60 DYNA multifo!v4\n", "ns.cut.example.org is no pool: cut.example.org. is delegated"],
  ["cut NS ns1\nx.cut 60 DYNA multifo!v4\n", "x.cut.example.org is no pool: cut.example.org. is delegated"],
  ["$ADDR_LIMIT_V4 2\n", "is gdnsd's own"],
  ["t 70 DYNA multifo!v4\n", "t.example.org had a TTL of 70"],
])("what cannot be carried over is named, with its line: %j", (more, wanted) => {
  const imported = run(config, zone.replace("www 180/30", "www 180/30").replace("$ORIGIN", `${more}$ORIGIN`));
  if (!imported.ok) throw new Error(imported.error);
  checkImported(imported.value);
  expect(noteLines(imported).join("\n")).toContain(wanted);
});

test("gdnsd's words for the zone's own name stand for it, at the end of names and in directives", () => {
  const more =
    '$ORIGIN x.@Z\nown 60 DYNA multifo!v4\ntop.@F 60 DYNA multifo!plain\nt.@Z TXT "@Z" ; of @Z\n@Z MX 10 m.@Z\n';
  const imported = run(config, more);
  if (!imported.ok) throw new Error(imported.error);
  const names = checkImported(imported.value).pools.map(({ name }) => name);
  expect(names).toEqual(["own.x.example.org", "top.example.org"]);
  const file = imported.value.files[0]?.text ?? "";
  expect(file).toContain('t.example.org.\t86400\tIN\tTXT\t"@Z"');
  expect(file).toContain("example.org.\t86400\tIN\tMX\t10 m.example.org.");
});

test("options of a service type that mean nothing here, and numbers that are none, are named", () => {
  const web = "service_types => { web => { plugin => http_status, interval => soon, tls => yes } }\n";
  const plugins = "plugins => { multifo => { service_types => web, v4 => { a => 192.0.2.1, b => 192.0.2.2 } } }\n";
  const notes = noteLines(run(`${web}${plugins}`, "w 60 DYNA multifo!v4\n"));
  expect(notes).toContain('config:1 "tls" of "web" is not carried over: look whether the check needs it');
  expect(notes).toContain('config:1 "interval" of "web" is no number from 1 to 255: muster\'s default is taken');
});

test("a zone that cannot be read is left out with its lines", () => {
  expect(noteLines(run(config, "bad A 1.2.3\n"))[0]).toContain("config holds nothing");
  expect(run("plugins => {", "").ok).toBe(false);
  expect(run("[ 1 ]", "").ok).toBe(false);
});

test.each<[string, unknown]>([
  ["a => b c = d", { a: "b", c: "d" }],
  ['a => "x \\" y \\065" # c\n; c\nb => [1, [2] 3,]', { a: 'x " y A', b: ["1", ["2"], "3"] }],
  ["a => { b => {} }, a => 2", { a: "2" }],
  ["$include{f} z => $include{g}", { q: "1", z: ["7"] }],
  ["a => ", "line 1: expected a value"],
  ["a b", "line 1: found b, expected =>"],
  ["a => {\n b => 1", "line 2: found the end, expected a key"],
  ['a => "open', "line 1: a sign that means nothing here"],
  ["a => $include{h}", "line 1: $include{h}: none"],
  ["$include{self}", "self, self, self, self, self, self, self, self, line 1: files include each other too deeply"],
  [`a => ${"[".repeat(100)}`, "line 1: more than 32 levels"],
])("the language is read: %j", (text, wanted) => {
  const files: Readonly<Record<string, string>> = { f: "q => 1", g: "[ 7 ]", self: "$include{self}" };
  const read = parseVscf(text, (path) => (files[path] === undefined ? fail("none") : ok(files[path])));
  expect(read.ok ? plain(read.value) : read.error).toEqual(wanted);
});

function plain(value: Extract<ReturnType<typeof parseVscf>, { ok: true }>["value"]): unknown {
  if (value.kind === "text") return value.text;
  if (value.kind === "list") return value.items.map(plain);
  return Object.fromEntries([...value.entries].map(([key, inner]) => [key, plain(inner)]));
}

const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.nat(30),
  insert: fc.oneof(
    fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      "=>",
      "=",
      '"',
      "#",
      "\n",
      "%metafo!m",
      "192.0.2.1",
      "DYNA",
      "$include{x}",
      "__proto__",
      "\\",
      "0",
      "99999",
    ),
    fc.string({ unit: "binary", maxLength: 4 }),
  ),
});
type Edit = { at: number; cut: number; insert: string };

function mutate(text: string, edits: readonly Edit[]): string {
  return edits.reduce((before, { at, cut, insert }) => {
    const offset = Math.floor(at * before.length);
    return before.slice(0, offset) + insert + before.slice(offset + cut);
  }, text);
}

test("mutated configurations and zones give a configuration that loads, or a sentence", () => {
  const edits = fc.array(edit, { maxLength: 5 });
  fc.assert(
    fc.property(edits, edits, (inConfig, inZone) => {
      const imported = run(mutate(config, inConfig), mutate(zone, inZone));
      if (imported.ok) checkImported(imported.value);
      else expect(imported.error).not.toBe("");
    }),
    { numRuns: 500 },
  );
});
