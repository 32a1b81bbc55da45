/**
 * Looks at mount points without ever waiting for one. A program asks the file system for its size (statfs); one that
 * hangs hangs with it, and not the agent: after the limit the mount is `hung`, the program's process group is killed, and no other
 * is started there until it has really ended, which the kernel may not allow before the server answers.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import type { MountWord } from "../../core/agent.ts";
import { plainEnvironment } from "../probe/exec.ts";
import { plainLine } from "../probe/quote.ts";
import { mountPoints } from "./mount-points.ts";

const statProgram = "/usr/bin/stat";
const lookMs = 2_000;
const hungAfterMs = 2_000;
const reasonCharsMax = 200;
const errorCharsMax = 2_000;

export interface MountLook {
  /** Looks at these from now on. */
  look(paths: readonly string[]): void;
  close(): void;
}

/** `seen` gets all mounts each time that one was looked at. */
export function watchMounts(seen: (mounts: readonly MountWord[]) => void): MountLook {
  const places = new Map<string, Place>();
  const tell = (): void => seen([...places.values()].flatMap((place) => place.word ?? []));
  return {
    look: (paths) => {
      for (const [path, place] of places) {
        if (paths.includes(path)) continue;
        place.close();
        places.delete(path);
      }
      for (const path of paths) if (!places.has(path)) places.set(path, new Place(path, tell));
    },
    close: () => {
      for (const place of places.values()) place.close();
    },
  };
}

type Found = Pick<MountWord, "state" | "reason">;

class Place {
  readonly #path: string;
  readonly #seen: () => void;
  readonly #timer: NodeJS.Timeout;
  #child: ChildProcess | null = null;
  #limit: NodeJS.Timeout | null = null;
  #found: Found | null = null;
  /** Since when it is not ok. */
  #oddSince: number | null = null;

  constructor(path: string, seen: () => void) {
    this.#path = path;
    this.#seen = seen;
    this.#timer = setInterval(() => void this.#look(), lookMs);
    void this.#look();
  }

  get word(): MountWord | null {
    if (this.#found === null) return null;
    const sinceMs = this.#oddSince === null ? null : Math.round(performance.now() - this.#oddSince);
    return { path: this.#path, ...this.#found, sinceMs };
  }

  close(): void {
    clearInterval(this.#timer);
    if (this.#limit !== null) clearTimeout(this.#limit);
    this.#kill();
  }

  /** The table of mounts is the kernel's own, and answers whatever the server does. */
  async #look(): Promise<void> {
    if (this.#child !== null) return this.#seen();
    const isMounted = await readFile("/proc/self/mountinfo", "utf8").then(
      (text) => mountPoints(text).has(this.#path),
      () => true,
    );
    if (!isMounted) return this.#settle({ state: "gone", reason: "nothing is mounted there" });
    this.#ask();
  }

  #ask(): void {
    if (this.#child !== null) return;
    const began = performance.now();
    const child = spawn(statProgram, ["-f", "-c", "%T", "--", this.#path], {
      cwd: "/",
      detached: true,
      env: plainEnvironment,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    let errors = "";
    child.stderr?.on("data", (bytes: Buffer) => (errors = (errors + bytes.toString("latin1")).slice(0, errorCharsMax)));
    child.once("error", (error) =>
      this.#ended({ state: "hung", reason: `${statProgram} cannot be run: ${error.message}` }),
    );
    child.once("exit", (code) => this.#ended(findingOf(code, { errors, tookMs: performance.now() - began })));
    this.#limit = setTimeout(() => {
      this.#kill();
      this.#settle({ state: "hung", reason: `no answer within ${hungAfterMs / 1000} s` });
    }, hungAfterMs);
  }

  /** A program that was killed at the limit says nothing more of the mount. */
  #ended(found: Found | null): void {
    this.#child = null;
    if (this.#limit !== null) clearTimeout(this.#limit);
    this.#limit = null;
    if (found !== null) this.#settle(found);
  }

  #settle(found: Found): void {
    this.#found = found;
    this.#oddSince = found.state === "ok" ? null : (this.#oddSince ?? performance.now());
    this.#seen();
  }

  #kill(): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    this.#child?.unref();
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // It has just ended.
    }
  }
}

/** Null: it was killed. */
function findingOf(code: number | null, { errors, tookMs }: { errors: string; tookMs: number }): Found | null {
  if (code === null) return null;
  if (code === 0) return { state: "ok", reason: `answered within ${Math.max(1, Math.ceil(tookMs))} ms` };
  const said = plainLine(errors.slice(errors.lastIndexOf(": ") + 2), reasonCharsMax);
  return { state: "gone", reason: said === "" ? `stat ends with ${code}` : said };
}
