/** Whose secrets a controller can have used, and where. */
import { expect, test } from "vitest";
import { fixtureCheck } from "../../core/fixtures.ts";
import type { PostgresProbe, SecretPlace } from "../../core/model.ts";
import { readToAgent } from "../watch/agent-messages.ts";
import { lendSecrets } from "./secrets.ts";

const probe: PostgresProbe = {
  kind: "postgres",
  port: 5432,
  tls: null,
  user: "probe",
  password: { kind: "agent", name: "db" },
  database: null,
  query: "SELECT 1",
  expect: null,
  writable: null,
  lagMsMax: null,
  writeTable: null,
};
const secrets = new Map<string, SecretPlace>([["db", { kind: "file", path: "/etc/db" }]]);

function work(address: string, password: SecretPlace | null) {
  const check = fixtureCheck({ probe: { kind: "all", of: [{ ...probe, password }] } });
  const target = { id: "x", address, family: 4, check } as const;
  return { proofs: [{ name: "database", target }] };
}

function passwordIn({ proofs: [proof] }: ReturnType<typeof work>): unknown {
  const { of: [part] = [] } = (proof?.target.check.probe ?? {}) as { of?: readonly { password: unknown }[] };
  return part?.password;
}

test("W9 a secret is used on the agent's own machine only, whatever a controller asks for", () => {
  const named = { kind: "agent", name: "db" } as const;
  expect(passwordIn(lendSecrets(work("127.0.0.1", named), secrets))).toEqual(secrets.get("db"));
  expect(passwordIn(lendSecrets(work("192.0.2.66", named), secrets))).toEqual(named);
  expect(passwordIn(lendSecrets(work("127.0.0.1", { kind: "agent", name: "other" }), secrets))).toEqual({
    kind: "agent",
    name: "other",
  });
});

test.each<[string, SecretPlace | null, boolean]>([
  ["none", null, true],
  ["a name", { kind: "agent", name: "db" }, true],
  ["a file", { kind: "file", path: "/etc/shadow" }, false],
  ["a variable", { kind: "env", name: "HOME" }, false],
  ["a path for a name", { kind: "agent", name: "../db" }, false],
])("W9 an agent takes no work that says where a secret lies: %s", (_what, password, isTaken) => {
  const message = { v: 1, kind: "work", agent: "web1", silentMs: 12_000, mounts: [], reaches: [] };
  const text = JSON.stringify({ ...message, ...work("127.0.0.1", password) });
  expect(readToAgent(text) !== null).toBe(isTaken);
});
