/** `muster notify`: tries the channels, and says that somebody takes care. */
import { apiOption, connect, jsonOption, ownerOf, ownerOption, reasonOption, tokenFileOption } from "../connect.ts";
import type { AddCommand } from "../context.ts";
import { tellDone } from "../told.ts";

export const addNotifyCommand: AddCommand = (program, context) => {
  const notify = program
    .command("notify")
    .summary("try the ways to people, or say that somebody takes care")
    .addHelpText("after", "\nExamples:\n  muster notify test\n  muster notify ack 'www.*'");
  notify
    .command("test")
    .summary("send a message to one channel, or to all")
    .description(
      "Sends a message to one channel, or to all, past the queue and the quiet hours, and says what came of it. Exits with 4 when one was not reached.",
    )
    .argument("[channel]", "its name under notify: channels")
    .addOption(jsonOption())
    .addOption(apiOption())
    .addOption(tokenFileOption())
    .addHelpText("after", "\nExamples:\n  muster notify test\n  muster notify test ops")
    .action(async (channel, { json, ...options }) => {
      tellDone(context, await connect(context, options).notifyTest(channel ?? null), json === true);
    });
  notify
    .command("ack")
    .summary("say that somebody takes care of what is open")
    .description(
      "Ends the escalation of what is open, of everything or of what the pattern means. Its end is still told.",
    )
    .argument("[pattern]", "members, pools or zones, with * for any text", "")
    .addOption(reasonOption())
    .addOption(ownerOption())
    .addOption(jsonOption())
    .addOption(apiOption())
    .addOption(tokenFileOption())
    .addHelpText("after", "\nExamples:\n  muster notify ack\n  muster notify ack 'www.*'")
    .action(async (pattern, { json, owner, reason, ...options }) => {
      const client = connect(context, options);
      tellDone(context, await client.acknowledge({ pattern, owner: ownerOf(owner), reason }), json === true);
    });
};
