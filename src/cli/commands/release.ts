/** `muster release MEMBER`: lets a member back that is held out for flapping. */
import { apiOption, connect, jsonOption, ownerOf, ownerOption, reasonOption, tokenFileOption } from "../connect.ts";
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
    .addOption(reasonOption())
    .addOption(ownerOption())
    .addOption(jsonOption())
    .addOption(apiOption())
    .addOption(tokenFileOption())
    .addHelpText("after", '\nExamples:\n  muster release web1 --reason "cable replaced"')
    .action(async (member, { owner, reason, json, ...options }) => {
      const reply = await connect(context, options).release(member, { owner: ownerOf(owner), reason });
      tellDone(context, reply, json === true);
    });
};
