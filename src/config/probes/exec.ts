/**
 * The exec probe: a program with the exit codes of monitoring plugins. It is named by its absolute path and gets its
 * arguments as a list, so that nothing in the file or in an address is ever read by a shell.
 */
import type { ExecProbe } from "../../core/model.ts";
import { type Build, hasProblemBelow, problem } from "../build.ts";
import { readPort } from "../build-port.ts";
import type { Path } from "../problem.ts";
import { list, map, oneOf, text, word } from "../schema-parts.ts";
import { port } from "./parts.ts";
import { defineWords } from "./words.ts";

const command = list(text("a text; a number or a truth goes into quotes", 4_096), {
  what: 'a program and its arguments, such as [/usr/lib/nagios/plugins/check_http, -I, "{address}"]',
  max: 64,
});

const execMap = map("an exec probe", {
  command: command.optional().describe("Absolute path of the program, and its arguments. Needed."),
  port: port.optional().describe("What {port} in the arguments becomes."),
  warning: word(["up", "down"]).optional().describe("What exit code 1 (warning) means. Default up."),
  environment: list(text("the name of a variable", 100), { what: "a list of names of variables", max: 32 })
    .optional()
    .describe("Variables of muster's own environment that the program gets too. Default none."),
});

const schema = oneOf("a list of program and arguments, or a map of exec settings", [command, execMap]);

type ExecSettings = Partial<Pick<ExecProbe, "command" | "warning" | "environment">> & { readonly port?: number };

function readCommand(build: Build, given: readonly string[], path: Path): void {
  const [program = ""] = given;
  if (!/^\/[^\0]*[^/\0]$/.test(program)) {
    const sentence = "the program of an exec probe is named by its absolute path, so that nobody else's is run instead";
    problem(build, [...path, 0], { expected: "a path that begins with /", sentence });
  }
  for (const [index, argument] of given.entries()) {
    const unknown = [...argument.matchAll(/\{([a-z]+)\}/g)].find(([, key]) => key !== "address" && key !== "port");
    if (argument.includes("\0") || unknown !== undefined) {
      const what =
        unknown === undefined ? "an octet that no argument can hold" : `${unknown[0]}, which stands for nothing`;
      problem(build, [...path, index], { expected: "{address} or {port}", sentence: `the argument has ${what}` });
    }
  }
}

export const execWords = defineWords({
  schema,
  about: "a program with the exit codes of monitoring plugins.",
  read: (build, value, path): ExecSettings => {
    const isList = Array.isArray(value);
    const settings = isList ? { command: value } : value;
    if (settings.command !== undefined) readCommand(build, settings.command, isList ? path : [...path, "command"]);
    const number = settings.port === undefined ? null : readPort(build, settings.port, [...path, "port"]);
    for (const [index, name] of (settings.environment ?? []).entries()) {
      if (/^[A-Za-z_]\w*$/.test(name)) continue;
      const sentence = `environment takes names of variables; their values stay out of the file`;
      problem(build, [...path, "environment", index], { expected: "a name such as HOME", sentence });
    }
    return {
      ...(settings.command === undefined ? {} : { command: settings.command }),
      ...(number === null ? {} : { port: number }),
      ...(settings.warning === undefined ? {} : { warning: settings.warning }),
      ...(settings.environment === undefined ? {} : { environment: settings.environment }),
    };
  },
  complete: (build, settings, { path }): ExecProbe => {
    const { command: given = [], port: number = null, warning = "up", environment = [] } = settings;
    if (given.length === 0 && !hasProblemBelow(build, path)) {
      const sentence = "an exec probe needs a command";
      problem(build, path, { at: "key", found: "no command", expected: "command: [/path/of/program, ...]", sentence });
    }
    if (number === null && given.some((argument) => argument.includes("{port}"))) {
      const sentence = "the arguments hold {port}, and nothing says which port that is";
      problem(build, path, { at: "key", found: "no port", expected: "port: https, or a number", sentence });
    }
    return { kind: "exec", command: given, port: number, warning, environment };
  },
});
