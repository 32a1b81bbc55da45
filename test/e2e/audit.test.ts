/**
 * The audit through the whole program (M12): nameservers that follow and nameservers that are wrong, each in its own way,
 * as status, metrics, notifications and `muster audit` show them, until they are mended.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AuditReport } from "../../src/core/audit-report.ts";
import { freePort } from "../fakes/free-port.ts";
import { Secondary } from "../interop/secondaries.ts";
import { FixedNameserver } from "./parts/fixed-nameserver.ts";
import { Program } from "./parts/program.ts";
import { until } from "./parts/wait.ts";
import { WebServer } from "./parts/web-server.ts";

const zone = "example.org";
/** An audit comes every ten seconds; a busy machine may need some of them. */
const auditMsMax = 60_000;

let program: Program;
let web: WebServer;
const followers: Secondary[] = [];
const fixed: FixedNameserver[] = [];

/** `name: port`, of nameservers that follow nobody. */
function config(others: Readonly<Record<string, { port: number; six?: boolean }>> = {}): string {
  const { address, port } = web;
  const peers = followers.map(({ endpoint }) => `{ address: 127.0.0.1, port: ${endpoint.port} }`);
  const listed = [
    ...followers.map(({ endpoint, name }) => `{ name: ${name}.example.net, address: "127.0.0.1:${endpoint.port}" }`),
    ...Object.entries(others).map(([name, { port: at, six = false }]) => {
      const both = `["127.0.0.1:${at}", "[::1]:${at}"]`;
      return `{ name: ${name}.example.net, ${six ? `address: ${both}` : `address: "127.0.0.1:${at}"`} }`;
    }),
  ];
  return `
audit: { interval: 10s, lag: 1s }
notify:
  group: 100ms
  channels: { file: { exec: { command: [/usr/bin/tee, -a, ${program.folder}/told] } } }
  routes: [{ to: file, severity: info }]
checks: { web: { tcp: ${port} } }
zones:
  ${zone}:
    nameservers: [${listed.join(", ")}]
    ttl: 2s
    ttl-min: 1s
    transfer: { to: [${peers.join(", ")}], allow: [127.0.0.0/8] }
pools:
  www.${zone}: { check: web, members: [${address}, { address: "::1", check: { tcp: { port: 9 } } }], last-resort: all }
  ${zone}: { record: { mx: { preference: 10 } }, check: web, members: [{ address: ${address}, target: mx.example.net }] }
  _sip._tcp.${zone}: { record: { srv: { priority: 1, port: 5060 } }, check: web, members: [{ address: ${address}, target: sip.example.net }] }
  back.${zone}: { record: ptr, check: web, members: [{ address: ${address}, target: back.example.net }] }
  text.${zone}: { record: txt, check: web, members: [{ address: ${address}, target: "a text; with signs" }] }
`;
}

beforeAll(async () => {
  web = await WebServer.start("127.0.18.1", await freePort("0.0.0.0"));
  program = await Program.prepare("");
  const primary = { address: "127.0.0.1", port: program.dnsPort };
  for (const kind of ["bind", "knot", "nsd", "powerdns"]) {
    followers.push(await Secondary.start(kind, { origin: zone, primary }));
  }
  program.configure(config());
  await program.launch();
});

afterAll(async () => {
  await program?.close();
  for (const each of [...followers, ...fixed, web]) await each?.close();
});

/** Lines of notifications, in the order of their delivery. */
function told(): readonly string[] {
  const text = readFileSync(join(program.folder, "told"), { encoding: "utf8", flag: "a+" });
  const messages = text
    .trim()
    .split(/(?<=\})\s*(?=\{"version")/)
    .filter((part) => part.endsWith("}"));
  return messages.flatMap((message) => {
    const { lines } = JSON.parse(message) as { lines: { state: string; text: string }[] };
    return lines.map((line) => `${line.state}: ${line.text}`);
  });
}

function isTold(pattern: RegExp): Promise<string> {
  return until(`${String(pattern)} is told`, () => told().find((line) => pattern.test(line)) ?? null, auditMsMax).catch(
    (error: unknown) => {
      throw new Error(`${String(error)}\n${told().join("\n")}\n${program.output}`);
    },
  );
}

async function isState(name: string, state: string): Promise<void> {
  let seen = "";
  await until(
    `${name} is ${state}`,
    async () => {
      const { nameservers } = await program.status();
      seen = nameservers.map((one) => `${one.name} ${one.state}: ${one.reason}`).join("\n");
      return nameservers.some((one) => one.name === `${name}.example.net` && one.state === state) || null;
    },
    auditMsMax,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${seen}\n${program.output}`, { cause: error });
  });
}

/** `NAME VALUE`, for each nameserver. */
async function metric(name: string): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${program.api}/metrics`)).text();
  const lines = text.matchAll(new RegExp(`^muster_nameserver_${name}\\{.*nameserver="([^".]*).*\\} (\\S+)$`, "gm"));
  return new Map(Array.from(lines, ([, server = "", value]) => [server, Number(value)]));
}

function audit(): { code: number | null; report: AuditReport } {
  const { code, err, out } = program.cli("audit", zone, "--json", "--lag", "1s");
  expect(err).toBe("");
  return { code, report: JSON.parse(out) as AuditReport };
}

/** The zone as muster serves it, as a master file. */
function zoneText(): { text: string; serial: number } {
  const where = ["@127.0.0.1", "-p", String(program.dnsPort)];
  const dig = spawnSync("dig", [...where, zone, "AXFR", "+nocomments", "+nocmd", "+nostats"], { encoding: "utf8" });
  const lines = dig.stdout.trim().split("\n").slice(0, -1);
  const serial = Number(/\sSOA\s+\S+ \S+ (\d+)/.exec(lines[0] ?? "")?.[1]);
  return { text: `${lines.join("\n")}\n`, serial };
}

async function allWell(): Promise<AuditReport> {
  return until(
    "the audit has no finding",
    () => {
      const { code, report } = audit();
      return code === 0 && report.findings.length === 0 ? report : null;
    },
    auditMsMax,
  );
}

test("M12 four servers that follow: every kind of record is compared, over UDP and TCP, and all is well", async () => {
  for (const { name } of followers) await isState(name, "in-step");
  const { compared, from, rows } = await allWell();
  // A and AAAA of one pool, and one set of each other kind.
  expect({ compared, from }).toEqual({ compared: { sets: 6, leftOut: 0 }, from: "the controller" });
  const servers = [...followers.map(({ name }) => `${name}.example.net`), "embedded"];
  expect(rows.map(({ lagSeconds, name, state, transport }) => [name, transport, state, lagSeconds])).toEqual(
    servers.flatMap((name) => ["udp", "tcp"].map((transport) => [name, transport, "in-step", 0])),
  );
  // Who is named twice is asked once.
  const twice = ["--nameserver", `ns9.example.net@127.0.0.1:${program.dnsPort}`];
  const once = program.cli("audit", zone, "--json", ...twice, ...twice.map((word) => word.replace("ns9", "NS9")));
  expect((JSON.parse(once.out) as AuditReport).rows.map(({ transport }) => transport)).toEqual(["udp", "tcp"]);
  const records = (await (await fetch(`${program.api}/api/v1/records/${zone}`)).json()) as {
    sets: { name: string; type: string; data: string[] }[];
  };
  expect(records.sets.map(({ data, name, type }) => `${name} ${type} ${data.join(" ")}`)).toEqual([
    `www.${zone} A ${web.address}`,
    `www.${zone} AAAA `,
    `${zone} MX 10 mx.example.net.`,
    `_sip._tcp.${zone} SRV 1 1 5060 sip.example.net.`,
    `back.${zone} PTR back.example.net.`,
    `text.${zone} TXT "a text; with signs"`,
  ]);
  expect(program.cli("status").code).toBe(0);
});

test("M12 one that is frozen, and one that is stopped amid a change: told, shown, counted, and over when they follow", async () => {
  const [, , frozen, stopped] = followers;
  frozen?.signal("SIGSTOP");
  await stopped?.stop();
  expect(program.cli("drain", `text.${zone}/${web.address}`, "--reason", "new disk").code).toBe(0);
  expect(program.cli("drain", `www.${zone}/${web.address}`, "--reason", "new disk").code).toBe(0);
  await isState("nsd", "unreachable");
  await isState("powerdns", "unreachable");
  await isTold(/^problem: .*nsd\.example\.net \(127\.0\.0\.1:\d+\) does not serve serial \d+/);
  await isTold(/^problem: .*powerdns\.example\.net \(127\.0\.0\.1:\d+\) does not serve serial \d+/);
  const trouble = await metric("trouble");
  expect([trouble.get("nsd"), trouble.get("powerdns"), trouble.get("bind")]).toEqual([1, 1, 0]);
  expect((await metric("lag_seconds")).get("nsd")).toBeGreaterThanOrEqual(1);
  expect(program.cli("status").code).toBe(1);
  const { code, report } = audit();
  expect([code, report.findings.map(({ kind, name }) => `${name} ${kind}`).toSorted()]).toEqual([
    1,
    ["nsd.example.net unreachable", "powerdns.example.net unreachable"],
  ]);
  frozen?.signal("SIGCONT");
  stopped?.startAgain();
  await isTold(/^resolved: .*nsd\.example\.net \(127\.0\.0\.1:\d+\) is well again/);
  await isTold(/^resolved: .*powerdns\.example\.net \(127\.0\.0\.1:\d+\) is well again/);
  await allWell();
  expect((await metric("trouble")).get("nsd")).toBe(0);
  for (const name of ["text", "www"]) expect(program.cli("enable", `${name}.${zone}/${web.address}`).code).toBe(0);
  await allWell();
});

test("M12 an old copy, a foreign record, recursion, and no authority: each is told as what it is, and as over when mended", async () => {
  const start = (kind: "bind" | "knot" | "nsd") => FixedNameserver.start(kind, zoneText());
  const [late, different] = [await start("knot"), await start("nsd")];
  const recursive = await start("bind");
  const options = "recursion yes; allow-recursion { any; };";
  const lame = await FixedNameserver.start("bind", { ...zoneText(), options, asks: program.dnsPort });
  fixed.push(late, different, recursive, lame);
  const others = { late, different, recursive: { port: recursive.port, six: true }, lame };
  program.configure(config(others));
  // Their NS records make it another zone.
  expect(program.cli("reload")).toMatchObject({ code: 0, err: "" });
  await isState("late", "behind");
  const { serial, text } = zoneText();
  const old = text.replaceAll(String(serial), String(serial - 1000));
  const foreign = text.replace("10 mx.example.net.", "10 mx.elsewhere.example.");
  expect([old !== text, foreign !== text]).toEqual([true, true]);
  await late.run({ text: old });
  await different.run({ text: foreign });
  await recursive.run({ text, options });
  for (const [name, state] of [
    ["late", "behind"],
    ["different", "different"],
    ["lame", "lame"],
  ] as const) {
    await isState(name, state);
  }
  await isTold(/^problem: .*late\.example\.net .*serial/);
  await isTold(/^problem: .*lame\.example\.net .*its answer is not authoritative/);
  await isTold(/^problem: .*different\.example\.net .*example\.org MX differs: 1 missing, 1 that should not be there/);
  await isTold(/^problem: .*recursive\.example\.net \(127\.0\.0\.1:\d+, UDP and TCP\): it offers recursion/);
  await isTold(/^problem: .*recursive\.example\.net \(\[::1\]:\d+, UDP and TCP\): it offers recursion/);
  const { code, report } = audit();
  const found = report.findings.map(({ kind, name, transports }) => `${name} ${kind} ${transports.join("+")}`);
  expect([code, found.toSorted()]).toEqual([
    1,
    [
      "different.example.net different udp+tcp",
      "lame.example.net lame udp+tcp",
      "lame.example.net recursion udp+tcp",
      "late.example.net behind udp+tcp",
      "recursive.example.net recursion udp+tcp",
      "recursive.example.net recursion udp+tcp",
    ],
  ]);
  const seconds = report.rows.filter(({ name }) => name === "late.example.net").map(({ lagSeconds }) => lagSeconds);
  for (const each of seconds) expect(each).toBeGreaterThanOrEqual(1);
  const trouble = await metric("trouble");
  expect(["late", "different", "lame", "recursive"].map((name) => trouble.get(name))).toEqual([1, 1, 1, 0]);

  for (const each of [late, different, recursive, lame]) await each.run({ text });
  await isTold(/^resolved: .*late\.example\.net \(127\.0\.0\.1:\d+\) is well again/);
  await isTold(/^resolved: .*lame\.example\.net \(127\.0\.0\.1:\d+\) is well again/);
  await isTold(/^resolved: .*different\.example\.net .*example\.org MX differs/);
  await isTold(/^resolved: .*recursive\.example\.net \(127\.0\.0\.1:\d+, UDP and TCP\): it offers recursion/);
  await isTold(/^resolved: .*recursive\.example\.net \(\[::1\]:\d+, UDP and TCP\): it offers recursion/);
  await allWell();
  expect(program.cli("status").code).toBe(0);
}, 300_000);
