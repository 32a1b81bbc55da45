/**
 * A client's update (RFC 2136): from the message on an open connection to the answer, which both servers give when the
 * change is durable. One after the other, so that each waits for commits of its own; `burst/updates` has many at once.
 */
import type { KeyConfig } from "../../src/core/model.ts";
import { startBindWith } from "../parts/bind.ts";
import { startMusterWith } from "../parts/muster.ts";
import { makeFolder, pause } from "../parts/processes.ts";
import { freePort, fullName, type Service, type Started, writeZone } from "../parts/service.ts";
import { type Options, type Report, wantsSubject } from "../parts/types.ts";
import { openBareUpdater } from "../parts/update-floor.ts";
import type { PublishCase } from "./publish-case.ts";

const name = "update-in";
const serverCore = 0;
const betweenMs = 30;
const warmUps = 10;

const key: KeyConfig = {
  name: "bench-key",
  algorithm: "hmac-sha256",
  secret: Buffer.from("known to the benchmark and its servers").toString("base64"),
};

export const updateIn: PublishCase = { name, goals: [], run: measure };

async function measure(options: Options, report: Report): Promise<void> {
  for (const [subject, start] of [
    ["muster", startMuster],
    ["bind", startNamed],
  ] as const) {
    if (!wantsSubject(options, subject)) continue;
    const started = await start(await makeService(`publish-update-in-${subject}`));
    report.samples({ subject, case: name, metric: "answered_ms" }, await takeSamples(started, options));
    await started.running.stop();
  }
}

async function makeService(folderName: string): Promise<Service> {
  const folder = await makeFolder(folderName);
  const server = { address: "127.0.0.1", port: await freePort() };
  return { folder, server, core: serverCore, namespace: null, zoneFile: await writeZone(folder, []), pools: null };
}

/** With transfers, since only then a zone has a past that must be durable too. */
function startMuster(service: Service): Promise<Started> {
  process.env["BENCH_KEY"] = key.secret;
  const zone = `, transfer: { allow: [127.0.0.0/8] }, updates: [{ key: ${key.name}, names: ["*.bench.test"] }]`;
  const top = `keys: { ${key.name}: { algorithm: ${key.algorithm}, secret: { env: BENCH_KEY } } }\n`;
  return startMusterWith(service, { zone, top });
}

function startNamed(service: Service): Promise<Started> {
  const clauses = `key "${key.name}" { algorithm ${key.algorithm}; secret "${key.secret}"; };`;
  return startBindWith(service, { clauses, zone: `allow-update { key "${key.name}"; };` });
}

async function takeSamples({ server }: Started, options: Options): Promise<number[]> {
  const runs = options.runs ?? (options.quick ? 30 : 200);
  const updater = await openBareUpdater(server, key);
  const samples: number[] = [];
  for (let run = -warmUps; run < runs; run += 1) {
    const ready = updater.prepare(fullName("changes"), [`192.0.2.${(run + warmUps) % 250}`]);
    await pause(betweenMs, options.signal);
    const startedAt = performance.now();
    const answeredAt = await ready.go();
    if (run >= 0) samples.push(answeredAt - startedAt);
  }
  updater.close();
  return samples;
}
