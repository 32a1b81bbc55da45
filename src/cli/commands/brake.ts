/** `muster brake release`: members that fail at once are really down. */
import { Argument } from "@commander-js/extra-typings";
import { apiOption, connect, jsonOption, ownerOf, ownerOption, reasonOption, tokenFileOption } from "../connect.ts";
import type { AddCommand } from "../context.ts";
import { tellDone } from "../told.ts";

export const addBrakeCommand: AddCommand = (program, context) => {
  program
    .command("brake")
    .summary("let members leave that the brake holds back")
    .description(
      "Says that the members which failed at once are really down: those that the brake holds back are probed again and may leave.",
    )
    .addArgument(new Argument("<action>", "what to do").choices(["release"]))
    .addOption(reasonOption())
    .addOption(ownerOption())
    .addOption(jsonOption())
    .addOption(apiOption())
    .addOption(tokenFileOption())
    .addHelpText("after", '\nExamples:\n  muster brake release --reason "the rack has no power"')
    .action(async (_action, { owner, reason, json, ...options }) => {
      const reply = await connect(context, options).releaseBrake({ owner: ownerOf(owner), reason });
      tellDone(context, reply, json === true);
    });
};
