/**
 * Messages by a program of the operator's: no shell, its arguments as a list, the message as JSON on its input, in a
 * process group of its own that is ended when it takes too long. Status 0 means delivered; 75 (EX_TEMPFAIL of
 * sysexits.h) and a signal mean later; any other status a refusal. Of its output only the last line is kept.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { ExecChannel, Message } from "../../core/notify.ts";
import { cleanText, messageLine } from "../../core/notify-text.ts";
import type { Delivery, Notifier } from "../../ports/notifier.ts";
import { webhookBody } from "./http-channel.ts";

/** Of the end of what it prints; the rest is let go. */
const tailCharsMax = 4096;
const lineCharsMax = 200;
const temporary = 75;
/** After its end, for output that is on its way, or that a process it left behind keeps open. */
const drainMsMax = 200;
/** What it gets of the environment: secrets of muster are none of its business. */
const environment = ["PATH", "HOME", "LANG", "LC_ALL", "TZ"] as const;

export function createExecNotifier(channel: ExecChannel): Notifier {
  return { deliver: (message, signal) => run(channel, message, signal) };
}

function run({ command, timeoutMs }: ExecChannel, message: Message, signal: AbortSignal): Promise<Delivery> {
  const [program = "", ...args] = command;
  return new Promise((resolve) => {
    // Without a descriptor left there are no streams.
    const child: ChildProcess = spawn(program, args, {
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      env: environmentOf(message),
    });
    let tail = "";
    let why: string | null = null;
    const end = (reason: string): void => {
      why ??= reason;
      endGroup(child);
    };
    const timer = setTimeout(() => end(`was ended after ${timeoutMs} ms`), timeoutMs);
    const stop = (): void => end("was ended, since muster stops");
    signal.addEventListener("abort", stop, { once: true });
    const settle = (delivery: Delivery): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
      resolve(delivery);
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8");
      stream?.on("data", (chunk: string) => (tail = (tail + chunk).slice(-tailCharsMax)));
    }
    // It need not read what it gets.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(`${JSON.stringify(webhookBody(message))}\n`);
    child.on("error", (error) => settle(cannotStart(program, error)));
    child.on("exit", (code, killer) => {
      const judge = (): void => settle(judgeEnd({ program, code, killer, why, tail }));
      const drained = setTimeout(judge, drainMsMax);
      child.once("close", () => {
        clearTimeout(drained);
        judge();
      });
    });
    if (signal.aborted) stop();
  });
}

function environmentOf(message: Message): Record<string, string> {
  const kept = environment.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []));
  return { ...Object.fromEntries(kept), MUSTER_LINE: messageLine(message), MUSTER_SEVERITY: message.severity };
}

interface End {
  readonly program: string;
  readonly code: number | null;
  readonly killer: string | null;
  readonly why: string | null;
  readonly tail: string;
}

function judgeEnd({ code, killer, program, tail, why }: End): Delivery {
  if (code === 0 && why === null) return { kind: "delivered", detail: `\`${program}\` took it` };
  const how = why ?? (code === null ? `was ended by ${killer}` : `ended with status ${code}`);
  const line = cleanText(
    tail
      .trim()
      .split(/[\r\n]/)
      .at(-1) ?? "",
    lineCharsMax,
  );
  const reason = `\`${program}\` ${how}${line === "" ? "" : `: ${line}`}`;
  const isLasting = why === null && code !== null && code !== temporary;
  return isLasting ? { kind: "refused", reason, left: null } : { kind: "failed", reason, afterMs: null, left: null };
}

function endGroup({ exitCode, pid }: ChildProcess): void {
  if (pid === undefined || exitCode !== null) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has just ended by itself.
  }
}

/** Nothing is left for a while: it may be started later. */
const scarce: Readonly<Record<string, string>> = {
  EAGAIN: "no process is left",
  EMFILE: "no file descriptor is left",
  ENFILE: "no file descriptor is left",
  ENOMEM: "no memory is left",
};

function cannotStart(program: string, { code = "", message }: NodeJS.ErrnoException): Delivery {
  const isScarce = code in scarce;
  const why = scarce[code] ?? (code === "ENOENT" ? "there is no such program" : message);
  const reason = `\`${program}\` cannot be started: ${why}`;
  return isScarce ? { kind: "failed", reason, afterMs: null, left: null } : { kind: "refused", reason, left: null };
}
