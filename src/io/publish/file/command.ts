/**
 * Runs the command that makes another server read its file: a program and its arguments, without a shell, in a process
 * group of its own that is ended when it takes too long. Of what it prints only the last line is kept.
 */
import { type ChildProcess, spawn } from "node:child_process";

/** Of the end of what it prints; the rest is let go. */
const tailCharsMax = 4096;
/** Of its last line, in a sentence. */
const lineCharsMax = 200;
/** After the program's end, for output that is still on its way, or that a process it left behind keeps open. */
const drainMsMax = 200;
/** What it gets of the environment: secrets of muster are none of its business. */
const environment = ["PATH", "HOME", "LANG", "LC_ALL", "TZ"] as const;

export type CommandOutcome =
  | { readonly kind: "done" }
  /** A clause for people. */
  | { readonly kind: "failed"; readonly reason: string };

/** Never rejects. The signal ends it as the time does. */
export function runCommand(
  [program = "", ...args]: readonly string[],
  { msMax, signal }: { readonly msMax: number; readonly signal: AbortSignal },
): Promise<CommandOutcome> {
  const words = [program, ...args].join(" ");
  return new Promise((resolve) => {
    const env = Object.fromEntries(
      environment.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
    );
    const child = spawn(program, args, { detached: true, stdio: ["ignore", "pipe", "pipe"], env });
    let tail = "";
    let ended: string | null = null;
    const end = (why: string): void => {
      ended ??= why;
      killGroup(child);
    };
    const timer = setTimeout(() => end(`was ended after ${msMax} ms`), msMax);
    const stop = (): void => end("was ended, since muster stops");
    signal.addEventListener("abort", stop, { once: true });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (chunk: string) => (tail = (tail + chunk).slice(-tailCharsMax)));
    }
    const settle = (outcome: CommandOutcome): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
      resolve(outcome);
    };
    child.on("error", (error) => settle({ kind: "failed", reason: cannotStart(program, error) }));
    child.on("exit", (code, killer) => {
      const outcome = (): void => {
        if (code === 0 && ended === null) return settle({ kind: "done" });
        const how = ended ?? (code === null ? `was ended by ${killer}` : `ended with status ${code}`);
        settle({ kind: "failed", reason: `\`${words}\` ${how}${lastLine(tail)}` });
      };
      const drained = setTimeout(outcome, drainMsMax);
      child.once("close", () => {
        clearTimeout(drained);
        outcome();
      });
    });
    if (signal.aborted) stop();
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has just ended by itself.
  }
}

function cannotStart(program: string, error: NodeJS.ErrnoException): string {
  const why = error.code === "ENOENT" ? "there is no such program" : error.message;
  return `\`${program}\` cannot be started: ${why}`;
}

function lastLine(text: string): string {
  const line =
    text
      .trim()
      .split(/[\r\n]/)
      .at(-1) ?? "";
  const clean = line
    .replace(/[\p{Cc}\p{Cf}]/gu, " ")
    .trim()
    .slice(0, lineCharsMax);
  return clean === "" ? " and said nothing" : `: ${clean}`;
}
