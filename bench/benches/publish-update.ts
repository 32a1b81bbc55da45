/**
 * UPDATE (RFC 2136) to BIND. muster's outlet is told what is wanted, and the clock stops with named's first changed
 * answer; `floor` is a signed message that is ready beforehand, on an open connection, without prerequisites; `bind` is
 * its own nsupdate, whose start counts. One asker sends its next query when it has its answer, the same for all.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { KeyConfig } from "../../src/core/model.ts";
import { ownerTypeKey, textName } from "../../src/dns/name.ts";
import { createClock } from "../../src/io/clock.ts";
import { createUpdateOutlet } from "../../src/io/publish/update/update-outlet.ts";
import type { Log } from "../../src/ports/log.ts";
import { startBindWith } from "../parts/bind.ts";
import { askUntil } from "../parts/dns-client.ts";
import { findCommand, makeFolder, pause } from "../parts/processes.ts";
import { freePort, fullName, origin, type Started, writeZone } from "../parts/service.ts";
import { type Options, type Report, type Subject, wantsCase, wantsSubject } from "../parts/types.ts";
import { openBareUpdater } from "../parts/update-floor.ts";
import type { PublishCase } from "./publish-case.ts";

const name = "update/bind";
const unsigned = `${name}/unsigned`;
const quiet = `${name}/after-quiet`;
const serverCore = 0;
const changeMsMax = 10_000;
const betweenMs = 100;
/** Longer than the connection is kept. */
const quietMs = 6000;
const sides = [
  ["127.0.1.1", "127.0.1.2", "127.0.1.3"],
  ["127.0.1.1", "127.0.1.2"],
] as const;

const key: KeyConfig = {
  name: "bench-key",
  algorithm: "hmac-sha256",
  secret: Buffer.from("known to the benchmark and named").toString("base64"),
};

/** Makes `www` have these addresses; resolves when the server has said yes. The clock starts at `startedAt`. */
interface Change {
  readonly startedAt: number;
  readonly done: Promise<unknown>;
}

interface Changer {
  change(addresses: readonly string[]): Change;
  close(): Promise<void>;
}

interface Plan {
  readonly subject: Subject;
  readonly case: string;
  readonly key: KeyConfig | null;
  readonly betweenMs: number;
  readonly runs: number;
  open(named: Started): Promise<Changer>;
}

export const updateBind: PublishCase = {
  name,
  goals: [
    { case: name, metric: "ms", direction: "at-most", limit: { kind: "ratio", factor: 2, to: "floor", case: name } },
  ],
  run: async (options, report) => {
    const runs = options.runs ?? (options.quick ? 10 : 200);
    for (const plan of plansOf(runs)) {
      if (wantsSubject(options, plan.subject) && wantsCase(options, plan.case)) await measure(plan, options, report);
    }
    report.setting("muster", "the outlet as it is, without controller: from `want` on; signed, hmac-sha256");
    report.setting("floor", "a prepared update, signed with hmac-sha256, on an open TCP connection, no prerequisites");
    report.note(`${unsigned}: the same without keys. ${quiet}: after 6 s, when muster's connection has been closed`);
    report.note("answered_ms: until the answer to the update was there, whoever else asks");
    report.note("bind: nsupdate with a key, from the start of the program");
  },
};

function plansOf(runs: number): readonly Plan[] {
  const usual = { betweenMs, runs };
  const slow = { betweenMs: quietMs, runs: Math.max(3, Math.round(runs / 20)) };
  return [
    { subject: "floor", case: name, key, ...usual, open: (named) => openFloor(named, key) },
    { subject: "muster", case: name, key, ...usual, open: (named) => openOutlet(named, key) },
    { subject: "floor", case: unsigned, key: null, ...usual, open: (named) => openFloor(named, null) },
    { subject: "muster", case: unsigned, key: null, ...usual, open: (named) => openOutlet(named, null) },
    { subject: "muster", case: quiet, key, ...slow, open: (named) => openOutlet(named, key) },
    { subject: "bind", case: name, key, betweenMs, runs: Math.ceil(runs / 4), open: openNsupdate },
  ];
}

async function startNamed(plan: Plan): Promise<Started> {
  const folder = await makeFolder("publish");
  const zoneFile = await writeZone(
    folder,
    sides[0].map((address) => `www 60 IN A ${address}`),
  );
  const server = { address: "127.0.0.1", port: await freePort() };
  const service = { folder, server, core: serverCore, namespace: null, zoneFile, pools: null };
  const { algorithm, name: id, secret } = key;
  const clauses = plan.key === null ? "" : `key "${id}" { algorithm ${algorithm}; secret "${secret}"; };`;
  const zone = plan.key === null ? "allow-update { 127.0.0.1; };" : `allow-update { key "${id}"; };`;
  return startBindWith(service, { clauses, zone });
}

async function measure(plan: Plan, options: Options, report: Report): Promise<void> {
  const named = await startNamed(plan);
  report.setting("bind", named.settings);
  const changer = await plan.open(named);
  const samples: { served: number[]; answered: number[] } = { served: [], answered: [] };
  // The first ones warm both sides up and do not count.
  const warmUps = Math.min(10, plan.runs);
  for (let run = -warmUps; run < plan.runs; run += 1) {
    await pause(run < 0 ? betweenMs : plan.betweenMs, options.signal);
    const sample = await measureOne(named, changer, sides[Math.abs(run + 1) % 2] ?? []);
    if (run < 0) continue;
    samples.served.push(sample.served);
    samples.answered.push(sample.answered);
  }
  await changer.close();
  await named.running.stop();
  const of = { subject: plan.subject, case: plan.case };
  report.samples({ ...of, metric: "ms" }, samples.served);
  report.samples({ ...of, metric: "answered_ms" }, samples.answered);
}

async function measureOne(
  named: Started,
  changer: Changer,
  addresses: readonly string[],
): Promise<{ served: number; answered: number }> {
  const changed = askUntil(named.server, {
    name: fullName("www"),
    accept: (answer) => answer.addresses.length === addresses.length,
    msMax: changeMsMax,
  });
  await pause(5);
  const { done, startedAt } = changer.change(addresses);
  const answered = done.then(() => performance.now() - startedAt);
  return { served: (await changed).at - startedAt, answered: await answered };
}

async function openFloor(named: Started, with_: KeyConfig | null): Promise<Changer> {
  const bare = await openBareUpdater(named.server, with_);
  return {
    change: (addresses) => {
      const ready = bare.prepare(fullName("www"), addresses);
      const startedAt = performance.now();
      return { startedAt, done: ready.go() };
    },
    close: async () => bare.close(),
  };
}

const silence = (): void => undefined;
const silentLog: Log = { debug: silence, info: silence, warn: silence, error: silence };

async function openOutlet(named: Started, with_: KeyConfig | null): Promise<Changer> {
  let waiting: { serial: number; resolve: () => void } | null = null;
  const outlet = createUpdateOutlet({
    zone: origin,
    server: { ...named.server, key: with_?.name ?? null },
    key: with_,
    clock: createClock(),
    log: silentLog,
    onChange: ({ serial }) => {
      if (waiting?.serial === serial) waiting.resolve();
    },
    signal: new AbortController().signal,
  });
  let serial = 0;
  const change = (addresses: readonly string[]): Change => {
    const rdata = addresses.map((address) => Uint8Array.from(address.split(".").map(Number)));
    const set = { owner: textName(fullName("www")), type: 1, ttlSeconds: 60, rdata };
    const { promise, resolve } = Promise.withResolvers<void>();
    serial += 1;
    waiting = { serial, resolve };
    const zone = { origin: textName(origin), serial, sets: new Map([[ownerTypeKey(set), set]]), changed: [set] };
    const startedAt = performance.now();
    outlet.want(zone);
    return { startedAt, done: promise };
  };
  await change(sides[0]).done;
  return { change, close: () => outlet.close() };
}

async function openNsupdate(named: Started): Promise<Changer> {
  const command = findCommand("nsupdate", "bind9-dnsutils");
  const { address, port } = named.server;
  return {
    change: (addresses) => {
      const www = fullName("www");
      const adds = addresses.map((it) => `update add ${www} 60 A ${it}`);
      const lines = [`server ${address} ${port}`, `zone ${origin}`, `update delete ${www} A`, ...adds, "send", ""];
      const startedAt = performance.now();
      const child = spawn(command, ["-y", `${key.algorithm}:${key.name}:${key.secret}`]);
      child.stdin.end(lines.join("\n"));
      return { startedAt, done: once(child, "exit") };
    },
    close: async () => undefined,
  };
}
