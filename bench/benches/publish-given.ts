/**
 * A zone of 100,000 names that others take from muster, over and over: whole (`given/axfr`), and in a difference of 60,000
 * records (`given/ixfr`). Is any query held up meanwhile? `burst` asks for the zone's names 1,000 times a second all the
 * while and keeps the slowest; `given/nothing` is the same without transfers, and shows what this machine does by itself.
 */
import { writeFile } from "node:fs/promises";
import { askUntil } from "../parts/dns-client.ts";
import { buildBurst, runBurst, writeNames } from "../parts/load.ts";
import { startMusterWith } from "../parts/muster.ts";
import { makeFolder, runToEnd } from "../parts/processes.ts";
import { freePort, fullName, origin, type Started, zoneText } from "../parts/service.ts";
import { askSerial } from "../parts/transfer-client.ts";
import { type Options, type Report, wantsSubject } from "../parts/types.ts";
import type { PublishCase } from "./publish-case.ts";

const nameCount = 100_000;
const name = `${nameCount}-names/given`;
const serverCore = 0;
const loadCore = 1;
const probesPerSecond = 1_000;
const changeMsMax = 60_000;
/** Files that differ in so many names each: more at once would be told as a whole zone. */
const changedPerFile = 1_000;
const files = 30;

export const givenCase: PublishCase = { name, goals: [], run: measure };

async function measure(options: Options, report: Report): Promise<void> {
  if (!wantsSubject(options, "muster")) return;
  const folder = await makeFolder("publish-given");
  const server = { address: "127.0.0.1", port: await freePort() };
  const zoneFile = `${folder}/zone`;
  await writeFile(zoneFile, zoneOf(0));
  const service = { folder, server, core: serverCore, namespace: null, zoneFile, pools: null };
  const muster = await startMusterWith(service, { zone: ", transfer: { allow: [127.0.0.0/8] }", top: "" });
  const from = await askSerial(server);
  for (let version = 1; version <= files; version += 1) await reloadOnce(muster, zoneFile, version);
  const names = Array.from({ length: nameCount }, (_, at) => fullName(`h${at}`));
  const scene = { muster, binary: await buildBurst(folder), namesFile: await writeNames(folder, names) };
  for (const [way, query] of [
    ["nothing", null],
    ["axfr", "AXFR"],
    ["ixfr", `IXFR=${from}`],
  ] as const) {
    const found = await load(scene, query, options);
    const of = { subject: "muster", case: `${name}/${way}` } as const;
    if (query !== null) report.samples({ ...of, metric: "ms" }, found.ms);
    report.samples({ ...of, metric: "slowest_query_ms" }, [found.maxMs]);
    report.samples({ ...of, metric: "p99_query_ms" }, [found.p99Ms]);
  }
  report.note(`${name}: ms is one transfer to dig, which writes every record out`);
  await muster.running.stop();
}

function zoneOf(version: number): string {
  const lines = Array.from({ length: nameCount }, (_, at) => {
    const changes = Math.floor(at / changedPerFile) < version;
    return `h${at} IN A 192.0.${changes ? 3 : 2}.${(at % 254) + 1}`;
  });
  const text = zoneText([...lines, `version IN A 192.0.2.${version + 1}`]);
  return text.replace("hostmaster 1 ", `hostmaster ${version + 1} `);
}

async function reloadOnce(muster: Started, zoneFile: string, version: number): Promise<void> {
  await writeFile(zoneFile, zoneOf(version));
  process.kill(muster.running.pid, "SIGHUP");
  const accept = ({ addresses }: { addresses: readonly string[] }): boolean =>
    addresses.includes(`192.0.2.${version + 1}`);
  await askUntil(muster.server, { name: fullName("version"), accept, msMax: changeMsMax });
}

interface Scene {
  readonly muster: Started;
  readonly binary: string;
  readonly namesFile: string;
}

/** Transfers one after the other for as long as queries are asked. */
async function load({ muster, binary, namesFile }: Scene, query: string | null, options: Options) {
  const seconds = options.seconds ?? (options.quick ? 4 : 20);
  const { server, running } = muster;
  const asked = { server, serverPid: running.pid, core: loadCore, namesFile, seconds };
  let ended = false;
  const slowest = runBurst(asked, { binary, pace: probesPerSecond, answers: 1 }).finally(() => (ended = true));
  const ms: number[] = [];
  while (query !== null && !ended) {
    const startedAt = performance.now();
    await runToEnd("dig", [`@${server.address}`, "-p", String(server.port), origin, query], "bind9-dnsutils");
    ms.push(performance.now() - startedAt);
  }
  return { ms, ...(await slowest) };
}
