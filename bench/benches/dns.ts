/**
 * How many queries a second a server answers on one core, and how long the slowest of a hundred takes at 20,000 q/s.
 * 1,000 names with four addresses each; the load comes from the other core. Subjects take turns, so that a slow minute
 * of the machine hits all of them. Names from a zone file and names made from checked pools are different cases: only the
 * second needs a decision behind each answer, and only some subjects can do it.
 */
import { join } from "node:path";
import { startBind } from "../parts/bind.ts";
import { type Answer, awaitAnswer, countAnswered } from "../parts/dns-client.ts";
import { startFloor } from "../parts/floor.ts";
import { startGdnsd } from "../parts/gdnsd.ts";
import { startKnot } from "../parts/knot.ts";
import { buildBurst, type Load, pinSelf, runBurst, runDnsperf, writeNames } from "../parts/load.ts";
import { startMuster } from "../parts/muster.ts";
import { startNginx } from "../parts/nginx.ts";
import { startNsd } from "../parts/nsd.ts";
import { launch, startPowerdns } from "../parts/powerdns.ts";
import { makeFolder } from "../parts/processes.ts";
import { freePort, fullName, type Pools, type Start, type Started, writeZone } from "../parts/service.ts";
import { type Bench, type Options, type Report, type Subject, wantsCase, wantsSubject } from "../parts/types.ts";

const serverCore = 0;
const loadCore = 1;
const nameCount = 1_000;
const addressesPerName = 4;
const latencyPace = 20_000;
/** Below this share of the pace the latency is that of a full queue and says nothing. */
const paceShareMin = 0.95;
const answersMsMax = 60_000;
/** Above this share of its core the generator may be the limit. */
const loadCpuPercentMax = 97;

interface Variant {
  readonly subject: Subject;
  readonly start: Start;
  /** Added to the name of the case. */
  readonly suffix: "" | "/pools" | "/not-shared";
  readonly pools: boolean;
}

const variants: readonly Variant[] = [
  { subject: "muster", start: startMuster, suffix: "", pools: false },
  { subject: "bind", start: startBind, suffix: "", pools: false },
  { subject: "knot", start: startKnot, suffix: "", pools: false },
  { subject: "nsd", start: startNsd, suffix: "", pools: false },
  { subject: "gdnsd", start: startGdnsd, suffix: "", pools: false },
  { subject: "powerdns", start: startPowerdns, suffix: "", pools: false },
  { subject: "powerdns-lua", start: (it) => launch(it, "shared"), suffix: "", pools: true },
  { subject: "floor", start: startFloor, suffix: "", pools: false },
  { subject: "muster", start: startMuster, suffix: "/pools", pools: true },
  { subject: "gdnsd", start: startGdnsd, suffix: "/pools", pools: true },
  {
    subject: "powerdns-lua",
    start: (it) => launch(it, "yes"),
    suffix: "/not-shared",
    pools: true,
  },
];

export const dns: Bench = {
  name: "dns",
  about: "queries per second on one core, and the slowest of a hundred at 20,000 q/s",
  goals: [
    ratioGoal("saturated", "qps", { direction: "at-least", factor: 0.85, to: "bind" }),
    ratioGoal("saturated", "qps", { direction: "at-least", factor: 1.7, to: "powerdns-lua" }),
    ratioGoal("saturated-batched", "qps", { direction: "at-least", factor: 0.85, to: "bind" }),
    ratioGoal("saturated/pools", "qps", { direction: "at-least", factor: 1.7, to: "powerdns-lua", other: "saturated" }),
    ratioGoal("20000/s", "p99_ms", { direction: "at-most", factor: 2, to: "gdnsd" }),
  ],
  run: async (options, report) => {
    await pinSelf(loadCore);
    const stage = await createStage();
    const wanted = variants.filter((it) => wantsSubject(options, it.subject) && wantsVariant(options, it));
    const runners: Runner[] = [];
    for (const variant of wanted) runners.push(await startVariant(variant, stage, report));
    await measureRounds(runners, { stage, options, report });
  },
};

interface RatioOptions {
  readonly direction: "at-least" | "at-most";
  readonly factor: number;
  readonly to: Subject;
  /** The peer's case, where it is another. */
  readonly other?: string;
}

function ratioGoal(name: string, metric: string, of: RatioOptions): Bench["goals"][number] {
  const limit = { kind: "ratio", factor: of.factor, to: of.to, case: of.other ?? name } as const;
  return { case: name, metric, direction: of.direction, limit };
}

function wantsVariant(options: Options, variant: Variant): boolean {
  return ["saturated", "20000/s"].some((name) => wantsCase(options, `${name}${variant.suffix}`));
}

interface Stage {
  readonly zoneFile: string;
  readonly plainZoneFile: string;
  readonly namesFile: string;
  readonly pools: Pools;
  readonly burst: string;
}

async function createStage(): Promise<Stage> {
  const folder = await makeFolder("dns");
  const names = Array.from({ length: nameCount }, (_, i) => `n${String(i).padStart(4, "0")}`);
  const members = Array.from({ length: addressesPerName }, (_, i) => `127.0.1.${i + 1}`);
  const port = await freePort();
  await startNginx({ folder: join(folder, "nginx"), addresses: ["*"], port });
  const lines = names.flatMap((name) => members.map((address) => `${name} IN A ${address}`));
  return {
    zoneFile: await writeZone(folder, lines),
    plainZoneFile: await writeZone(await makeFolder("dns"), []),
    namesFile: await writeNames(folder, names.map(fullName)),
    pools: { names, members, port, tempo: "default", check: "tcp" },
    burst: await buildBurst(folder),
  };
}

interface Runner {
  readonly variant: Variant;
  readonly started: Started;
  readonly samples: Map<string, { readonly case: string; readonly metric: string; readonly values: number[] }>;
}

async function startVariant(variant: Variant, stage: Stage, report: Report): Promise<Runner> {
  report.progress(`dns: starting ${variant.subject}${variant.suffix}`);
  const started = await variant.start({
    folder: await makeFolder(variant.subject),
    server: { address: "127.0.0.1", port: await freePort() },
    core: serverCore,
    namespace: null,
    zoneFile: variant.pools ? stage.plainZoneFile : stage.zoneFile,
    pools: variant.pools ? stage.pools : null,
  });
  report.setting(variant.subject, started.settings);
  await awaitAllAddresses(started);
  return { variant, started, samples: new Map() };
}

/** Some of the names, first and last among them, answer with all of their addresses. */
async function awaitAllAddresses(started: Started): Promise<void> {
  const full: (answer: Answer) => boolean = countAnswered(addressesPerName);
  for (const name of ["n0000", "n0500", "n0999"]) {
    await awaitAnswer(started.server, { name: fullName(name), accept: full, msMax: answersMsMax });
  }
}

interface Context {
  readonly stage: Stage;
  readonly options: Options;
  readonly report: Report;
}

async function measureRounds(runners: readonly Runner[], context: Context): Promise<void> {
  const { options, report } = context;
  const rounds = options.runs ?? (options.quick ? 1 : 5);
  const seconds = options.seconds ?? (options.quick ? 3 : 10);
  for (const runner of runners) await measureOnce(runner, { context, seconds: Math.min(seconds, 3), keep: false });
  for (let round = 1; round <= rounds; round += 1) {
    report.progress(`dns: round ${round} of ${rounds}`);
    for (const runner of runners) await measureOnce(runner, { context, seconds, keep: true });
  }
  for (const { variant, samples } of runners) {
    for (const { values, ...of } of samples.values()) report.samples({ subject: variant.subject, ...of }, values);
    noteLoadLimit(variant, samples, report);
  }
}

async function measureOnce(runner: Runner, of: { context: Context; seconds: number; keep: boolean }): Promise<void> {
  const { stage, options, report } = of.context;
  const { started, variant } = runner;
  const load: Load = {
    server: started.server,
    serverPid: started.running.pid,
    core: loadCore,
    namesFile: stage.namesFile,
    seconds: of.seconds,
  };
  const keep = (name: string, metric: string, value: number): void => {
    if (of.keep) addSample(runner, { case: name, metric }, value);
  };
  const saturated = `saturated${variant.suffix}`;
  if (wantsCase(options, saturated)) {
    const plain = await runDnsperf(load);
    report.progress(`  ${variant.subject} ${saturated}: ${Math.round(plain.queriesPerSecond)} q/s with dnsperf`);
    keep(saturated, "qps", plain.queriesPerSecond);
    keep(saturated, "server_cpu_percent", plain.serverCpuPercent);
    keep(saturated, "load_cpu_percent", plain.loadCpuPercent);
    const batched = await runBurst(load, { binary: stage.burst, pace: 0, answers: addressesPerName });
    report.progress(`  ${variant.subject} ${saturated}: ${Math.round(batched.queriesPerSecond)} q/s batched`);
    keep(`saturated-batched${variant.suffix}`, "qps", batched.queriesPerSecond);
  }
  const latency = `20000/s${variant.suffix}`;
  if (!wantsCase(options, latency)) return;
  const paced = await runBurst(load, { binary: stage.burst, pace: latencyPace, answers: addressesPerName });
  keep(latency, "qps", paced.queriesPerSecond);
  if (paced.queriesPerSecond > paceShareMin * latencyPace) keep(latency, "p99_ms", paced.p99Ms);
  else if (of.keep)
    report.note(`${variant.subject} ${latency}: only ${Math.round(paced.queriesPerSecond)} q/s, so it has no p99`);
}

function addSample(runner: Runner, of: { case: string; metric: string }, value: number): void {
  const key = `${of.case} ${of.metric}`;
  const known = runner.samples.get(key) ?? { ...of, values: [] };
  known.values.push(value);
  runner.samples.set(key, known);
}

/** Where dnsperf used up its core and the server did not, the figure is a lower bound. */
function noteLoadLimit(variant: Variant, samples: Runner["samples"], report: Report): void {
  const name = `saturated${variant.suffix}`;
  const load = Math.min(...(samples.get(`${name} load_cpu_percent`)?.values ?? [0]));
  const server = Math.max(...(samples.get(`${name} server_cpu_percent`)?.values ?? [0]));
  if (load < loadCpuPercentMax || server > loadCpuPercentMax) return;
  report.note(
    `${variant.subject} ${name}: dnsperf used ${Math.round(load)} % of its core and the server ` +
      `${Math.round(server)} %, so dnsperf is the limit; saturated-batched says what the server can`,
  );
}
