/** From the command line to a running program: signals, the log, and the commands with what they need. */
import packageJson from "../package.json" with { type: "json" };
import type { ReadConfig } from "./cli/context.ts";
import { runCli } from "./cli/run.ts";
import { leaveAfter, lingerMsMax, stopMsMax } from "./io/closing.ts";
import { createLog, type LogStyle } from "./io/log.ts";

export function main(args: readonly string[]): Promise<number> {
  const { version } = packageJson;
  return runCli(args, { version, serve: (readConfig) => serveWithSignals(readConfig, version) });
}

/**
 * SIGINT and SIGTERM end the program in order, within `stopMsMax` whatever hangs, a second one at once; SIGHUP reads the
 * configuration again.
 */
async function serveWithSignals(readConfig: ReadConfig, version: string): Promise<void> {
  // Clients of the API start quicker without all that only a controller needs; it is loaded while a thread reads the file.
  const [read, { serve }] = await Promise.all([readConfig(), import("./serve.ts")]);
  if (read === null) return;
  const log = createLog(logStyle());
  const stop = new AbortController();
  let reload = (): void => undefined;
  const end = (): void => {
    if (stop.signal.aborted) process.exit(1);
    leaveAfter(stopMsMax, log);
    stop.abort();
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  process.on("SIGHUP", () => reload());
  const onReloadable = (again: () => void): void => {
    reload = again;
  };
  process.title = "muster";
  try {
    await serve(read, { version, log, signal: stop.signal, onReloadable });
  } finally {
    leaveAfter(lingerMsMax, log);
  }
}

/** Sentences for a person at a terminal, JSON for a collector; MUSTER_LOG decides otherwise. */
function logStyle(): LogStyle {
  const wanted = process.env["MUSTER_LOG"];
  if (wanted === "text" || wanted === "json") return wanted;
  return process.stdout.isTTY ? "text" : "json";
}
