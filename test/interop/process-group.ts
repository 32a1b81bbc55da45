/**
 * A server of many processes (a mail server, a database), started as the user that it needs, in a process group of its
 * own, so that a test freezes, resumes and ends all of it and nothing else.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./daemon.ts";

export interface ProcessGroup {
  printed(): string;
  /** To its standard input. */
  say(text: string): void;
  freeze(): void;
  resume(): void;
  /** Ends it as an operator would, with this signal to its first process; the rest of the group is killed. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  isOver(): boolean;
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

export function userNamed(name: string): User {
  const id = (flag: string): number => Number(execFileSync("id", [flag, name], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

/** A folder for temporary files that belongs to this user. */
export function folderOf(label: string, user: User): string {
  const folder = mkdtempSync(join(tmpdir(), `muster-${label}-`));
  chownSync(folder, user.uid, user.gid);
  return folder;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

export function startGroup(command: readonly [string, ...string[]], user?: User): ProcessGroup {
  const [program, ...args] = command;
  const child = spawn(program, args, { ...user, cwd: "/", detached: true, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => undefined);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes: Buffer) => (text += bytes.toString()));
  child.on("error", (error) => (text += error.message));
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  const signalAll = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch {}
  };
  return {
    printed: () => text,
    say: (words) => void child.stdin.write(words),
    freeze: () => signalAll("SIGSTOP"),
    resume: () => signalAll("SIGCONT"),
    isOver,
    stop: async (signal = "SIGTERM") => {
      if (!isOver()) {
        const exited = once(child, "exit");
        signalAll("SIGCONT");
        child.kill(signal);
        await exited;
      }
      signalAll("SIGKILL");
    },
  };
}

/** Waits for a condition; a server that has ended fails with what it printed. */
export async function untilReady(group: ProcessGroup, isReady: () => boolean | Promise<boolean>): Promise<void> {
  const look = (): boolean | Promise<boolean> => {
    if (group.isOver()) throw new Error(`the server has ended: ${group.printed()}`);
    return isReady();
  };
  try {
    await until(look, () => group.printed());
  } catch (error) {
    await group.stop("SIGKILL");
    throw error;
  }
}
