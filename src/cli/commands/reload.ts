/** `muster reload`: makes the controller read its configuration again; a bad file, or one that removes too much, changes nothing. */
import { apiOption, connect, jsonOption, ownerOf, ownerOption, reasonOption, tokenFileOption } from "../connect.ts";
import type { AddCommand } from "../context.ts";
import { parseLineOption } from "../options.ts";
import { tellDone } from "../told.ts";

export const addReloadCommand: AddCommand = (program, context) => {
  program
    .command("reload")
    .summary("make the controller read its configuration again")
    .description(
      "Makes the controller read its configuration again, without losing health, counters or connections. Zone files are read again, too. A file with mistakes, or one that removes too many records at once, changes nothing, and the reasons are shown (exit status 4).",
    )
    .option("--force <reason>", "take a file that removes more than `removal-max` allows, and why", parseLineOption)
    .addOption(reasonOption())
    .addOption(ownerOption())
    .addOption(jsonOption())
    .addOption(apiOption())
    .addOption(tokenFileOption())
    .addHelpText("after", "\nExamples:\n  muster check muster.yaml && muster plan && muster reload")
    .action(async ({ json, force, owner, reason, ...options }) => {
      const by = { owner: ownerOf(owner), reason: force ?? reason };
      const body = force === undefined ? by : { ...by, force: by };
      tellDone(context, await connect(context, options).reload(body), json === true);
    });
};
