/** `muster agent`: proves the machine that it runs on, and reports; `enrol` and `remove` on the controller say who may. */
import { resolve } from "node:path";
import { isSecretName } from "../../core/agent-work.ts";
import type { SecretPlace } from "../../core/model.ts";
import { reportOnce, runAgent } from "../../io/agent/run-agent.ts";
import type { OwnSecrets } from "../../io/agent/secrets.ts";
import { readSecretPlace } from "../../io/secret-place.ts";
import type { AddCommand, CliContext } from "../context.ts";
import { addReporter, join, type JoinOptions, type Reporter } from "../enrolment.ts";
import { CliError, exitCode } from "../exit-codes.ts";

const agent: Reporter = {
  noun: "agent",
  verb: "agent",
  section: "agents",
  namesOf: ({ agents }) => agents.map(({ name }) => name),
  summary: "prove this machine to a controller elsewhere",
  does: "Proves the machine that it runs on, as the controller's configuration says, and reports",
};

export const addAgentCommand: AddCommand = (program, context) => {
  addReporter(program, context, agent)
    .option(
      "--secret <name=place...>",
      "a password that proofs may use on this machine: NAME=FILE or NAME=env:VARIABLE",
    )
    .option("--once", "one report, for cron: exit status 0 when the machine is fit, 1 when it is not")
    .addHelpText("after", "  muster agent --controller muster.example.org --folder /var/lib/muster-agent --once")
    .action(async ({ once = false, secret = [], ...options }) => {
      const secrets = readSecrets(secret);
      if (once) return reportAndEnd(context, { ...options, secrets });
      const { identity, staying } = await join(context, options, agent);
      await runAgent(identity, { ...staying, secrets });
    });
};

/** Each is tried now, so that a mistake shows at the start and not as a machine that is unfit. */
function readSecrets(words: readonly string[]): OwnSecrets {
  return new Map(
    words.map((word) => {
      const at = word.indexOf("=");
      const [name, place] = [word.slice(0, at), word.slice(at + 1)];
      if (at < 0 || !isSecretName(name) || place === "")
        throw new CliError(exitCode.usage, `--secret takes NAME=FILE or NAME=env:VARIABLE, and not "${name}"`);
      const secret: SecretPlace = place.startsWith("env:")
        ? { kind: "env", name: place.slice("env:".length) }
        : { kind: "file", path: resolve(place) };
      const read = readSecretPlace(secret);
      if (!read.ok) throw new CliError(exitCode.usage, `--secret ${name}: ${read.error}`);
      return [name, secret] as const;
    }),
  );
}

/** Cron mails what is printed: one line is enough, but for what goes wrong. */
async function reportAndEnd(context: CliContext, options: JoinOptions & { secrets: OwnSecrets }): Promise<void> {
  const { identity, staying } = await join(context, options, { ...agent, isQuiet: true });
  const end = await reportOnce(identity, { ...staying, secrets: options.secrets });
  if (end.kind === "not-reported") {
    const exit = end.why.startsWith("it refuses") ? exitCode.refused : exitCode.unreachable;
    throw new CliError(exit, `${options.controller} did not take the report: ${end.why}`);
  }
  const { fit, reason } = end.report;
  context.io.out(`${fit ? "fit" : "unfit"}: ${reason}\n`);
  if (!fit) context.finish(exitCode.no);
}
