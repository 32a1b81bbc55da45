/** A real DNS server of a test: started in a folder of its own, frozen, resumed and ended by its process alone. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Endpoint } from "../../src/core/model.ts";
import { textName } from "../../src/dns/name.ts";
import { rrType } from "../../src/dns/rr-types.ts";
import { askQuestion } from "../../src/io/dns-client/question.ts";
import { freePort } from "../fakes/free-port.ts";

const startMsMax = 20_000;

export interface Daemon {
  readonly endpoint: Endpoint;
  readonly folder: string;
  /** All that it has written so far. */
  printed(): string;
  freeze(): void;
  resume(): void;
  stop(): Promise<void>;
}

export interface DaemonPlan {
  readonly label: string;
  /** Writes the configuration and returns program and arguments. */
  prepare(folder: string, port: number): readonly [string, readonly string[]];
  /** Any answer will do, or one with a SOA of example.org. */
  readonly waitFor: "answer" | "zone";
}

/** Waits for a condition, looking again and again; fails with what `describe` says. */
export async function until(condition: () => boolean | Promise<boolean>, describe: () => string): Promise<void> {
  const deadline = performance.now() + startMsMax;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`it did not happen within ${startMsMax} ms: ${describe()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export async function startDaemon(plan: DaemonPlan): Promise<Daemon> {
  const { label, waitFor } = plan;
  const folder = mkdtempSync(join(tmpdir(), `muster-${label}-`));
  chmodSync(folder, 0o777);
  const port = await freePort();
  const endpoint = { address: "127.0.0.1", port };
  const [command, args] = plan.prepare(folder, port);
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.on("error", (error) => (text += error.message));
  const daemon: Daemon = {
    endpoint,
    folder,
    printed: () => text,
    freeze: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    stop: () => end(child, folder),
  };
  try {
    await until(
      async () => {
        if (child.exitCode !== null) throw new Error(`${command} has ended: ${text}`);
        const heard = await askSoa(endpoint);
        return heard.kind === "answer" && (waitFor === "answer" || heard.message.answers.length > 0);
      },
      () => text,
    );
  } catch (error) {
    await daemon.stop();
    throw error;
  }
  return daemon;
}

function askSoa(endpoint: Endpoint): ReturnType<typeof askQuestion> {
  const question = { owner: textName("example.org"), type: rrType.SOA, edns: false, recursionDesired: false };
  return askQuestion({ ...question, endpoint, transport: "udp", timeoutMs: 200, tries: 1 });
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    const exited = once(child, "exit");
    child.kill("SIGCONT");
    child.kill("SIGTERM");
    await exited;
  }
  rmSync(folder, { recursive: true, force: true });
}
