/** `muster enable MEMBER`: ends what `drain` or `disable` began; its health decides again. */
import { apiOption, connect, jsonOption, ownerOf, ownerOption, reasonOption, tokenFileOption } from "../connect.ts";
import type { AddCommand } from "../context.ts";
import { tellDone } from "../told.ts";

export const addEnableCommand: AddCommand = (program, context) => {
  program
    .command("enable")
    .summary("give a drained or disabled member back to its health")
    .description("Ends what `drain` or `disable` began: the member's health decides again.")
    .argument("<member>", "a member's id (POOL/ADDRESS), its label, or an address (then in every pool)")
    .addOption(reasonOption())
    .addOption(ownerOption())
    .addOption(jsonOption())
    .addOption(apiOption())
    .addOption(tokenFileOption())
    .addHelpText("after", '\nExamples:\n  muster enable web1 --reason "disk is new"')
    .action(async (member, { owner, reason, json, ...options }) => {
      const reply = await connect(context, options).clearOverride(member, { owner: ownerOf(owner), reason });
      tellDone(context, reply, json === true);
    });
};
