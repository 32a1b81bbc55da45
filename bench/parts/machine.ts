/** The machine and the versions of everything that took part: a figure means nothing without them. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { cpus, release, totalmem } from "node:os";
import { promisify } from "node:util";
import { findCommand } from "./processes.ts";

const run = promisify(execFile);

const versions: readonly { readonly name: string; readonly command: string; readonly args: readonly string[] }[] = [
  { name: "BIND", command: "named", args: ["-v"] },
  { name: "Knot DNS", command: "knotd", args: ["--version"] },
  { name: "NSD", command: "nsd", args: ["-v"] },
  { name: "PowerDNS", command: "pdns_server", args: ["--version"] },
  { name: "gdnsd", command: "gdnsd", args: ["-x"] },
  { name: "HAProxy", command: "haproxy", args: ["-v"] },
  { name: "nginx", command: "nginx", args: ["-v"] },
  { name: "dnsperf", command: "dnsperf", args: ["-h"] },
];

/** Time of all cores together since the machine started, in clock ticks of which there are 100 a second. */
export interface CpuTime {
  readonly total: number;
  /** Given to other guests of the host while this machine had work to do. */
  readonly stolen: number;
}

const msPerTick = 10;
/** Columns of /proc/stat that make up all time; the two after them, of guests, are counted in the first two already. */
const timeColumns = 8;
const stolenColumn = 7;

export async function readCpuTime(): Promise<CpuTime> {
  return parseCpuTime(await readFile("/proc/stat", "utf8"));
}

export function parseCpuTime(stat: string): CpuTime {
  const ticks = /^cpu +([\d ]+)$/m.exec(stat)?.[1]?.split(" ").map(Number).slice(0, timeColumns) ?? [];
  return { total: ticks.reduce((sum, it) => sum + it, 0), stolen: ticks[stolenColumn] ?? 0 };
}

/** What the host took between two readings: it explains single slow answers. */
export function stolenLine(from: CpuTime, to: CpuTime): string {
  const stolen = to.stolen - from.stolen;
  const share = (100 * stolen) / (to.total - from.total || 1);
  return `- CPU time stolen by the host during the run: ${stolen * msPerTick} ms, ${share.toFixed(2)} % of all cores`;
}

export async function machineLines(begun: CpuTime): Promise<string[]> {
  const model = cpus()[0]?.model.trim() ?? "unknown";
  const own = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
  const found = await Promise.all(versions.map(versionOf));
  return [
    `- date: ${new Date().toISOString()}`,
    `- machine: ${model}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
    stolenLine(begun, await readCpuTime()),
    `- muster ${own.version} on Node ${process.version}; ${found.join("; ")}`,
  ];
}

/** The first version-like number that the command prints, on either output and whatever its exit status. */
async function versionOf(of: (typeof versions)[number]): Promise<string> {
  const text = await run(findOrEmpty(of.command), [...of.args]).then(joined, joined);
  return `${of.name} ${/\d+\.\d+(\.\d+)*[\w.+~-]*/.exec(text)?.[0] ?? "not installed"}`;
}

function findOrEmpty(command: string): string {
  try {
    return findCommand(command, command);
  } catch {
    return "/bin/false";
  }
}

function joined(result: unknown): string {
  const { stdout = "", stderr = "" } = result as { stdout?: string; stderr?: string };
  return stdout + stderr;
}
