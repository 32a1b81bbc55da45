/**
 * Programs that judge a member (exec, ping). Each runs without a shell, in a process group of its own, which is killed
 * whole when the program has ended or its probe is over, so that nothing it has started goes on. Only so many run at once;
 * others wait for their turn.
 *
 * A program that puts itself into a session of its own leaves that group and is not reached; none of the known plugins
 * does. The group is killed right after its leader was reaped: its number can only be someone else's by then if the
 * system has gone through all process ids in that moment.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { ByteStore } from "./byte-store.ts";
import {
  outputBytesMax,
  outputFloodBytesMax,
  outputGraceMs,
  programsCloseMsMax,
  programsRunningMax,
  programsWaitingMax,
} from "./limits.ts";

export interface ProgramPlan {
  /** Absolute path, and arguments. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export type ProgramEnd =
  | { readonly kind: "exit"; readonly code: number; readonly output: string; readonly errors: string }
  /** It could not be run, or did not come to an end of its own. */
  | { readonly kind: "failed"; readonly reason: string };

export interface RunningProgram {
  /** Whether its turn has come. */
  hasBegun(): boolean;
  /** Kills it with all it has started; nothing is told any more. */
  kill(): void;
}

export class Programs {
  readonly #waiting = new Set<Job>();
  readonly #running = new Set<Job>();
  #onIdle: (() => void) | null = null;

  /** `onEnd` is called once, never before this returns, unless killed. */
  run(plan: ProgramPlan, onEnd: (end: ProgramEnd) => void): RunningProgram {
    const job = new Job(plan, onEnd, (ended) => this.#free(ended));
    if (this.#running.size < programsRunningMax) this.#begin(job);
    else if (this.#waiting.size < programsWaitingMax) this.#waiting.add(job);
    else job.fail(`more than ${programsWaitingMax} programs wait for their turn`);
    return {
      hasBegun: () => job.hasBegun,
      kill: () => {
        this.#waiting.delete(job);
        job.kill();
      },
    };
  }

  /** Kills all, and waits until they are gone, for a second at most. */
  async close(): Promise<void> {
    this.#waiting.clear();
    for (const job of this.#running) job.kill();
    if (this.#running.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, programsCloseMsMax);
    this.#onIdle = resolve;
    await promise;
    clearTimeout(timer);
  }

  #begin(job: Job): void {
    this.#running.add(job);
    job.begin();
  }

  #free(ended: Job): void {
    this.#running.delete(ended);
    const [next] = this.#waiting;
    if (next !== undefined) {
      this.#waiting.delete(next);
      this.#begin(next);
    } else if (this.#running.size === 0) this.#onIdle?.();
  }
}

class Job {
  hasBegun = false;
  readonly #plan: ProgramPlan;
  readonly #free: (job: Job) => void;
  readonly #output = new ByteStore(outputBytesMax);
  readonly #errors = new ByteStore(outputBytesMax);
  #onEnd: ((end: ProgramEnd) => void) | null;
  #child: ChildProcess | null = null;
  #grace: NodeJS.Timeout | null = null;
  #printed = 0;
  /** Reaped: its number is no longer its own. */
  #isGone = false;

  constructor(plan: ProgramPlan, onEnd: (end: ProgramEnd) => void, free: (job: Job) => void) {
    this.#plan = plan;
    this.#onEnd = onEnd;
    this.#free = free;
  }

  begin(): void {
    this.hasBegun = true;
    const [program = "", ...args] = this.#plan.command;
    try {
      const child = spawn(program, args, {
        cwd: "/",
        detached: true,
        env: { ...this.#plan.environment },
        stdio: ["ignore", "pipe", "pipe"],
      });
      this.#child = child;
      child.once("error", (error) => this.#notRun(error));
      child.once("exit", (code, signal) => this.#exited(code, signal));
      child.stdout?.on("data", (bytes: Buffer) => this.#take(this.#output, bytes));
      child.stderr?.on("data", (bytes: Buffer) => this.#take(this.#errors, bytes));
    } catch (error) {
      setImmediate(() => this.#notRun(error instanceof Error ? error : new Error(String(error))));
    }
  }

  fail(reason: string): void {
    setImmediate(() => this.#end({ kind: "failed", reason }));
  }

  kill(): void {
    this.#onEnd = null;
    this.#killGroup();
  }

  #take(store: ByteStore, bytes: Buffer): void {
    this.#printed += bytes.length;
    store.append(bytes, 0, bytes.length);
    if (this.#printed <= outputFloodBytesMax) return;
    this.#killGroup();
    this.#end({ kind: "failed", reason: `the program printed more than ${outputFloodBytesMax} octets` });
  }

  #notRun(error: Error): void {
    const code = "code" in error ? String(error.code) : error.message;
    const [program = ""] = this.#plan.command;
    this.#end({ kind: "failed", reason: `${program} ${spawnWords[code] ?? `cannot be run (${code})`}` });
    if (this.#child?.pid === undefined) this.#free(this);
  }

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    this.#killGroup();
    this.#isGone = true;
    this.#free(this);
    const tell = (): void => {
      if (this.#grace !== null) clearTimeout(this.#grace);
      this.#child?.stdout?.destroy();
      this.#child?.stderr?.destroy();
      if (code === null)
        return this.#end({ kind: "failed", reason: `the program was ended by ${signal ?? "a signal"}` });
      this.#end({ kind: "exit", code, output: textOf(this.#output), errors: textOf(this.#errors) });
    };
    this.#grace = setTimeout(tell, outputGraceMs);
    this.#child?.once("close", tell);
  }

  #end(end: ProgramEnd): void {
    const onEnd = this.#onEnd;
    this.#onEnd = null;
    onEnd?.(end);
  }

  #killGroup(): void {
    const pid = this.#child?.pid;
    if (pid === undefined || this.#isGone) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // The group is empty: all of it has ended.
    }
  }
}

const spawnWords: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  EACCES: "may not be run by muster",
  EPERM: "may not be run by muster",
  ENOEXEC: "is no program",
  EAGAIN: "cannot be run: no process left on this machine",
  EMFILE: "cannot be run: no file descriptor left in this process",
  ENFILE: "cannot be run: no file descriptor left on this machine",
  ENOMEM: "cannot be run: no memory left on this machine",
};

function textOf(store: ByteStore): string {
  return store.view().toString("latin1");
}
