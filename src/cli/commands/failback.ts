/** `muster failback POOL`: lets a `priority` pool return to its best fit member now. */
import { apiOption, connect, jsonOption, ownerOf, ownerOption, reasonOption, tokenFileOption } from "../connect.ts";
import type { AddCommand } from "../context.ts";
import { tellDone } from "../told.ts";

export const addFailbackCommand: AddCommand = (program, context) => {
  program
    .command("failback")
    .summary("let a priority pool return to its best fit member now")
    .description("Lets a pool with the policy `priority` return to its best fit member now, whatever `failback` says.")
    .argument("<pool>", "the pool's name")
    .addOption(reasonOption())
    .addOption(ownerOption())
    .addOption(jsonOption())
    .addOption(apiOption())
    .addOption(tokenFileOption())
    .addHelpText("after", '\nExamples:\n  muster failback db.example.org --reason "copied back"')
    .action(async (pool, { owner, reason, json, ...options }) => {
      const reply = await connect(context, options).failback(pool, { owner: ownerOf(owner), reason });
      tellDone(context, { ...reply, members: json === true ? reply.members : [] }, json === true);
    });
};
