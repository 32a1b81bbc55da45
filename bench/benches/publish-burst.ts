/**
 * A thousand changes as fast as they come: a web server behind a thousand pools is stopped (`burst`), or a thousand
 * updates are sent, twenty at a time (`burst/updates`). Whether they are coalesced on the way to three secondaries, whether
 * a serial ever goes backwards, and how soon all of them hold the same records as muster.
 */
import { join } from "node:path";
import type { KeyConfig } from "../../src/core/model.ts";
import { serialGreater } from "../../src/dns/serial.ts";
import { type StartedMuster, startMusterWith } from "../parts/muster.ts";
import { startNginx } from "../parts/nginx.ts";
import { makeFolder, pause, type Running, waitUntil } from "../parts/processes.ts";
import { planSecondary, type Secondary } from "../parts/secondary.ts";
import { freePort, fullName, type Pools, type Service, type Started, writeZone } from "../parts/service.ts";
import { askSerial, readRecords } from "../parts/transfer-client.ts";
import { type Options, wantsSubject } from "../parts/types.ts";
import { openBareUpdater } from "../parts/update-floor.ts";
import type { PublishCase } from "./publish-case.ts";

const names = ["burst", "burst/updates"] as const;
type BurstName = (typeof names)[number];
const changes = 1000;
const atOnce = 20;
const members = ["127.0.1.1", "127.0.1.2"];
const leaving = "127.0.1.2";
const watchEveryMs = 10;
const settleMsMax = 60_000;
/** Comparisons of all records, of which one must meet a zone that stands still. */
const triesMax = 10;
const secondaryCore = 1;

const key: KeyConfig = {
  name: "bench-key",
  algorithm: "hmac-sha256",
  secret: Buffer.from("known to the benchmark and muster").toString("base64"),
};

export const bursts: readonly PublishCase[] = names.map((name) => ({
  name,
  goals: [],
  run: async (options, report) => {
    if (!wantsSubject(options, "muster")) return;
    const runs = options.quick ? 1 : Math.min(options.runs ?? 5, 5);
    const found: Burst[] = [];
    for (let run = 0; run < runs; run += 1) found.push(await measureBurst(name, options));
    const metrics = ["answered_ms", "settled_ms", "serials", "transfers", "transfers_whole", "nsd_falls"] as const;
    for (const metric of metrics) {
      report.samples(
        { subject: "muster", case: name, metric },
        found.map((one) => one[metric]),
      );
    }
    report.note(
      "burst: a web server that 1,000 pools have as their second member ends; each pool has checks of its own",
    );
    report.note("burst/updates: 1,000 signed updates of one name each, on twenty connections");
    report.note("burst: answered_ms until muster serves the last change (updates: until it is durable and answered)");
    report.note("burst: settled_ms from there until bind, knot and nsd serve the last serial");
    report.note(
      "burst: at the end all records of all three are compared with muster's; a serial of bind or knot that falls fails the run",
    );
    report.note(
      "burst: nsd_falls: how often nsd answered an older serial than a moment before: each transfer starts new processes, and an old one may take one more query",
    );
  },
}));

interface Burst {
  readonly answered_ms: number;
  readonly settled_ms: number;
  /** How far the serial rose; the time that went by is a part of it. */
  readonly serials: number;
  readonly transfers: number;
  readonly transfers_whole: number;
  readonly nsd_falls: number;
}

interface Stage extends StartedMuster {
  readonly web: readonly Running[];
}

async function measureBurst(name: BurstName, options: Options): Promise<Burst> {
  const secondaries = await Promise.all(
    (["bind", "knot", "nsd"] as const).map((kind) => planSecondary(kind, secondaryCore)),
  );
  const muster = await startPrimary(name, secondaries);
  const runnings = await Promise.all(secondaries.map((each) => each.start(muster.server)));
  if (name === "burst") await haveAll(muster);
  // The first change takes the zone from its file's serial to the time.
  else await updateAll(muster, 1);
  await settle(muster, secondaries);
  const [before, first] = [await countTransfers(muster.api), await askSerial(muster.server)];
  const watch = watchSerials(secondaries, options.signal);
  const startedAt = performance.now();
  await (name === "burst" ? stopMember(muster) : updateAll(muster, changes));
  const answeredAt = performance.now();
  await settle(muster, secondaries);
  const settledAt = performance.now();
  const falls = await watch.stop();
  const last = await askSerial(muster.server);
  await compareRecords(muster, secondaries);
  for (const web of muster.web) await web.stop();
  const after = await countTransfers(muster.api);
  for (const running of [...runnings, muster.running]) await running.stop();
  return {
    answered_ms: answeredAt - startedAt,
    settled_ms: settledAt - answeredAt,
    serials: last - first,
    transfers: after.differences - before.differences,
    transfers_whole: after.whole - before.whole,
    nsd_falls: falls,
  };
}

async function startPrimary(name: BurstName, secondaries: readonly Secondary[]): Promise<Stage> {
  const folder = await makeFolder("publish-burst");
  const server = { address: "127.0.0.1", port: await freePort() };
  const zoneFile = await writeZone(folder, []);
  const port = await freePort();
  const web = await Promise.all(
    members.map((address) => startNginx({ folder: join(folder, address), addresses: [address], port })),
  );
  const pools: Pools | null =
    name === "burst"
      ? { names: Array.from({ length: changes }, (_, at) => `b${at}`), members, port, tempo: "default", check: "http" }
      : null;
  const service: Service = { folder, server, core: 0, namespace: null, zoneFile, pools };
  const to = secondaries.map((each) => `"${each.server.address}:${each.server.port}"`).join(", ");
  const zone = `, transfer: { to: [${to}], allow: [127.0.0.0/8] }, updates: [{ key: ${key.name}, names: ["*.bench.test"] }]`;
  process.env["BENCH_KEY"] = key.secret;
  const top = `keys: { ${key.name}: { algorithm: ${key.algorithm}, secret: { env: BENCH_KEY } } }\n`;
  return { ...(await startMusterWith(service, { zone, top })), web };
}

/** Until every pool answers with both members. */
async function haveAll({ server }: Stage): Promise<void> {
  const all = async (): Promise<boolean> =>
    (await readRecords(server)).filter((line) => line.endsWith(leaving)).length === changes;
  await waitUntil(all, { what: "every pool with both members", msMax: settleMsMax, everyMs: 100 });
}

/** Runs `work` for each number below `count`, in `atOnce` lanes. */
async function inLanes(count: number, openLane: () => Promise<(at: number) => Promise<unknown>>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    const work = await openLane();
    for (let at = next++; at < count; at = next++) await work(at);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

async function stopMember({ server, web }: Stage): Promise<void> {
  await web[1]?.stop();
  const gone = async (): Promise<boolean> => !(await readRecords(server)).some((line) => line.endsWith(leaving));
  await waitUntil(gone, { what: "every pool without the member", msMax: settleMsMax, everyMs: 5 });
}

async function updateAll({ server }: StartedMuster, count: number): Promise<void> {
  const updaters: { close(): void }[] = [];
  await inLanes(count, async () => {
    const updater = await openBareUpdater(server, key);
    updaters.push(updater);
    return (at) => updater.prepare(fullName(`b${at}`), ["192.0.2.1"]).go();
  });
  for (const updater of updaters) updater.close();
}

/** Until all have the serial that muster has by then: a probe that fails or succeeds may move it at any time. */
async function settle({ server }: Pick<Started, "server">, secondaries: readonly Secondary[]): Promise<void> {
  const all = async (): Promise<boolean> => {
    const last = await askSerial(server);
    return (await Promise.all(secondaries.map((each) => askSerial(each.server)))).every((serial) => serial === last);
  };
  await waitUntil(all, { what: "every secondary at muster's serial", msMax: settleMsMax, everyMs: watchEveryMs });
}

/**
 * Fails when a secondary serves an older serial than before, but for NSD, whose falls are counted: it does so with BIND as
 * its primary, too, since its processes of before a transfer answer for a moment beside the new ones.
 */
function watchSerials(secondaries: readonly Secondary[], signal: AbortSignal): { stop(): Promise<number> } {
  const stop = new AbortController();
  let nsdFalls = 0;
  const watched = Promise.all(
    secondaries.map(async ({ kind, server }) => {
      let last = await askSerial(server);
      while (!stop.signal.aborted) {
        await pause(watchEveryMs, signal);
        const serial = await askSerial(server);
        if (serialGreater(last, serial)) {
          if (kind !== "nsd") throw new Error(`${kind} went back from ${last} to ${serial}`);
          nsdFalls += 1;
        }
        last = serial;
      }
    }),
  );
  return {
    stop: async () => {
      stop.abort();
      await watched;
      return nsdFalls;
    },
  };
}

/** What was read while muster's serial moved is read again. */
async function compareRecords(muster: Pick<Started, "server">, secondaries: readonly Secondary[]): Promise<void> {
  for (let tries = 1; ; tries++) {
    await settle(muster, secondaries);
    const serial = await askSerial(muster.server);
    const wanted = await readRecords(muster.server);
    if (wanted.length < changes) throw new Error(`muster has ${wanted.length} records only`);
    const found = await Promise.all(secondaries.map(({ server }) => readRecords(server)));
    const isStill = serial === (await askSerial(muster.server));
    const differs = secondaries.find((_, at) => found[at]?.join("\n") !== wanted.join("\n"));
    if (differs === undefined) return;
    if (isStill || tries === triesMax) throw new Error(`${differs.kind} has other records than muster`);
  }
}

async function countTransfers(api: string): Promise<{ differences: number; whole: number }> {
  const text = await (await fetch(`${api}/metrics`)).text();
  const count = (metric: string): number =>
    Number(new RegExp(`^muster_.*${metric}_total (\\d+)`, "m").exec(text)?.[1] ?? 0);
  return { differences: count("transfers_ixfr"), whole: count("transfers_axfr") + count("transfers_ixfr_whole") };
}
