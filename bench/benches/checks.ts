/**
 * What it costs to watch many servers: CPU and memory of the checker alone, at 2,000 members each checked once a
 * second, and whether 10,000 are really checked once a second. What was checked is counted at the web server, so that
 * nobody looks cheap by checking less. The web server has one core and the checker the other.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkerText } from "../parts/gdnsd.ts";
import { type CheckerOptions, startHaproxyChecker } from "../parts/haproxy.ts";
import { serveMuster } from "../parts/muster.ts";
import { readCounters, startNginx } from "../parts/nginx.ts";
import { makeFolder, pause, type Running, startProcess, usageOf, waitUntil } from "../parts/processes.ts";
import { freePort, origin } from "../parts/service.ts";
import { type Bench, type Options, type Report, type Subject, wantsCase, wantsSubject } from "../parts/types.ts";

const webCore = 0;
const checkerCore = 1;
const poolMembers = 100;
const rateMsMax = 120_000;
/** It is warm when it checks at least this share of what is asked of it. */
const warmShare = 0.9;
const warmSeconds = 5;

interface Checker {
  readonly subject: Subject;
  readonly start: (options: CheckerOptions) => Promise<Running>;
  readonly sizes: readonly number[];
  readonly settings: string;
}

const checkers: readonly Checker[] = [
  { subject: "muster", start: startMusterChecker, sizes: [2_000, 10_000], settings: "http GET /, interval 1s" },
  {
    subject: "haproxy",
    start: startHaproxyChecker,
    sizes: [2_000, 10_000],
    settings: "option httpchk GET /, http-check expect status 200, inter 1s, nbthread 1",
  },
  {
    subject: "gdnsd",
    start: startGdnsdChecker,
    sizes: [2_000],
    settings: "http_status, two service types of interval 2 (its smallest) for each member: 1 check/s in all",
  },
];

export const checks: Bench = {
  name: "checks",
  about: "CPU and memory for 2,000 checks a second, and whether 10,000 a second are kept up",
  goals: [
    {
      case: "2000/s",
      metric: "cpu_percent",
      direction: "at-most",
      limit: { kind: "ratio", factor: 1, to: "haproxy", case: "2000/s" },
    },
    { case: "2000/s", metric: "rss_mib", direction: "at-most", limit: { kind: "number", value: 120 } },
    { case: "10000/s", metric: "checks_per_second", direction: "at-least", limit: { kind: "number", value: 9_900 } },
  ],
  run: async (options, report) => {
    for (const size of [2_000, 10_000]) {
      const able = checkers.filter((it) => it.sizes.includes(size) && wantsSubject(options, it.subject));
      if (wantsCase(options, `${size}/s`)) await measureSize(able, size, { options, report });
    }
  },
};

interface Context {
  readonly options: Options;
  readonly report: Report;
}

async function measureSize(able: readonly Checker[], size: number, context: Context): Promise<void> {
  const { options, report } = context;
  const runs = options.runs ?? (options.quick ? 1 : 3);
  const samples = new Map<Checker, Sample[]>();
  for (let run = 1; run <= runs; run += 1) {
    for (const checker of able) {
      report.progress(`checks: ${checker.subject} ${size}/s, run ${run} of ${runs}`);
      report.setting(checker.subject, checker.settings);
      const sample = await measureChecker(checker, size, options);
      samples.set(checker, [...(samples.get(checker) ?? []), sample]);
    }
  }
  for (const [{ subject }, values] of samples) {
    for (const metric of metrics) {
      const numbers = values.map((it) => it[metric]);
      report.samples({ subject, case: `${size}/s`, metric }, numbers);
    }
  }
}

const metrics = ["checks_per_second", "connections_per_second", "cpu_percent", "rss_mib", "rss_peak_mib"] as const;
type Sample = Readonly<Record<(typeof metrics)[number], number>>;

async function measureChecker(checker: Checker, size: number, options: Options): Promise<Sample> {
  const folder = await makeFolder("checks");
  const port = await freePort();
  const statusPort = await freePort();
  const nginx = await startNginx({ folder: join(folder, "nginx"), addresses: ["*"], port, statusPort, core: webCore });
  const counters = (): ReturnType<typeof readCounters> => readCounters(statusPort);
  await waitUntil(
    () =>
      counters().then(
        () => true,
        () => false,
      ),
    { what: "nginx", msMax: 10_000, running: nginx },
  );
  await mkdir(join(folder, "own"));
  const listenPort = await freePort();
  const members = addressesOf(size);
  const running = await checker.start({ folder: join(folder, "own"), members, port, listenPort, core: checkerCore });
  await awaitRate(size, running, counters);
  const sample = await measureUse(running, counters, options.seconds ?? (options.quick ? 10 : 60));
  await running.stop();
  await nginx.stop();
  return sample;
}

type ReadCounters = () => ReturnType<typeof readCounters>;

/** Waits until it checks nearly as often as it is asked to, or no longer gets faster. */
async function awaitRate(size: number, running: Running, counters: ReadCounters): Promise<void> {
  const end = performance.now() + rateMsMax;
  let best = 0;
  for (let flat = 0; performance.now() < end && flat < 5; ) {
    const before = await counters();
    await pause(2_000);
    if (running.exited()) throw new Error(`${running.name} ended:\n${running.log().slice(-3_000)}`);
    const rate = ((await counters()).requests - before.requests - 1) / 2;
    if (rate >= warmShare * size) break;
    flat = rate > best * 1.05 || best === 0 ? 0 : flat + 1;
    best = Math.max(best, rate);
  }
  await pause(warmSeconds * 1_000);
}

async function measureUse(running: Running, counters: ReadCounters, seconds: number): Promise<Sample> {
  const [before, used] = await Promise.all([counters(), usageOf(running.pid)]);
  const start = performance.now();
  const rss: number[] = [];
  for (let second = 0; second < seconds; second += 1) {
    await pause(start + (second + 1) * 1_000 - performance.now());
    rss.push((await usageOf(running.pid)).rssMib);
  }
  const [after, use] = await Promise.all([counters(), usageOf(running.pid)]);
  const elapsed = (performance.now() - start) / 1_000;
  return {
    // The two readings of the counters are requests on connections of their own.
    checks_per_second: (after.requests - before.requests - 1) / elapsed,
    connections_per_second: (after.connections - before.connections - 1) / elapsed,
    cpu_percent: (100 * (use.cpuSeconds - used.cpuSeconds)) / elapsed,
    rss_mib: rss.reduce((total, value) => total + value, 0) / rss.length,
    rss_peak_mib: use.rssPeakMib,
  };
}

/** 127.1.0.1 to 127.1.x.250: every address of 127/8 is this machine. */
function addressesOf(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `127.1.${Math.floor(i / 250)}.${(i % 250) + 1}`);
}

async function startMusterChecker(options: CheckerOptions): Promise<Running> {
  const { folder, members, port, listenPort, core } = options;
  const file = join(folder, "muster.yaml");
  const pools: string[] = [];
  for (let at = 0; at < members.length; at += poolMembers) {
    pools.push(`  p${pools.length}.${origin}:
    check: { http: { port: ${port}, path: / }, interval: 1s }
    members: [${members.slice(at, at + poolMembers).join(", ")}]`);
  }
  await writeFile(
    file,
    `state: ${folder}/muster.db
dns: { listen: ["127.0.0.1:${listenPort}"] }
api: { listen: "127.0.0.1:${await freePort()}" }
zones:
  ${origin}: { nameservers: [ns1.${origin}] }
pools:
${pools.join("\n")}\n`,
  );
  return serveMuster(file, { folder, core, namespace: null });
}

async function startGdnsdChecker(options: CheckerOptions): Promise<Running> {
  const { folder, listenPort, core } = options;
  const conf = join(folder, "conf");
  await Promise.all(["conf/zones", "run", "state"].map((it) => mkdir(join(folder, it), { recursive: true })));
  await writeFile(join(conf, "config"), checkerText({ ...options, listen: `127.0.0.1:${listenPort}` }));
  return startProcess({ command: "gdnsd", args: ["-c", conf, "start"], debian: "gdnsd", core });
}
