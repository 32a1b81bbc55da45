/** `muster import` and `muster cnames` as a user runs them; what they write, `muster check` takes. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const main = join(import.meta.dirname, "../../src/main.ts");
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "muster-import-"));
  const zone = "$TTL 60\n@ SOA ns1 host 7 7200 900 1209600 300\n@ NS ns1\nns1 A 192.0.2.1\n";
  write(
    "monitor",
    "password = geheim\nbind8_dns_server1 = 192.0.2.53\ncheck_server1 = 192.0.2.10|web.example.org|http|apache|HEAD / HTTP/1.0|200\n",
  );
  write("server", "password = geheim\n");
  write("normal", "update add web.example.org 1 A 192.0.2.10\n\n\n");
  write("db.example", `${zone}www A 192.0.2.10\nwww A 192.0.2.11\n`);
  mkdirSync(join(folder, "gdnsd", "zones"), { recursive: true });
  write("gdnsd/config", "plugins => { multifo => { www => [ 192.0.2.10, 192.0.2.11 ] } }\n");
  write("gdnsd/zones/example.org", `${zone}www 60/5 DYNA multifo!www\n`);
  write("bad.zone", "$TTL 60\n@ SOA ns1 host 7 7200 900 1209600 300\nx A 1\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

function muster(...words: readonly string[]): { code: number | null; out: string; err: string } {
  const { status, stderr, stdout } = spawnSync(process.execPath, [main, ...words], { cwd: folder, encoding: "utf8" });
  return { code: status, out: stdout, err: stderr };
}

test.each([
  [
    "P10 phonax",
    ["phonax", "--monitor", "monitor", "--server", "server", "--normal", "normal"],
    "muster-update.secret",
  ],
  ["zone", ["zone", "db.example", "--origin", "example.org"], "example.org.zone"],
  ["gdnsd", ["gdnsd", "gdnsd"], "example.org.zone"],
])("%s: the configuration that is written is good, and nothing is overwritten", (title, words, beside) => {
  const output = `new-${title.split(" ").at(-1) ?? ""}`;
  const done = muster("import", ...words, "--output", output);
  expect([done.code, done.out]).toEqual([0, ""]);
  expect(done.err).toContain(`next: muster check ${output}/muster.yaml`);
  expect(readdirSync(join(folder, output)).sort()).toEqual([beside, "muster.yaml"].sort());
  const checked = muster("check", join(output, "muster.yaml"));
  expect([checked.code, checked.out]).toEqual([0, expect.stringMatching(/good: 1 zone, 1 pool, [12] members?/)]);
  const config = readFileSync(join(folder, output, "muster.yaml"), "utf8");
  expect(muster("import", ...words)).toMatchObject({ code: 0, out: config });
  const again = muster("import", ...words, "--output", output);
  expect(again).toMatchObject({ code: 2, err: expect.stringContaining("is there already; nothing was written") });
  const json = muster("import", ...words, "--json");
  expect(JSON.parse(json.out)).toMatchObject({ config, notes: expect.any(Array) });
  expect(json.out + done.err + config).not.toContain("geheim");
});

test("P10 the key in the password's place is new, and nobody else may read it", () => {
  const path = join(folder, "new-phonax", "muster-update.secret");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(Buffer.from(readFileSync(path, "utf8").trim(), "base64")).toHaveLength(32);
});

test.each([
  [["zone", "nowhere", "--origin", "example.org"], 2, "nowhere cannot be read: there is no such file"],
  [["zone", "db.example", "--origin", "a..b"], 2, "is no name of a zone"],
  [["zone", "bad.zone", "--origin", "example.org"], 1, "bad.zone:3"],
  [["gdnsd", "nowhere"], 2, "nowhere/config cannot be read: there is no such file"],
  [["phonax", "--monitor", "server", "--server", "server", "--normal", "normal"], 1, "server holds nothing"],
  [["zone", "db.example", "--origin", "example.org", "--output", "monitor/x"], 2, "cannot be written"],
])("what cannot be imported is told in a sentence: %j", (words, code, sentence) => {
  const done = muster("import", ...words);
  expect([done.code, done.out]).toEqual([code, ""]);
  expect(done.err).toContain(sentence);
  expect(done.err).not.toContain("    at ");
});

test("M1 cnames prints what the parent zone needs, without a controller", () => {
  write(
    "aliases.yaml",
    "zones: { m.example.org: { nameservers: [ns1.example.net, ns2.example.com] } }\npools: { www.m.example.org: { check: { tcp: 80 }, members: [192.0.2.1], aliases: [www.example.org] } }\n",
  );
  const line = "www.example.org.\t3600\tIN\tCNAME\twww.m.example.org.";
  expect(muster("cnames", "aliases.yaml")).toEqual({ code: 0, out: `; for the zone example.org\n${line}\n`, err: "" });
  const { zones } = JSON.parse(muster("cnames", "aliases.yaml", "--json").out);
  expect(zones).toEqual([
    { zone: "example.org", records: [{ alias: "www.example.org", pool: "www.m.example.org", line, obstacle: null }] },
  ]);
  expect(muster("cnames", "nowhere.yaml").code).toBe(2);
});
