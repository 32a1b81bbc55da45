/**
 * A zone of 100,000 names that muster takes from another primary, again and again: BIND reads an edited file, tells muster,
 * and gives the zone whole. Is any query to muster held up while the zone comes in? `burst` asks for its names 1,000 times
 * a second all the while and keeps the slowest.
 */
import { writeFile } from "node:fs/promises";
import { startBindWith } from "../parts/bind.ts";
import { askUntil } from "../parts/dns-client.ts";
import { buildBurst, runBurst, writeNames } from "../parts/load.ts";
import { startMusterWith } from "../parts/muster.ts";
import { makeFolder, pause } from "../parts/processes.ts";
import { freePort, fullName, type Started, zoneText } from "../parts/service.ts";
import { type Options, type Report, wantsSubject } from "../parts/types.ts";
import type { PublishCase } from "./publish-case.ts";

const nameCount = 100_000;
const name = `${nameCount}-names/transferred`;
const serverCore = 0;
const loadCore = 1;
const probesPerSecond = 1_000;
const betweenMs = 1_000;
const changeMsMax = 60_000;
/** What one transfer may take of the time in which queries are asked. */
const roundMs = 4_000;

export const transferredCase: PublishCase = { name, goals: [], run: measure };

function zoneOf(version: number): string {
  const lines = Array.from({ length: nameCount }, (_, at) => `h${at} IN A 192.0.2.${(at % 254) + 1}`);
  const serial = zoneText([...lines, `version IN A 192.0.2.${(version % 250) + 1}`]);
  return serial.replace("hostmaster 1 ", `hostmaster ${version + 1} `);
}

async function measure(options: Options, report: Report): Promise<void> {
  if (!wantsSubject(options, "muster")) return;
  const runs = options.runs ?? (options.quick ? 2 : 10);
  const folder = await makeFolder("publish-transferred");
  const server = { address: "127.0.0.1", port: await freePort() };
  const named = await startPrimary(server.port);
  const { address, port } = named.primary.server;
  const source = `primaries: ["${address}:${port}"]`;
  const service = { folder, server, core: serverCore, namespace: null, zoneFile: named.zoneFile, pools: null };
  const muster = await startMusterWith(service, { source, zone: ", transfer: { allow: [127.0.0.0/8] }", top: "" });
  const namesFile = await writeNames(
    folder,
    Array.from({ length: nameCount }, (_, at) => fullName(`h${at}`)),
  );
  const binary = await buildBurst(folder);
  const load = { server, serverPid: muster.running.pid, core: loadCore, namesFile, seconds: (runs * roundMs) / 1000 };
  const slowest = runBurst(load, { binary, pace: probesPerSecond, answers: 1 });
  const samples: number[] = [];
  for (let run = 1; run <= runs; run += 1) {
    await pause(betweenMs, options.signal);
    samples.push(await transferOnce(named, muster, run));
  }
  const { maxMs, p99Ms } = await slowest;
  const of = { subject: "muster", case: name } as const;
  report.samples({ ...of, metric: "ms" }, samples);
  report.samples({ ...of, metric: "slowest_query_ms" }, [maxMs]);
  report.samples({ ...of, metric: "p99_query_ms" }, [p99Ms]);
  report.note(`${name}: ms from named's signal to read the edited file to muster's first answer from it`);
  await muster.running.stop();
  await named.primary.running.stop();
}

interface Primary {
  readonly primary: Started;
  readonly zoneFile: string;
}

/** named gives the zone whole, since it keeps no differences of a file. */
async function startPrimary(notified: number): Promise<Primary> {
  const folder = await makeFolder("publish-transferred-bind");
  const zoneFile = `${folder}/zone`;
  await writeFile(zoneFile, zoneOf(0));
  const server = { address: "127.0.0.1", port: await freePort() };
  const service = { folder, server, core: loadCore, namespace: null, zoneFile, pools: null };
  const zone = `allow-transfer { any; }; notify explicit; also-notify { 127.0.0.1 port ${notified}; }; notify-delay 0;`;
  return { primary: await startBindWith(service, { clauses: "", zone }), zoneFile };
}

async function transferOnce({ primary, zoneFile }: Primary, muster: Started, version: number): Promise<number> {
  await writeFile(zoneFile, zoneOf(version));
  const wanted = `192.0.2.${(version % 250) + 1}`;
  const served = askUntil(muster.server, {
    name: fullName("version"),
    accept: ({ addresses }) => addresses.includes(wanted),
    msMax: changeMsMax,
  });
  const startedAt = performance.now();
  process.kill(primary.running.pid, "SIGHUP");
  return (await served).at - startedAt;
}
