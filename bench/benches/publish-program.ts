/**
 * UPDATE to BIND by the whole program: a member is drained or comes back by the API, and the clock, which starts with the
 * time in muster's event, stops with named's first changed answer. Between any two of them the bare message of the floor
 * changes another name of the same named, so that whatever else the machine does falls on both.
 */
import { join } from "node:path";
import type { KeyConfig } from "../../src/core/model.ts";
import { startBindWith } from "../parts/bind.ts";
import { askUntil, type Server } from "../parts/dns-client.ts";
import { type StartedMuster, startMusterWith } from "../parts/muster.ts";
import { drainMember, enableMember } from "../parts/muster-api.ts";
import { startNginx } from "../parts/nginx.ts";
import { makeFolder, pause, type Running } from "../parts/processes.ts";
import { freePort, fullName, type Started, writeZone } from "../parts/service.ts";
import { type Options, type Report, wantsSubject } from "../parts/types.ts";
import { type BareUpdater, openBareUpdater } from "../parts/update-floor.ts";
import type { PublishCase } from "./publish-case.ts";

const name = "update/bind/program";
const serverCore = 0;
const changeMsMax = 10_000;
const betweenMs = 200;
const warmUps = 4;
const members = ["127.0.1.1", "127.0.1.2", "127.0.1.3"];
const leaving = "127.0.1.3";
const managed = "www";
const bare = "bare";

const key: KeyConfig = {
  name: "bench-key",
  algorithm: "hmac-sha256",
  secret: Buffer.from("known to the benchmark and named").toString("base64"),
};

export const updateProgram: PublishCase = {
  name,
  goals: [
    { case: name, metric: "ms", direction: "at-most", limit: { kind: "ratio", factor: 2, to: "floor", case: name } },
  ],
  run: measure,
};

interface Scene {
  readonly named: Started;
  readonly muster: StartedMuster;
  readonly floor: BareUpdater;
  readonly web: Running;
}

async function measure(options: Options, report: Report): Promise<void> {
  if (!wantsSubject(options, "muster")) return;
  const runs = options.runs ?? (options.quick ? 6 : 100);
  const scene = await startScene();
  const samples: { muster: number[]; floor: number[] } = { muster: [], floor: [] };
  for (let run = -warmUps; run < runs; run += 1) {
    const out = Math.abs(run) % 2 === 0;
    for (const [subject, change] of [
      ["floor", changeBare],
      ["muster", changeByDecision],
    ] as const) {
      await pause(betweenMs, options.signal);
      const ms = await change(scene, out);
      if (run >= 0) samples[subject].push(ms);
    }
  }
  for (const subject of ["floor", "muster"] as const)
    report.samples({ subject, case: name, metric: "ms" }, samples[subject]);
  report.note(`${name}: the whole program with \`publish: [embedded, update]\`, from the time in its event on`);
  report.note(`${name}: that time has whole milliseconds, cut; so what is measured is 0.5 ms too long on average`);
  scene.floor.close();
  for (const running of [scene.muster.running, scene.named.running, scene.web]) await running.stop();
}

async function startScene(): Promise<Scene> {
  const folder = await makeFolder("publish-program");
  const named = await startNamed();
  const port = await freePort();
  const web = await startNginx({ folder: join(folder, "nginx"), addresses: ["*"], port });
  const service = {
    folder,
    server: { address: "127.0.0.1", port: await freePort() },
    core: serverCore,
    namespace: null,
    zoneFile: await writeZone(folder, []),
    pools: { names: [managed], members, port, tempo: "default", check: "http" },
  } as const;
  process.env["BENCH_KEY"] = key.secret;
  const { address, port: to } = named.server;
  const zone = `, publish: [embedded, { update: { servers: ["${address}:${to}"], key: ${key.name} } }]`;
  const top = `keys: { ${key.name}: { algorithm: ${key.algorithm}, secret: { env: BENCH_KEY } } }\n`;
  const muster = await startMusterWith(service, { zone, top });
  await changed(named.server, managed, members.length);
  const floor = await openBareUpdater(named.server, key);
  await floor.prepare(fullName(bare), members).go();
  return { named, muster, floor, web };
}

async function startNamed(): Promise<Started> {
  const folder = await makeFolder("publish-program-bind");
  const server = { address: "127.0.0.1", port: await freePort() };
  const service = {
    folder,
    server,
    core: serverCore,
    namespace: null,
    zoneFile: await writeZone(folder, []),
    pools: null,
  };
  const clauses = `key "${key.name}" { algorithm ${key.algorithm}; secret "${key.secret}"; };`;
  const zone = `allow-update { key "${key.name}"; }; allow-transfer { key "${key.name}"; 127.0.0.0/8; };`;
  return startBindWith(service, { clauses, zone });
}

/** Resolves with the moment of the first answer with so many addresses. */
async function changed(server: Server, label: string, count: number): Promise<number> {
  const accept = ({ addresses }: { addresses: readonly string[] }): boolean => addresses.length === count;
  return (await askUntil(server, { name: fullName(label), accept, msMax: changeMsMax })).at;
}

async function changeBare({ floor, named }: Scene, out: boolean): Promise<number> {
  const addresses = members.filter((each) => !out || each !== leaving);
  const served = changed(named.server, bare, addresses.length);
  const ready = floor.prepare(fullName(bare), addresses);
  await pause(5);
  const startedAt = performance.now();
  await ready.go();
  return (await served) - startedAt;
}

async function changeByDecision({ muster, named }: Scene, out: boolean): Promise<number> {
  const served = changed(named.server, managed, members.length - (out ? 1 : 0));
  const member = `${fullName(managed)}/${leaving}`;
  const decidedAt = await (out ? drainMember(muster.api, member) : enableMember(muster.api, member));
  return (await served) - decidedAt;
}
