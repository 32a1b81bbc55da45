/** The mail and database probes as they stand in a file: defaults, what is refused, and secrets that never show. */
import { expect, test } from "vitest";
import { fakeSources } from "../../../test/fakes/config-sources.ts";
import { probesOf, sentencesOf } from "../../../test/fakes/probe-file.ts";
import { loadConfig } from "../load.ts";
import { formatProblems } from "../problem.ts";

test.each([
  ["smtp: 25", { kind: "smtp", port: 25, tls: null, startTls: null, expect: null }],
  ["smtp: { tls: true }", { kind: "smtp", port: 465, tls: { serverName: "www.example.org", verify: true } }],
  ["pop3: { starttls: { name: a.example, verify: false } }", { port: 110, startTls: { serverName: "a.example" } }],
  ["imap: { port: 1143, expect: IDLE }", { kind: "imap", port: 1_143, expect: "IDLE" }],
  [
    "postgres: { user: monitor, password: { file: token }, writable: true, lag-max: 10s, write-table: ops.muster }",
    {
      kind: "postgres",
      port: 5_432,
      password: { kind: "file", path: "token" },
      query: "SELECT 1",
      writable: true,
      lagMsMax: 10_000,
      writeTable: "ops.muster",
    },
  ],
  [
    "mariadb: { user: m, password: { env: MUSTER_TOKEN } }",
    { port: 3_306, password: { kind: "env", name: "MUSTER_TOKEN" } },
  ],
])("%s", (check, probe) => {
  expect(probesOf(check)[0]).toMatchObject(probe);
});

test("a member says what differs", () => {
  const members = "[192.0.2.1, { address: 192.0.2.2, check: { postgres: { writable: false } } }]";
  const [pools, own] = probesOf("postgres: { user: m, password: { file: token }, writable: true }", members);
  expect(pools).toMatchObject({ user: "m", writable: true });
  expect(own).toMatchObject({ user: "m", writable: false, password: { kind: "file", path: "token" } });
});

test.each([
  [
    "smtp: { tls: true, starttls: true }",
    "tls begins with the first byte and starttls after the greeting, so only one of them can be",
  ],
  ["smtp: {}", null],
  ["postgres: {}", "a postgres probe needs a user, who may log in and needs no other rights"],
  ["mariadb: { user: m, password: {} }", "password needs either file or env"],
  [
    "mariadb: { user: m, password: { file: gone } }",
    'the password\'s file "gone" cannot be read: there is no such file',
  ],
  [
    "mariadb: { user: m, write-table: 'a b' }",
    'write-table cannot be "a b": letters, digits and _, with SCHEMA. before it if need be',
  ],
  [
    "postgres: { user: m, writable: false, write-table: t }",
    "writable: false asks for a read-only server, which cannot take what write-table writes",
  ],
])("%s is judged", (check, sentence) => {
  if (sentence === null) expect(probesOf(check)).toHaveLength(1);
  else expect(sentencesOf(check)).toEqual([sentence]);
});

const file = (check: string): string =>
  `zones: { example.org: { nameservers: [ns1.example.net, ns2.example.net] } }\npools: { www.example.org: { check: { ${check} }, members: [192.0.2.1] } }\n`;

test.each([
  "postgres: { user: m, password: hunter2-hunter2 }",
  "postgres: { user: m, password: [hunter2-hunter2] }",
  "mariadb: { user: m, password: { value: hunter2-hunter2 }, prot: 1 }",
  "all: [{ mariadb: { user: m, password: hunter2-hunter2 } }]",
])("nothing that is printed holds a password in clear: %s", (check) => {
  const loaded = loadConfig(file(check), fakeSources);
  expect(loaded.ok).toBe(false);
  const problems = loaded.ok ? [] : loaded.error.problems;
  expect(JSON.stringify(problems)).not.toContain("hunter2");
  expect(formatProblems(problems, file(check))).not.toContain("hunter2");
});

test("what lies in a password's file is no part of the configuration", () => {
  const loaded = loadConfig(file("postgres: { user: m, password: { file: token } }"), fakeSources);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error.problems));
  expect(JSON.stringify(loaded.value)).not.toContain("0123456789abcdef");
});
