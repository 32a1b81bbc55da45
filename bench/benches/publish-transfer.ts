/**
 * NOTIFY and IXFR: from a decision to the first changed answer of a secondary, and of muster itself (`embedded`). The
 * decision is a member that is drained or comes back; the clock starts with the time in muster's event. The peer `bind`
 * is a hidden primary that gets an update on an open connection, and tells the same secondary. `N-names/ixfr` has one change
 * after the other in a small and in a large zone.
 */
import { join } from "node:path";
import type { KeyConfig } from "../../src/core/model.ts";
import { startBindWith } from "../parts/bind.ts";
import { awaitAnswer, type Server } from "../parts/dns-client.ts";
import { type StartedMuster, startMusterWith } from "../parts/muster.ts";
import { drainMember, enableMember } from "../parts/muster-api.ts";
import { startNginx } from "../parts/nginx.ts";
import { makeFolder, pause, usageOf, waitUntil } from "../parts/processes.ts";
import { planSecondary, type Secondary, type SecondaryKind } from "../parts/secondary.ts";
import { freePort, fullName, type Service, writeZone } from "../parts/service.ts";
import { askSerial, fetchDifference, type Fetched } from "../parts/transfer-client.ts";
import { type Options, type Report, type Subject, wantsSubject } from "../parts/types.ts";
import { openBareUpdater } from "../parts/update-floor.ts";
import type { PublishCase } from "./publish-case.ts";

const primaryCore = 0;
const secondaryCore = 1;
const lookEveryMs = 1;
const changeMsMax = 30_000;
const betweenMs = 1200;
const members = ["127.0.1.1", "127.0.1.2", "127.0.1.3"];
const leaving = "127.0.1.3";
const goalMs = 100;

const key: KeyConfig = {
  name: "bench-key",
  algorithm: "hmac-sha256",
  secret: Buffer.from("known to the benchmark and named").toString("base64"),
};

interface Context {
  readonly options: Options;
  readonly report: Report;
  readonly runs: number;
}

/** Makes the third address leave or come back; resolves with the moment of the decision, in `performance.now()`. */
type Turn = (out: boolean) => Promise<number>;

interface Scene {
  readonly primary: Server;
  readonly pid: number;
  readonly turn: Turn;
  stop(): Promise<void>;
}

const kinds: readonly SecondaryKind[] = ["knot", "nsd", "nsd-as-packaged", "bind"];
const sizes = [100, 100_000] as const;
const sizeCase = (names: number): string => `${names}-names/ixfr`;

function transferCase(kind: SecondaryKind): PublishCase {
  const name = `ixfr/${kind}`;
  const limit = { kind: "number", value: goalMs } as const;
  return {
    name,
    goals: [{ case: name, metric: "ms", direction: "at-most", limit }],
    run: async (options, report) => {
      const runs = options.runs ?? (options.quick ? 4 : 40);
      for (const subject of ["muster", "bind"] as const) {
        if (!wantsSubject(options, subject)) continue;
        await measureSecondary({ options, report, runs }, { subject, kind, name });
      }
      report.note("ixfr: the secondary is asked every ms, so the first changed answer is seen up to 1 ms late");
      report.setting("bind", "as a hidden primary: notify explicit, notify-delay 0 (5 s by default)");
    },
  };
}

export const transferCases: readonly PublishCase[] = [
  ...kinds.map(transferCase),
  { name: "embedded", goals: [], run: runEmbedded },
  ...sizes.map((names) => ({
    name: sizeCase(names),
    goals: [],
    run: (options: Options, report: Report) => measureSize({ options, report, runs: runsOf(options) }, names),
  })),
];

function runsOf(options: Options): number {
  return options.runs ?? (options.quick ? 4 : 40);
}

async function measureSecondary(
  context: Context,
  of: { readonly subject: Subject; readonly kind: SecondaryKind; readonly name: string },
): Promise<void> {
  const { report } = context;
  const secondary = await planSecondary(of.kind, secondaryCore);
  const scene = of.subject === "muster" ? await startScene([secondary], 0) : await startPeer(secondary);
  const running = await secondary.start(scene.primary);
  report.note(`ixfr/${of.kind}: ${secondary.settings}`);
  const samples = await takeTurns(scene, secondary.server, context);
  report.samples({ subject: of.subject, case: of.name, metric: "ms" }, samples);
  await running.stop();
  await scene.stop();
}

async function takeTurns(scene: Scene, asked: Server, { options, runs }: Context): Promise<number[]> {
  await awaitWww(asked, false);
  const samples: number[] = [];
  // The first two warm both sides up and do not count.
  for (let run = -2; run < runs; run += 1) {
    await pause(betweenMs, options.signal);
    const out = Math.abs(run) % 2 === 0;
    const changed = awaitWww(asked, out);
    const decidedAt = await scene.turn(out);
    const { at } = await changed;
    if (run >= 0) samples.push(at - decidedAt);
  }
  return samples;
}

function awaitWww(server: Server, out: boolean) {
  const count = out ? members.length - 1 : members.length;
  const accept = (answer: { addresses: readonly string[] }): boolean => answer.addresses.length === count;
  return awaitAnswer(server, { name: fullName("www"), accept, msMax: changeMsMax, everyMs: lookEveryMs });
}

/** muster with the pool `www` over a zone of `names` further names. */
async function startScene(
  secondaries: readonly Secondary[],
  names: number,
): Promise<Scene & { muster: StartedMuster }> {
  const folder = await makeFolder("publish-muster");
  const port = await freePort();
  const web = await startNginx({ folder: join(folder, "nginx"), addresses: ["*"], port });
  const lines = Array.from({ length: names }, (_, at) => `h${at} IN A 192.0.2.${(at % 254) + 1}`);
  const service: Service = {
    folder,
    server: { address: "127.0.0.1", port: await freePort() },
    core: primaryCore,
    namespace: null,
    zoneFile: await writeZone(folder, lines),
    pools: { names: ["www"], members, port, tempo: "default", check: "http" },
  };
  const to = secondaries.map(({ server }) => `"${server.address}:${server.port}"`).join(", ");
  const told = to === "" ? "" : `to: [${to}], `;
  const zone = `, transfer: { ${told}allow: [127.0.0.0/8] }`;
  const muster = await startMusterWith(service, { zone, top: "" });
  await awaitWww(muster.server, false);
  const member = `${fullName("www")}/${leaving}`;
  return {
    muster,
    primary: muster.server,
    pid: muster.running.pid,
    turn: (out) => (out ? drainMember(muster.api, member) : enableMember(muster.api, member)),
    stop: async () => {
      await muster.running.stop();
      await web.stop();
    },
  };
}

async function startPeer(secondary: Secondary): Promise<Scene> {
  const folder = await makeFolder("publish-bind");
  const zoneFile = await writeZone(
    folder,
    members.map((address) => `www 60 IN A ${address}`),
  );
  const server = { address: "127.0.0.1", port: await freePort() };
  const service = { folder, server, core: primaryCore, namespace: null, zoneFile, pools: null };
  const { address, port } = secondary.server;
  const named = await startBindWith(service, {
    clauses: `key "${key.name}" { algorithm ${key.algorithm}; secret "${key.secret}"; };`,
    zone: `allow-update { key "${key.name}"; }; allow-transfer { any; };
      notify explicit; also-notify { ${address} port ${port}; }; notify-delay 0;`,
  });
  const bare = await openBareUpdater(server, key);
  return {
    primary: server,
    pid: named.running.pid,
    turn: async (out) => {
      const ready = bare.prepare(
        fullName("www"),
        members.filter((each) => !out || each !== leaving),
      );
      const startedAt = performance.now();
      await ready.go();
      return startedAt;
    },
    stop: async () => {
      bare.close();
      await named.running.stop();
    },
  };
}

/** The same decision, seen at muster itself. */
async function runEmbedded(options: Options, report: Report): Promise<void> {
  if (!wantsSubject(options, "muster")) return;
  const scene = await startScene([], 0);
  const samples = await takeTurns(scene, scene.primary, { options, report, runs: runsOf(options) });
  report.samples({ subject: "muster", case: "embedded", metric: "ms" }, samples);
  report.note(
    "embedded: muster's event has whole milliseconds, cut; so 0.5 ms too long on average, and seen up to 1 ms late",
  );
  await scene.stop();
}

/** Nothing here may grow with the zone: the transfer's octets and time, and muster's CPU for a change and its transfer. */
async function measureSize(context: Context, names: number): Promise<void> {
  const { options, report, runs } = context;
  if (!wantsSubject(options, "muster")) return;
  const secondary = await planSecondary("knot", secondaryCore);
  const scene = await startScene([secondary], names);
  const running = await secondary.start(scene.primary);
  const fetched: Fetched[] = [];
  const measured: Scene = {
    ...scene,
    turn: async (out) => {
      const before = await askSerial(scene.primary);
      const decidedAt = await scene.turn(out);
      await waitUntil(async () => (await askSerial(secondary.server)) !== before, {
        what: "transfer",
        msMax: changeMsMax,
      });
      fetched.push(await fetchDifference(scene.primary, before));
      return decidedAt;
    },
  };
  const of = { subject: "muster", case: sizeCase(names) } as const;
  report.samples({ ...of, metric: "ms" }, await takeTurns(measured, secondary.server, context));
  report.samples(
    { ...of, metric: "ixfr_octets" },
    fetched.map(({ octets }) => octets),
  );
  report.samples(
    { ...of, metric: "ixfr_ms" },
    fetched.map(({ ms }) => ms),
  );
  report.samples({ ...of, metric: "cpu_ms" }, await cpuOfChanges(scene, { options, changes: runs * 2 }));
  report.note(
    "cpu_ms: CPU of all of muster for one decision: the API's two requests, transaction, NOTIFY, proof and IXFR to knot; what checks take is taken off",
  );
  await running.stop();
  await scene.stop();
}

const cpuPaceMs = 100;

/** CPU in ms per change over many, less what the same time costs without changes. */
async function cpuOfChanges(
  scene: Scene,
  { options, changes }: { options: Options; changes: number },
): Promise<number[]> {
  const spent: number[] = [];
  for (const busy of [false, true]) {
    const before = (await usageOf(scene.pid)).cpuSeconds;
    for (let at = 0; at < changes; at += 1) {
      if (busy) await scene.turn(at % 2 === 0);
      await pause(cpuPaceMs, options.signal);
    }
    spent.push((await usageOf(scene.pid)).cpuSeconds - before);
  }
  const [idle = 0, busy = 0] = spent;
  return [(1000 * (busy - idle)) / changes];
}
