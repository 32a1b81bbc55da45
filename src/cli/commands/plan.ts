/** `muster plan`: what a reload, another file or a reset would change in DNS, before anything does. */
import { ClientError } from "../../api/client-error.ts";
import type { PlanReply } from "../../api/contract.ts";
import { plannedTextName } from "../../config/problem.ts";
import { apiOption, connect, jsonOption, tokenFileOption } from "../connect.ts";
import { type AddCommand, writeJson } from "../context.ts";
import { CliError, exitCode } from "../exit-codes.ts";
import { planText } from "../plan-text.ts";
import { readTextFile } from "../read-text.ts";

export const addPlanCommand: AddCommand = (program, context) => {
  program
    .command("plan")
    .summary("show what a reload or a reset would change, and change nothing")
    .description(
      "Shows the records that a reload would add and remove, played by the controller on a copy of its state. With a file: that one in place of the configuration on the controller.",
    )
    .argument("[file]", "a configuration that is only planned")
    .option("--reset", "plan `muster reset --to-normal` instead")
    .addOption(jsonOption())
    .addOption(apiOption())
    .addOption(tokenFileOption())
    .addHelpText(
      "after",
      "\nExits with 1 when the step would be refused without a reason, or a zone file has mistakes.\n\nExamples:\n  muster plan\n  muster plan new.yaml\n  muster plan --reset",
    )
    .action(async (file, { reset, json, ...options }) => {
      if (file !== undefined && reset === true)
        throw new CliError(exitCode.usage, "a file and --reset are two plans: give one of them");
      const text = file === undefined ? {} : { text: await readTextFile(file) };
      const client = connect(context, options);
      const asked = client.plan(reset === true ? { kind: "reset" } : { kind: "reload", ...text });
      const plan = await asked.catch((thrown: unknown) => {
        throw file === undefined ? thrown : placedIn(file, thrown);
      });
      if (json === true) writeJson(context.io, plan);
      else context.io.out(planText(plan));
      if (isRefused(plan)) context.finish(exitCode.no);
    });
};

/** Mistakes are placed in the file as it is called here. */
function placedIn(file: string, thrown: unknown): unknown {
  if (!(thrown instanceof ClientError)) return thrown;
  const details = thrown.details.map((line) => line.replace(`${plannedTextName}:`, `${file}:`));
  return new ClientError(thrown.kind, thrown.message, { code: thrown.code, details, cause: thrown });
}

function isRefused(plan: PlanReply): boolean {
  return plan.refusal !== null || plan.mistakes.length > 0;
}
