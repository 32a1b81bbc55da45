/**
 * Load for DNS servers, from one core: dnsperf, and `burst`, a small generator of our own that batches its system
 * calls and so can outrun what dnsperf can. Both count answers that are not NOERROR; `burst` also counts the records of
 * each answer and knows the time of every query. A run in which answers were wrong is an error, not a figure.
 */
import { readFile, writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Server } from "./dns-client.ts";
import { pause, type Running, runToEnd, startProcess, usageOf, waitUntil } from "./processes.ts";

const source = fileURLToPath(new URL("../load/burst.c", import.meta.url));
const clients = 4;
const window = 256;
const spareMs = 30_000;
/** Seldom: reading takes time on the core of the load. */
const usageEveryMs = 500;
/**
 * Up to this pace `burst` sleeps between queries, and then goes before everything else on its core: its own waiting
 * would be taken for the server's. Above it never sleeps, and must leave this program a share. As in `burst.c`.
 */
const lowPace = 5_000;
/** Share of queries that may go unanswered in a saturating run; what is lost is not counted as answered. */
const lostShareMax = 0.1;

export interface LoadRun {
  readonly queriesPerSecond: number;
  /** Of the generator, in per cent of its core: at 100 it, not the server, may be the limit. */
  readonly loadCpuPercent: number;
  readonly serverCpuPercent: number;
}

export interface BurstRun extends LoadRun {
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface Load {
  readonly server: Server;
  readonly serverPid: number;
  readonly core: number;
  /** One name a line, as dnsperf wants it: `name A`. */
  readonly namesFile: string;
  readonly seconds: number;
}

export async function runDnsperf(load: Load): Promise<LoadRun> {
  const { server, namesFile, seconds } = load;
  const place = ["-s", server.address, "-p", String(server.port), "-d", namesFile];
  const args = [...place, "-e", "-l", String(seconds), "-c", String(clients), "-q", String(window), "-T", "1"];
  const running = startProcess({ command: "dnsperf", args, debian: "dnsperf", core: load.core });
  const usage = await measureUsage(running, load);
  const text = running.log();
  const completed = Number(/Queries completed:\s+(\d+)/.exec(text)?.[1] ?? 0);
  const good = Number(/NOERROR (\d+)/.exec(text)?.[1] ?? 0);
  const lost = Number(/Queries lost:\s+(\d+)/.exec(text)?.[1] ?? 0);
  if (completed === 0 || good !== completed) throw new Error(`dnsperf: not all answers were NOERROR:\n${text}`);
  assertFewLost(lost, completed);
  return { ...usage, queriesPerSecond: Number(/Queries per second:\s+([\d.]+)/.exec(text)?.[1] ?? 0) };
}

function assertFewLost(lost: number, completed: number): void {
  if (lost <= lostShareMax * completed) return;
  const busy = loadavg()[0]?.toFixed(1);
  throw new Error(`${lost} queries of ${lost + completed} were lost; load on the machine is ${busy}`);
}

/** Compiles the generator; the answer runs it. */
export async function buildBurst(folder: string): Promise<string> {
  const binary = join(folder, "burst");
  await runToEnd("cc", ["-O2", "-o", binary, source], "gcc libc6-dev");
  return binary;
}

export interface BurstOptions {
  readonly binary: string;
  /** Queries per second; 0: as fast as they are answered. */
  readonly pace: number;
  /** Address records that each answer must hold. */
  readonly answers: number;
}

export async function runBurst(load: Load, options: BurstOptions): Promise<BurstRun> {
  const { server, namesFile, seconds } = load;
  const words = [server.address, server.port, namesFile, seconds, options.pace, window, options.answers];
  const args = ["-n", options.pace > 0 && options.pace <= lowPace ? "-20" : "0", options.binary, ...words.map(String)];
  const running = startProcess({ command: "nice", args, debian: "coreutils", core: load.core });
  const usage = await measureUsage(running, load);
  const text = running.log();
  const json = /^\{.*\}$/m.exec(text)?.[0];
  if (json === undefined) throw new Error(`burst: ${text}`);
  const found = JSON.parse(json) as Record<"seconds" | "answered" | "bad" | "lost" | "p99Us" | "maxUs", number>;
  if (found.answered === 0 || found.bad > 0) throw new Error(`burst: wrong answers: ${text}`);
  assertFewLost(found.lost, found.answered);
  const queriesPerSecond = found.answered / found.seconds;
  return { ...usage, queriesPerSecond, p99Ms: found.p99Us / 1_000, maxMs: found.maxUs / 1_000 };
}

/** Waits for the generator to end; of its CPU the last reading while it existed counts. */
async function measureUsage(running: Running, load: Load): Promise<Omit<LoadRun, "queriesPerSecond">> {
  const first = await readUsage(running, load);
  let last = first;
  const msMax = spareMs + load.seconds * 1_000;
  const sample = async (): Promise<boolean> => {
    if (!running.exited()) last = await readUsage(running, load).catch(() => last);
    return running.exited();
  };
  await waitUntil(sample, { what: `end of ${running.name}`, msMax, everyMs: usageEveryMs });
  await pause(20);
  const percent = (key: "load" | "server"): number => (100_000 * (last[key] - first[key])) / (last.at - first.at || 1);
  return { serverCpuPercent: percent("server"), loadCpuPercent: percent("load") };
}

/** Seconds of CPU that both have used, and when that was. */
async function readUsage(running: Running, load: Load): Promise<{ at: number; server: number; load: number }> {
  const [server, own] = await Promise.all([usageOf(load.serverPid), usageOf(running.pid)]);
  return { at: performance.now(), server: server.cpuSeconds, load: own.cpuSeconds };
}

export async function writeNames(folder: string, names: readonly string[]): Promise<string> {
  const file = join(folder, "names");
  await writeFile(file, names.map((name) => `${name} A\n`).join(""));
  return file;
}

/** Binds this program to a core, so that it never takes time from the server that it measures. */
export async function pinSelf(core: number): Promise<void> {
  await runToEnd("taskset", ["-a", "-c", "-p", String(core), String(process.pid)], "util-linux");
  const status = await readFile("/proc/self/status", "utf8");
  if (!new RegExp(`^Cpus_allowed_list:\\s+${core}$`, "m").test(status)) throw new Error("could not pin to a core");
}
