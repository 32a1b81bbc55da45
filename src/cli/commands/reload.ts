/** `muster reload`: makes the controller read its configuration again; a bad file changes nothing. */
import { apiOption, connect, jsonOption, tokenFileOption } from "../connect.ts";
import type { AddCommand } from "../context.ts";
import { tellDone } from "../told.ts";

export const addReloadCommand: AddCommand = (program, context) => {
  program
    .command("reload")
    .summary("make the controller read its configuration again")
    .description(
      "Makes the controller read its configuration again, without losing health, counters or connections. A file with mistakes changes nothing, and the mistakes are shown (exit status 4).",
    )
    .addOption(jsonOption())
    .addOption(apiOption())
    .addOption(tokenFileOption())
    .addHelpText("after", "\nExamples:\n  muster check muster.yaml && muster reload")
    .action(async ({ json, ...options }) => {
      tellDone(context, await connect(context, options).reload(), json === true);
    });
};
