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

export async function machineLines(): Promise<string[]> {
  const model = cpus()[0]?.model.trim() ?? "unknown";
  const own = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
  const found = await Promise.all(versions.map(versionOf));
  return [
    `- date: ${new Date().toISOString()}`,
    `- machine: ${model}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
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
