/**
 * What external-dns does to a nameserver (its RFC 2136 provider), played with dig and nsupdate against the whole program:
 * it lists the zone by a signed AXFR, puts records and the TXT records by which it knows its own (TTL 0 unless it is told
 * otherwise, many in one message, by UDP where they fit), replaces and deletes them record by record, and never states
 * a prerequisite. external-dns itself is not part of Debian.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { KeyConfig } from "../../src/core/model.ts";
import { Program } from "./parts/program.ts";

const zone = "example.org";
const key: KeyConfig = {
  name: "externaldns-key",
  algorithm: "hmac-sha256",
  secret: Buffer.from("a secret of a cluster of servers").toString("base64"),
};
const owner = (kind: string, name: string, by = "cluster-a"): string =>
  `"heritage=external-dns,external-dns/owner=${by},external-dns/resource=${kind}/default/${name}"`;

let program: Program;

beforeAll(async () => {
  program = await Program.prepare("");
  writeFileSync(join(program.folder, "key"), key.secret, { mode: 0o600 });
  program.configure(`
keys: { ${key.name}: { algorithm: ${key.algorithm}, secret: { file: key } } }
zones:
  ${zone}:
    nameservers: [ns1.example.net, ns2.example.com]
    ttl: 5s
    ttl-min: 5s
    transfer: { allow: [{ prefix: 127.0.0.0/8, key: ${key.name} }] }
    updates: [{ key: ${key.name}, names: ["*.${zone}"], types: [A, AAAA, CNAME, TXT] }]
pools:
  www.${zone}: { check: { tcp: 9 }, members: [127.0.0.1], last-resort: all }
`);
  await program.launch();
});

afterAll(() => program?.close());

/** One message; `-v` makes it TCP, which external-dns takes when it does not fit into 512 octets. */
function send(lines: readonly string[], how: { tcp?: boolean; secret?: string } = {}): string {
  const { secret = key.secret, tcp = false } = how;
  const args = ["-y", `${key.algorithm}:${key.name}:${secret}`, ...(tcp ? ["-v"] : [])];
  const input = [`server 127.0.0.1 ${program.dnsPort}`, `zone ${zone}`, ...lines, "send", ""].join("\n");
  const { status, stderr, stdout } = spawnSync("nsupdate", args, { input, encoding: "utf8", timeout: 20_000 });
  return status === 0 ? "NOERROR" : `${stdout}${stderr}`.trim();
}

/** The zone as the provider lists it: `NAME TTL TYPE DATA`, but for SOA and NS, which it leaves out. */
function list(tool: "dig" | "kdig" = "dig"): readonly string[] {
  const args = ["@127.0.0.1", "-p", String(program.dnsPort), "-y", `${key.algorithm}:${key.name}:${key.secret}`];
  const { stdout } = spawnSync(tool, [...args, zone, "AXFR", "+noall", "+answer"], {
    encoding: "utf8",
    timeout: 20_000,
  });
  const records = stdout.split("\n").map((line) => line.trim().split(/\s+/));
  return records
    .filter(([name = "", , , type = "SOA"]) => !name.startsWith(";") && !["SOA", "NS", "TSIG"].includes(type))
    .map(([name, ttl, , type, ...data]) => `${name} ${ttl} ${type} ${data.join(" ")}`)
    .toSorted();
}

const pool = `www.${zone}. 5 A 127.0.0.1`;

test("it lists the zone with its key, and not without", () => {
  expect(list()).toEqual([pool]);
  const bare = ["@127.0.0.1", "-p", String(program.dnsPort), zone, "AXFR"];
  expect(spawnSync("dig", bare, { encoding: "utf8" }).stdout).toContain("Transfer failed");
});

test("it creates, finds what is its own, changes a target, and deletes, record by record", () => {
  const app = `app.${zone}`;
  const service = owner("service", "app");
  expect(
    send([
      `update add ${app} 0 A 192.0.2.10`,
      `update add ${app} 0 A 192.0.2.11`,
      `update add a-${app} 0 TXT ${service}`,
    ]),
  ).toBe("NOERROR");
  expect(send([`update add ${app} 0 AAAA 2001:db8::10`, `update add aaaa-${app} 0 TXT ${service}`])).toBe("NOERROR");
  expect(
    send([
      `update add alias.${zone} 300 CNAME ${app}.`,
      `update add cname-alias.${zone} 0 TXT ${owner("ingress", "alias")}`,
    ]),
  ).toBe("NOERROR");
  const created = [
    `a-${app}. 0 TXT ${service}`,
    `aaaa-${app}. 0 TXT ${service}`,
    `alias.${zone}. 300 CNAME ${app}.`,
    `${app}. 0 A 192.0.2.10`,
    `${app}. 0 A 192.0.2.11`,
    `${app}. 0 AAAA 2001:db8::10`,
    `cname-alias.${zone}. 0 TXT ${owner("ingress", "alias")}`,
    pool,
  ].toSorted();
  expect(list()).toEqual(created);
  expect(list("kdig")).toEqual(created);

  // A change is the old records deleted and the new ones added, in one message; its TXT goes and comes back alike.
  const changed = [
    `update delete ${app} A 192.0.2.10`,
    `update delete ${app} A 192.0.2.11`,
    `update add ${app} 60 A 192.0.2.12`,
    `update delete a-${app} TXT ${service}`,
    `update add a-${app} 0 TXT ${service}`,
  ];
  expect(send(changed)).toBe("NOERROR");
  expect(list().filter((line) => / (A|TXT) /.test(line) && line.includes(app))).toEqual(
    [`a-${app}. 0 TXT ${service}`, `aaaa-${app}. 0 TXT ${service}`, `${app}. 60 A 192.0.2.12`].toSorted(),
  );

  // What somebody else has put beside it stays: only exact records are deleted.
  expect(send([`update add ${app} 60 A 198.51.100.9`])).toBe("NOERROR");
  expect(send([`update delete ${app} A 192.0.2.12`, `update delete a-${app} TXT ${service}`])).toBe("NOERROR");
  expect(list().filter((line) => line.startsWith(app))).toEqual([
    `${app}. 0 AAAA 2001:db8::10`,
    `${app}. 60 A 198.51.100.9`,
  ]);
  // Deleting what is gone already is no error, so that a controller that was cut off may repeat itself.
  expect(send([`update delete ${app} A 192.0.2.12`])).toBe("NOERROR");
});

test("a batch of fifty changes by TCP is one serial, and survives kill -9", async () => {
  const names = Array.from({ length: 50 }, (_, at) => `svc${at}.${zone}`);
  const before = await serial();
  const lines = names.flatMap((name, at) => [
    `update add ${name} 0 A 10.0.0.${at}`,
    `update add a-${name} 0 TXT ${owner("service", name)}`,
  ]);
  expect(send(lines, { tcp: true })).toBe("NOERROR");
  await program.kill();
  await program.launch();
  const found = list();
  expect(found.filter((line) => line.startsWith("svc"))).toHaveLength(50);
  expect(found.filter((line) => line.startsWith("a-svc"))).toHaveLength(50);
  const args = ["@127.0.0.1", "-p", String(program.dnsPort), "-y", `${key.algorithm}:${key.name}:${key.secret}`];
  const { stdout } = spawnSync("dig", [...args, zone, `IXFR=${before}`, "+noall", "+answer"], { encoding: "utf8" });
  // The SOA at both ends, and the old and the new one of the only difference.
  expect(stdout.split("\n").filter((line) => /\sSOA\s/.test(line))).toHaveLength(4);
});

async function serial(): Promise<number> {
  return (await program.status()).zones.find(({ origin }) => origin === zone)?.serial ?? 0;
}

test("what it may not is refused whole: a pool's name, a type, a name outside, a wrong secret", async () => {
  const before = [list(), await serial()];
  const fine = `update add new.${zone} 0 A 192.0.2.77`;
  const cases: readonly (readonly [string, string])[] = [
    [`update add www.${zone} 0 A 192.0.2.77`, "REFUSED"],
    [`update add www.${zone} 0 TXT ${owner("service", "www")}`, "REFUSED"],
    [`update delete www.${zone} A 127.0.0.1`, "REFUSED"],
    [`update add mail.${zone} 0 MX 10 mx.example.net.`, "REFUSED"],
    [`update add ${zone} 0 A 192.0.2.77`, "REFUSED"],
    [`update add sub.${zone} 0 NS ns.example.net.`, "REFUSED"],
    ["update add elsewhere.example.com 0 A 192.0.2.77", "NOTZONE"],
  ];
  for (const [line, said] of cases) expect([line, send([fine, line])]).toEqual([line, expect.stringContaining(said)]);
  const wrong = Buffer.from("a secret of another cluster of s").toString("base64");
  expect(send([fine], { secret: wrong })).toMatch(/BADSIG|NOTAUTH/);
  expect([list(), await serial()]).toEqual(before);
});

test("a secret that was replaced in its file counts after a reload, each time, though the configuration is the same", () => {
  let current = key.secret;
  for (const round of [1, 2]) {
    const next = Buffer.from(`secret number ${round} of a cluster of servers`).toString("base64");
    const line = `update add rotated.${zone} 0 A 192.0.2.${round}`;
    writeFileSync(join(program.folder, "key"), next);
    expect(program.cli("reload").code).toBe(0);
    expect(send([line], { secret: current })).toMatch(/BADSIG|NOTAUTH/);
    expect(send([line], { secret: next })).toBe("NOERROR");
    current = next;
  }
});
