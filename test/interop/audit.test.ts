/** The audit with real nameservers, each wrong in its own way. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { wall } from "../../src/base/time.ts";
import type { AuditTarget } from "../../src/core/audit.ts";
import type { AuditReport } from "../../src/core/audit-report.ts";
import { textName } from "../../src/dns/name.ts";
import { addressRdata } from "../../src/dns/rdata/index.ts";
import { rrType } from "../../src/dns/rr-types.ts";
import type { RRset } from "../../src/dns/types.ts";
import { aliasesOf, aliasFaults } from "../../src/io/audit/aliases.ts";
import { auditZone } from "../../src/io/audit/audit-zone.ts";
import { createApi } from "../../src/api/app.ts";
import { listenApi } from "../../src/api/listen.ts";
import { runCli } from "../../src/cli/run.ts";
import type { NameserverView, RecordsView, StatusView } from "../../src/core/view.ts";
import { freePort } from "../fakes/free-port.ts";
import { createFakeOperator } from "../fakes/operator.ts";
import { silentLog } from "../fakes/silent-log.ts";
import type { Daemon } from "./daemon.ts";
import { castZone, startLame, startPrimary, startRefusing, startSecondary } from "./zone-cast.ts";

const origin = textName("example.org");
const serial = 1_000_000_001;
const www: RRset = {
  owner: textName("www.example.org"),
  type: rrType.A,
  ttlSeconds: 60,
  rdata: ["192.0.2.10", "192.0.2.11"].map(addressRdata),
};

const daemons: Daemon[] = [];
const cast = new Map<string, AuditTarget>();
const closes: (() => void)[] = [];

beforeAll(async () => {
  const primary = await startPrimary();
  daemons.push(primary);
  const other = castZone.replace("192.0.2.11", "192.0.2.66");
  const started = {
    knot: startSecondary("knot", primary.endpoint),
    nsd: startSecondary("nsd", primary.endpoint),
    lame: startLame(await freePort()),
    refusing: startRefusing(),
    different: startPrimary({ text: other }),
    late: startPrimary({ text: castZone.replace(`${serial}`, "1000000000") }),
    recursive: startPrimary({ options: "recursion yes; allow-recursion { any; };" }),
  };
  cast.set("primary", targetOf("primary", primary));
  for (const [name, starting] of Object.entries(started)) {
    const daemon = await starting;
    daemons.push(daemon);
    cast.set(name, targetOf(name, daemon));
  }
  cast.set("gone", { name: "gone", endpoint: { address: "127.0.0.1", port: await freePort() }, proof: "serial" });
});

afterAll(async () => {
  for (const close of closes) close();
  for (const daemon of daemons) await daemon.stop();
});

function targetOf(name: string, { endpoint }: Daemon): AuditTarget {
  return { name: `${name}.example.org`, endpoint, proof: "serial" };
}

function pick(...names: readonly string[]): AuditTarget[] {
  return names.map((name) => cast.get(name)).filter((target) => target !== undefined);
}

function audit(targets: readonly AuditTarget[]): Promise<AuditReport> {
  const decided = { serial, since: wall(Date.now() - 60_000), sets: [www] };
  return auditZone({ origin, targets, decided, compare: [], lagMsMax: 10_000, extra: [] });
}

test("M12 IPv6 addresses are asked like IPv4 ones", async () => {
  const targets = pick("primary").map((target) => ({ ...target, endpoint: { ...target.endpoint, address: "::1" } }));
  const { findings, rows } = await audit(targets);
  expect(findings).toEqual([]);
  expect(rows.map(({ endpoint, transport, state }) => `${endpoint.address} ${transport} ${state}`)).toEqual([
    "::1 udp in-step",
    "::1 tcp in-step",
  ]);
});

test("M12 named, knotd and nsd that serve what was decided have no finding", async () => {
  const report = await audit(pick("primary", "knot", "nsd"));
  expect(report.findings).toEqual([]);
  expect(report.rows.map(({ transport, state, serial: seen }) => [transport, state, seen])).toEqual(
    report.rows.map((_, i) => [i % 2 === 0 ? "udp" : "tcp", "in-step", serial]),
  );
});

test("M12 late, lame, refusing, different, recursive and unreachable nameservers are told apart", async () => {
  const report = await audit(pick("primary", "late", "lame", "refusing", "different", "recursive", "gone"));
  const found = report.findings.map(({ kind, name, transports }) => `${name} ${kind} ${transports.join("+")}`);
  expect(found).toEqual([
    "late.example.org behind udp+tcp",
    "lame.example.org lame udp+tcp",
    "refusing.example.org refused udp+tcp",
    "different.example.org different udp+tcp",
    "recursive.example.org recursion udp+tcp",
    "gone unreachable udp+tcp",
  ]);
  const sentences = report.findings.map(({ sentence }) => sentence.slice(sentence.indexOf(": ") + 2));
  expect(sentences).toEqual([
    expect.stringMatching(/^it serves serial 1000000000, behind 1000000001 for \d+ s$/),
    "it answers SERVFAIL: the zone is not loaded there, or has expired",
    "it answers REFUSED",
    "www.example.org A differs: 1 missing, 1 that should not be there, of 2",
    "it offers recursion",
    expect.stringMatching(/^it cannot be asked: nothing listens on port \d+ of 127\.0\.0\.1$/),
  ]);
  const late = report.rows.find(({ name }) => name === "late.example.org");
  expect(late?.state).toBe("behind");
  expect(late?.lagSeconds).toBeGreaterThanOrEqual(60);
});

test("M12 without the controller the nameserver that is furthest ahead is the measure", async () => {
  const report = await auditZone({
    origin,
    targets: pick("late", "primary", "different"),
    decided: null,
    compare: [www],
    lagMsMax: 10_000,
    extra: [],
  });
  expect(report).toMatchObject({ serial, from: "primary.example.org" });
  const kinds = report.findings.map(({ kind, name }) => `${name} ${kind}`);
  expect(kinds).toEqual(["late.example.org behind", "different.example.org different"]);
});

test("M12 a server that does not answer questions with EDNS is found, and still judged", async () => {
  const [primary] = pick("primary");
  if (primary === undefined) throw new Error("the primary has started");
  const old = createSocket("udp4");
  closes.push(() => old.close());
  old.bind(0, "127.0.0.1");
  await once(old, "listening");
  // Drops what has an additional record, as some firewalls do, and lets the real server answer the rest.
  old.on("message", (query, from) => {
    if (query.readUInt16BE(10) > 0) return;
    const upstream = createSocket("udp4");
    upstream.on("message", (answer) => {
      old.send(answer, from.port, from.address);
      upstream.close();
    });
    upstream.send(query, primary.endpoint.port, primary.endpoint.address);
  });
  const target = {
    name: "old",
    endpoint: { address: "127.0.0.1", port: old.address().port },
    proof: "serial",
  } as const;
  const report = await audit([target]);
  expect(report.findings.map(({ kind, transports }) => `${kind} ${transports.join("+")}`)).toEqual([
    "edns udp",
    "unreachable tcp",
  ]);
  expect(report.rows[0]).toMatchObject({ state: "in-step", serial, edns: false });
});

test("M1 public names that are no CNAME to their pool are found, by a real server's answers", async () => {
  const aliases = ["good CNAME www.pool.example.", "elsewhere CNAME www.other.example.", "address A 192.0.2.1"];
  const server = await startPrimary({ text: `${castZone}${aliases.join("\n")}\n` });
  daemons.push(server);
  const names = ["good", "elsewhere", "address", "missing"].map((label) => `${label}.example.org`);
  const servers = [`127.0.0.1:${server.endpoint.port}`];
  const faults = await aliasFaults(aliasesOf([{ name: "www.pool.example", aliases: names }]), { servers });
  expect(faults.map(({ name, clause }) => `${name}: ${clause}`)).toEqual([
    "elsewhere.example.org: it should be a CNAME to www.pool.example. and is one to www.other.example.",
    "address.example.org: it should be a CNAME to www.pool.example. and has no CNAME",
    "missing.example.org: it should be a CNAME to www.pool.example. and does not exist",
  ]);
});

async function run(...args: readonly string[]): Promise<{ status: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const io = {
    env: {},
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    screen: null,
    colour: false,
    interrupted: () => new AbortController().signal,
  };
  const serve = (): Promise<never> => Promise.reject(new Error("not for this test"));
  const status = await runCli(["audit", ...args], { version: "0", serve, io });
  return { status, out, err };
}

function option(name: string): string[] {
  return pick(name).flatMap(({ endpoint }) => ["--nameserver", `${name}@${endpoint.address}:${endpoint.port}`]);
}

test("M12 `muster audit` on any machine: a table, a line a finding, and a status for cron", async () => {
  const well = await run(
    "example.org",
    "--no-api",
    ...option("primary"),
    ...option("knot"),
    "--name",
    "www.example.org",
  );
  expect(well).toMatchObject({ status: 0, err: "" });
  expect(well.out).toContain("example.org: serial 1000000001 (from primary), 2 nameservers: all well");
  const ill = await run("example.org", "--no-api", ...option("primary"), ...option("late"), ...option("gone"));
  expect(ill.status).toBe(1);
  expect(ill.out).toMatch(/^late \(127\.0\.0\.1:\d+, UDP and TCP\): it serves serial 1000000000, behind 1000000001/m);
  expect(ill.out).toMatch(/^gone \(127\.0\.0\.1:\d+, UDP and TCP\): it cannot be asked: nothing listens/m);
  expect(ill.out).toMatch(/^late +127\.0\.0\.1:\d+ +udp +behind +1000000000/m);
});

test("M12 `muster audit` asks the controller what is right, and whom to ask", async () => {
  const fake = createFakeOperator();
  const [well] = pick("primary");
  const [different] = pick("different");
  const nameservers = [well, different].flatMap((target) => (target === undefined ? [] : [viewOf(target)]));
  const status = (): StatusView => {
    const { pools, zones, ...rest } = fake.status();
    const [pool] = pools;
    const [zone] = zones;
    if (pool === undefined || zone === undefined) throw new Error("the fake has a pool and a zone");
    const answer = { ...pool.answer, addresses: ["192.0.2.10", "192.0.2.11"] };
    const served = { ...pool, name: "www.example.org", zone: "example.org", answer };
    return { ...rest, nameservers, pools: [served], zones: [{ ...zone, origin: "example.org", serial }] };
  };
  const records = (zone: string): RecordsView | null => {
    const texts = www.rdata.map((rdata) => rdata.join("."));
    const set = { name: "www.example.org", type: "A", ttlSeconds: 60, data: texts };
    return zone === "example.org" ? { origin: zone, at: wall(Date.now()), serial, sets: [set], aliases: [] } : null;
  };
  const api = createApi({
    operator: { ...fake, status, records },
    token: null,
    version: "1",
    pageDir: null,
    log: silentLog,
  });
  const listening = await listenApi(api, { address: "127.0.0.1", port: 0 });
  closes.push(() => void listening.close());
  const url = `http://127.0.0.1:${listening.address.port}`;
  const { out, status: code } = await run("example.org", "--api", url);
  expect(code).toBe(1);
  expect(out).toContain("example.org: serial 1000000001 (from the controller), 2 nameservers: 1 finding");
  expect(out).toMatch(
    /^different\.example\.org .*: www\.example\.org A differs: 1 missing, 1 that should not be there/m,
  );
  const unknown = await run("example.com", "--api", url);
  expect(unknown).toMatchObject({ status: 2, err: "muster: The controller has no zone example.com.\n" });
  const gone = await run("example.org", "--api", `127.0.0.1:${await freePort()}`);
  expect(gone.status).toBe(3);
});

function viewOf({ endpoint, name }: AuditTarget): NameserverView {
  const delays = { count: 0, sumMs: 0, lastMs: null, p50Ms: null, p99Ms: null, buckets: [] };
  const unasked = {
    proof: "serial" as const,
    since: wall(0),
    trouble: false,
    pending: false,
    serial: null,
    lagSeconds: 0,
    lastAskedAt: null,
    delays,
    reason: "",
  };
  return { zone: "example.org", name, endpoint: `${endpoint.address}:${endpoint.port}`, state: "unknown", ...unasked };
}

test("M12 `muster audit --json` prints the report", async () => {
  const { out, status } = await run("example.org", "--no-api", "--json", ...option("primary"), ...option("lame"));
  const report = JSON.parse(out) as AuditReport;
  expect(status).toBe(1);
  expect(report).toMatchObject({ zone: "example.org", serial, from: "primary" });
  expect(report.findings.map(({ kind }) => kind)).toEqual(["lame"]);
});

test("`muster audit` says what is wrong with its arguments", async () => {
  const cases = [
    { args: ["example..org", "--no-api"], says: '"example..org" is no name of a zone' },
    { args: ["example.org", "--no-api", "--nameserver", "ns1@1.2.3"], says: '"1.2.3" is no address' },
    { args: ["example.org", "--no-api", "--nameserver", "ns1@127.0.0.1:70000"], says: "70000" },
    { args: ["example.org", "--no-api", "--name", "www.example.net"], says: "www.example.net is not in example.org" },
  ];
  for (const { args, says } of cases) {
    const { err, status } = await run(...args);
    expect({ status, says: err.includes(says) ? says : err }).toEqual({ status: 2, says });
  }
});
