/**
 * Log lines on standard output. For a person at a terminal: the time and one sentence. For a log collector: JSON
 * lines by pino. For a command that prints its own answer: only what goes wrong, on standard error. All carry the same sentences, so a log reads as a story.
 */
import { pino } from "pino";
import type { Log } from "../ports/log.ts";
import { Output } from "./output.ts";

export type LogStyle = "text" | "json" | "quiet";
type Level = "debug" | "info" | "warn" | "error";

export function createLog(style: LogStyle): Log {
  if (style === "quiet") return createQuietLog();
  return style === "json" ? createJsonLog() : createTextLog();
}

function createQuietLog(): Log {
  const tell = (sentence: string): void => void process.stderr.write(`${sentence}\n`);
  return { debug: () => undefined, info: () => undefined, warn: tell, error: tell };
}

function createJsonLog(): Log {
  const logger = pino({ level: "info" }, new Output());
  const at =
    (level: Level) =>
    (sentence: string, fields: Readonly<Record<string, unknown>> = {}): void =>
      logger[level](fields, sentence);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function createTextLog(): Log {
  const output = new Output();
  const at =
    (mark: string) =>
    (sentence: string): void => {
      output.write(`${new Date().toTimeString().slice(0, 8)} ${mark}${sentence}\n`);
    };
  return { debug: () => undefined, info: at(""), warn: at("warning: "), error: at("error: ") };
}
