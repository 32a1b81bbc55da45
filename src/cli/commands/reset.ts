/** `muster reset --to-normal`: the known normal state of the DNS, in one transaction a zone, shown as a plan first. */
import { apiOption, connect, jsonOption, ownerOf, ownerOption, reasonOption, tokenFileOption } from "../connect.ts";
import type { AddCommand } from "../context.ts";
import { CliError, exitCode } from "../exit-codes.ts";
import { planText } from "../plan-text.ts";
import { tellDone } from "../told.ts";

export const addResetCommand: AddCommand = (program, context) => {
  program
    .command("reset")
    .summary("put everything back to normal, after showing what that changes")
    .description(
      "Shows what the normal state would change: no override, every member taken for up, every pool at its best members. With --yes it is done, in one transaction a zone. What removes too much (`removal-max`) needs a --reason. Members are probed at once, and what is really down leaves again by itself.",
    )
    .option("--to-normal", "needed: says what is reset")
    .option("--yes", "do it; without this the plan is shown and nothing changes")
    .addOption(reasonOption())
    .addOption(ownerOption())
    .addOption(jsonOption())
    .addOption(apiOption())
    .addOption(tokenFileOption())
    .addHelpText(
      "after",
      '\nExamples:\n  muster reset --to-normal\n  muster reset --to-normal --yes --reason "after the exercise"',
    )
    .action(async ({ toNormal, yes, reason, owner, json, ...options }) => {
      if (toNormal !== true) throw new CliError(exitCode.usage, "muster reset needs --to-normal");
      const client = connect(context, options);
      const plan = await client.plan({ kind: "reset" });
      // What would be refused is, or is forced by its reason: the answer says which.
      if (json !== true) context.io.out(planText(yes === true ? { ...plan, refusal: null } : plan));
      if (yes === true) return tellDone(context, await client.reset({ owner: ownerOf(owner), reason }), json === true);
      if (json === true) return context.io.out(`${JSON.stringify(plan, null, 2)}\n`);
      const words = plan.refusal === null ? "--yes" : "--yes and --reason";
      context.io.out(`nothing has changed; add ${words} to do it\n`);
    });
};
