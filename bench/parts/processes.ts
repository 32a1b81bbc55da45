/**
 * Programs that a benchmark starts, and the promise that every one of them is gone when it ends: each is registered
 * with its process id until it has exited, and the ends of the benchmark (normal, by error, by SIGINT or SIGTERM) stop
 * what is left. Only these ids are ever signalled. Each program may be pinned to a core and put into a network
 * namespace; `taskset` and `ip netns exec` replace themselves by it, so its id stays the one that was started.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const stopMsMax = 5_000;
const logCharsMax = 64_000;
/** Clock ticks per second of utime and stime in /proc; fixed by the kernel's interface on Linux. */
const ticksPerSecond = 100;

export interface StartOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Debian package named when the command is missing. */
  readonly debian: string;
  readonly core?: number | null;
  readonly namespace?: string | null;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Running {
  readonly pid: number;
  readonly name: string;
  /** The end of what it printed. */
  log(): string;
  exited(): boolean;
  stop(): Promise<void>;
}

const alive = new Set<Running>();
const folders = new Set<string>();
const undoings = new Set<() => Promise<void>>();

/** Adds something that must be undone at the end whatever happens; the answer undoes it earlier, once. */
export function onCleanup(undo: () => Promise<void>): () => Promise<void> {
  undoings.add(undo);
  return async () => {
    if (undoings.delete(undo)) await undo();
  };
}

let closing = false;

// The last resort, when the clean-up itself failed or a program was started while it ran.
process.on("exit", () => {
  for (const { pid } of alive) if (pid > 0) process.kill(pid, "SIGKILL");
});

export async function cleanUp(): Promise<void> {
  closing = true;
  await Promise.all([...alive].map((it) => it.stop()));
  for (const undo of [...undoings].reverse()) {
    undoings.delete(undo);
    await undo().catch((error: unknown) => console.error(`bench: clean-up: ${String(error)}`));
  }
  await Promise.all([...folders].map((folder) => rm(folder, { recursive: true, force: true })));
  folders.clear();
}

/** A folder below the system's temporary one that every user may enter, since some peers change their user. */
export async function makeFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `muster-bench-${name}-`));
  folders.add(folder);
  await run("chmod", ["755", folder]);
  return folder;
}

export function findCommand(command: string, debian: string): string {
  const places = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin", "/usr/local/sbin"];
  const found = command.includes("/") ? command : places.map((it) => join(it, command)).find((it) => existsSync(it));
  if (found === undefined) throw new Error(`${command} is missing: apt-get install ${debian}`);
  return found;
}

export function startProcess(options: StartOptions): Running {
  if (closing) throw new Error("stopping: nothing more is started");
  const words = [findCommand(options.command, options.debian), ...options.args];
  if (typeof options.core === "number") words.unshift("taskset", "-c", String(options.core));
  if (typeof options.namespace === "string") words.unshift("ip", "netns", "exec", options.namespace);
  const [first = "", ...rest] = words;
  const child = spawn(findCommand(first, "iproute2 util-linux"), rest, {
    stdio: ["ignore", "pipe", "pipe"],
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
  });
  return track(child, options.command);
}

function track(child: ChildProcess, name: string): Running {
  let text = "";
  const take = (data: Buffer): void => {
    text = (text + data.toString("utf8")).slice(-logCharsMax);
  };
  child.stdout?.on("data", take);
  child.stderr?.on("data", take);
  child.on("error", (error) => take(Buffer.from(String(error))));
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const exited = (): boolean => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  const running: Running = { pid: child.pid ?? -1, name, log: () => text, exited, stop: () => stopChild(child, gone) };
  alive.add(running);
  void gone.then(() => alive.delete(running));
  return running;
}

async function stopChild(child: ChildProcess, gone: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.kill("SIGCONT");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopMsMax);
  await gone;
  clearTimeout(timer);
}

/** Runs a command to its end; its standard output and error together. */
export async function runToEnd(command: string, args: readonly string[], debian: string): Promise<string> {
  const { stdout, stderr } = await run(findCommand(command, debian), [...args], { maxBuffer: 64 * 1024 * 1024 });
  return stdout + stderr;
}

/** Waits until `check` is true; the error carries the end of the program's log. */
export async function waitUntil(
  check: () => boolean | Promise<boolean>,
  options: { readonly what: string; readonly msMax: number; readonly running?: Running; readonly everyMs?: number },
): Promise<void> {
  const end = performance.now() + options.msMax;
  while (!(await check())) {
    const died = options.running?.exited() === true;
    if (died || performance.now() > end) {
      const log = options.running === undefined ? "" : `\n${options.running.log().slice(-3_000)}`;
      throw new Error(`${options.what}: ${died ? "the program ended" : `not within ${options.msMax} ms`}${log}`);
    }
    await pause(options.everyMs ?? 20);
  }
}

export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return sleep(ms, undefined, signal === undefined ? {} : { signal });
}

export interface Usage {
  /** Seconds of CPU, user and system, of all threads since the program started. */
  readonly cpuSeconds: number;
  readonly rssMib: number;
  readonly rssPeakMib: number;
}

/** Use of a program and of its children: some peers work in children, and those count as well. */
export async function usageOf(pid: number): Promise<Usage> {
  const usages = await Promise.all([...(await treeOf(pid))].map(usageOfOne));
  return {
    cpuSeconds: sum(usages.map((it) => it.cpuSeconds)),
    rssMib: sum(usages.map((it) => it.rssMib)),
    rssPeakMib: sum(usages.map((it) => it.rssPeakMib)),
  };
}

async function usageOfOne(pid: number): Promise<Usage> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const kib = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    rssMib: kib("VmRSS") / 1024,
    rssPeakMib: kib("VmHWM") / 1024,
  };
}

/** The process and all of its descendants. */
export async function treeOf(root: number): Promise<readonly number[]> {
  const children = new Map<number, number[]>();
  for (const entry of await readdir("/proc")) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
