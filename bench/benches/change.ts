/**
 * One change in a large zone: how long after the decision the answer is different, whether any other query is held up
 * meanwhile, and how long the whole zone takes to load. muster changes one pool by its API; the peers have no such
 * decision, so for them a change is the reload of an edited zone file, and the clock starts with that command. While
 * changes happen, `burst` asks for other names of the zone 1,000 times a second and keeps the slowest.
 */
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Answer, askUntil } from "../parts/dns-client.ts";
import { startFloor } from "../parts/floor.ts";
import { startGdnsd } from "../parts/gdnsd.ts";
import { startKnot } from "../parts/knot.ts";
import { buildBurst, pinSelf, runBurst, writeNames } from "../parts/load.ts";
import { type StartedMuster, startMuster } from "../parts/muster.ts";
import { drainMember, enableMember } from "../parts/muster-api.ts";
import { startNginx } from "../parts/nginx.ts";
import { makeFolder, pause } from "../parts/processes.ts";
import { freePort, fullName, type Pools, type Service, type Start, type Started, zoneText } from "../parts/service.ts";
import { type Bench, type Options, type Report, type Subject, wantsCase, wantsSubject } from "../parts/types.ts";

const serverCore = 0;
const loadCore = 1;
const nameCount = 100_000;
const probesPerSecond = 1_000;
const changeMsMax = 30_000;
const betweenMs = 500;
const members = ["127.0.1.1", "127.0.1.2", "127.0.1.3"];
const leaving = "127.0.1.3";

const oneChange = "100000-names/one-change";
const quiet = "100000-names/quiet";
const loading = "100000-names/load";
const starting = "100000-names/start";
const startingSmall = "8-names/start";

interface Contender {
  readonly subject: Subject;
  readonly start: Start;
}

const contenders: readonly Contender[] = [
  { subject: "muster", start: startMuster },
  { subject: "gdnsd", start: startGdnsd },
  { subject: "knot", start: startKnot },
];

export const change: Bench = {
  name: "change",
  about: "one change in a zone of 100,000 names: time to the changed answer, the slowest query meanwhile, loading",
  goals: [
    { case: oneChange, metric: "ms", direction: "at-most", limit: { kind: "number", value: 2 } },
    { case: oneChange, metric: "slowest_query_ms", direction: "at-most", limit: { kind: "number", value: 5 } },
    { case: loading, metric: "ms", direction: "at-most", limit: { kind: "number", value: 1_000 } },
  ],
  run: async (options, report) => {
    await pinSelf(loadCore);
    const stage = await createStage();
    for (const contender of contenders.filter((it) => wantsSubject(options, it.subject))) {
      await measureStarts(contender, stage, { options, report });
      await measureChanges(contender, stage, { options, report });
    }
    await measureDecisions(stage, { options, report });
    if (wantsSubject(options, "floor") && wantsCase(options, quiet)) await measureFloor(stage, { options, report });
    report.note("slowest_query_ms of `quiet` is without any change: what scheduling and collection cost anyway");
    report.note("load: one line of the file is edited; from the reload command to the first answer from the new file");
    report.note("start: from starting the program to its first answer, for this zone and for a tiny one");
    report.note("one-change of muster begins with the time in its event, which is cut to whole milliseconds");
  },
};

interface Context {
  readonly options: Options;
  readonly report: Report;
}

interface Stage {
  /** The zone's own names, without `www`. */
  readonly names: readonly string[];
  readonly namesFile: string;
  readonly pools: Pools;
  readonly burst: string;
}

async function createStage(): Promise<Stage> {
  const folder = await makeFolder("change");
  const names = Array.from({ length: nameCount }, (_, i) => `h${String(i).padStart(6, "0")}`);
  const port = await freePort();
  await startNginx({ folder: join(folder, "nginx"), addresses: ["*"], port });
  return {
    names,
    namesFile: await writeNames(folder, names.map(fullName)),
    pools: { names: ["www"], members, port, tempo: "default", check: "http" },
    burst: await buildBurst(folder),
  };
}

/** The zone as text; for subjects without pools `www` is part of it, whole or without the member that leaves. */
function largeZone(stage: Stage, www: readonly string[]): string {
  const lines = stage.names.map((name, i) => `${name} IN A 192.0.2.${(i % 254) + 1}`);
  return zoneText([...lines, ...www.map((address) => `www IN A ${address}`)]);
}

async function makeService(contender: Contender, text: string, pools: Pools | null): Promise<Service> {
  const folder = await makeFolder(contender.subject);
  const zoneFile = join(folder, "zone");
  await writeFile(zoneFile, text);
  const server = { address: "127.0.0.1", port: await freePort() };
  return { folder, server, core: serverCore, namespace: null, zoneFile, pools };
}

async function measureStarts(contender: Contender, stage: Stage, context: Context): Promise<void> {
  const { options, report } = context;
  const runs = options.runs ?? (options.quick ? 2 : 10);
  const texts = { [starting]: largeZone(stage, members), [startingSmall]: zoneText([]) };
  for (const [name, text] of Object.entries(texts)) {
    if (!wantsCase(options, name)) continue;
    const samples: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      const service = await makeService(contender, text, null);
      const start = performance.now();
      const started = await contender.start(service);
      samples.push(performance.now() - start);
      await started.running.stop();
    }
    report.samples({ subject: contender.subject, case: name, metric: "ms" }, samples);
  }
}

async function measureChanges(contender: Contender, stage: Stage, context: Context): Promise<void> {
  const { options, report } = context;
  if (![oneChange, quiet, loading].some((it) => wantsCase(options, it))) return;
  const decides = contender.subject === "muster";
  const started = await contender.start(await makeService(contender, largeZone(stage, members), null));
  report.setting(contender.subject, started.settings);
  const reload = await turnByReload(started, stage);
  await measureTurns(started, reload, { ...context, stage, cases: decides ? [loading] : [loading, oneChange] });
  if (!decides && wantsCase(options, quiet)) await measureQuiet(contender.subject, started, { stage, ...context });
  await started.running.stop();
}

/** muster's own way to change: a decision about a pool that lies over the zone's file. */
async function measureDecisions(stage: Stage, context: Context): Promise<void> {
  const { options } = context;
  if (!wantsSubject(options, "muster") || ![oneChange, quiet].some((it) => wantsCase(options, it))) return;
  const service = await makeService({ subject: "muster", start: startMuster }, largeZone(stage, []), stage.pools);
  const started = await startMuster(service);
  await measureTurns(started, turnByDecision(started), { ...context, stage, cases: [oneChange] });
  if (wantsCase(options, quiet)) await measureQuiet("muster", started, { stage, ...context });
  await started.running.stop();
}

/** Makes the member leave (`out`) or return; says when that was decided, in `performance.now()`. */
type Turn = (out: boolean) => Promise<number>;

async function measureTurns(
  started: Started,
  turn: Turn,
  context: Context & { readonly stage: Stage; readonly cases: readonly string[] },
): Promise<void> {
  const { options, report, stage } = context;
  await awaitWww(started, false);
  const runs = options.runs ?? (options.quick ? 4 : 20);
  const slowest = burstFor(started, stage, { seconds: (runs * (betweenMs + 500)) / 1_000, answers: 1 });
  const samples: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    await pause(betweenMs, options.signal);
    samples.push(await measureTurn(started, turn, run % 2 === 0));
  }
  const { maxMs, p99Ms } = await slowest;
  for (const name of context.cases.filter((it) => wantsCase(options, it))) {
    const of = { subject: started.subject, case: name };
    report.samples({ ...of, metric: "ms" }, samples);
    report.samples({ ...of, metric: "slowest_query_ms" }, [maxMs]);
    report.samples({ ...of, metric: "p99_query_ms" }, [p99Ms]);
  }
}

/** Asks without pause while the change is made, so that the moment of the first changed answer is known closely. */
async function measureTurn(started: Started, turn: Turn, out: boolean): Promise<number> {
  const changed = awaitWww(started, out);
  const decidedAt = await turn(out);
  return (await changed).at - decidedAt;
}

function awaitWww(started: Started, out: boolean): Promise<Answer> {
  const accept = (answer: Answer): boolean =>
    answer.addresses.length === (out ? members.length - 1 : members.length) &&
    answer.addresses.includes(leaving) !== out;
  return askUntil(started.server, { name: fullName("www"), accept, msMax: changeMsMax });
}

function turnByDecision(started: StartedMuster): Turn {
  return async (out) => {
    const member = `${fullName("www")}/${leaving}`;
    return out ? drainMember(started.api, member) : enableMember(started.api, member);
  };
}

/** The edited file is in place before the clock starts. */
async function turnByReload(started: Started, stage: Stage): Promise<Turn> {
  const { reload } = started;
  if (reload === null) throw new Error(`${started.subject} cannot reload`);
  const staging = await makeFolder("edited");
  const whole = largeZone(stage, members);
  const without = largeZone(
    stage,
    members.filter((it) => it !== leaving),
  );
  let serial = 1;
  return async (out) => {
    serial += 1;
    const edited = join(staging, "zone");
    await writeFile(edited, (out ? without : whole).replace("hostmaster 1 ", `hostmaster ${serial} `));
    await rename(edited, reload.zoneFile);
    const decidedAt = performance.now();
    await reload.run();
    return decidedAt;
  };
}

async function measureQuiet(subject: Subject, started: Started, of: Context & { stage: Stage }): Promise<void> {
  const seconds = of.options.seconds ?? (of.options.quick ? 3 : 20);
  const { maxMs } = await burstFor(started, of.stage, { seconds, answers: 1 });
  of.report.samples({ subject, case: quiet, metric: "slowest_query_ms" }, [maxMs]);
}

function burstFor(
  started: Started,
  stage: Stage,
  of: { seconds: number; answers: number },
): ReturnType<typeof runBurst> {
  const { server, running } = started;
  const load = { server, serverPid: running.pid, core: loadCore, namesFile: stage.namesFile, seconds: of.seconds };
  return runBurst(load, { binary: stage.burst, pace: probesPerSecond, answers: of.answers });
}

async function measureFloor(stage: Stage, context: Context): Promise<void> {
  const service = await makeService({ subject: "floor", start: startFloor }, "", null);
  const started = await startFloor(service);
  context.report.setting("floor", started.settings);
  const seconds = context.options.seconds ?? (context.options.quick ? 3 : 20);
  const { maxMs } = await burstFor(started, stage, { seconds, answers: 4 });
  context.report.samples({ subject: "floor", case: quiet, metric: "slowest_query_ms" }, [maxMs]);
  await started.running.stop();
}
