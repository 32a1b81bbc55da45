/** `muster release MEMBER`: lets a member back that is held out for flapping. */
import { apiOption, connect, jsonOption, ownerOf, ownerOption, tokenFileOption } from "../connect.ts";
import type { AddCommand } from "../context.ts";
import { tellDone } from "../told.ts";

export const addReleaseCommand: AddCommand = (program, context) => {
  program
    .command("release")
    .summary("let a member back that is held out for flapping")
    .description(
      "Ends the hold of a member that changed too often, and forgets what was counted. It is answered again if it is healthy.",
    )
    .argument("<member>", "a member's id (POOL/ADDRESS), its label, or an address (then in every pool)")
    .addOption(ownerOption())
    .addOption(jsonOption())
    .addOption(apiOption())
    .addOption(tokenFileOption())
    .addHelpText("after", "\nExamples:\n  muster release web1")
    .action(async (member, { owner, json, ...options }) => {
      tellDone(context, await connect(context, options).release(member, ownerOf(owner)), json === true);
    });
};
