/** `muster pin` and `muster unpin`: switch failover off for a name, and on again. */
import { apiOption, connect, jsonOption, ownerOf, ownerOption, reasonOption, tokenFileOption } from "../connect.ts";
import type { AddCommand } from "../context.ts";
import { parseDurationOption } from "../options.ts";
import { tellDone } from "../told.ts";

export const addPinCommand: AddCommand = (program, context) => {
  program
    .command("pin")
    .summary("make a name answer one address, with failover off")
    .description(
      "Makes a pool's name answer exactly one address, whatever its members do. Health goes on being judged and shown beside it.",
    )
    .argument("<pool>", "the pool's name")
    .argument("<address>", "any address, a member's name, or the host of an MX, SRV or PTR record")
    .addOption(reasonOption())
    .option("--for <duration>", "until then, by itself: 30m, 2h; absent: until `muster unpin`", parseDurationOption)
    .addOption(ownerOption())
    .addOption(jsonOption())
    .addOption(apiOption())
    .addOption(tokenFileOption())
    .addHelpText("after", '\nExamples:\n  muster pin www.example.org 192.0.2.10 --reason "moving house" --for 2h')
    .action(async (pool, address, { reason, for: forMs, owner, json, ...options }) => {
      const expiry = forMs === undefined ? {} : { forSeconds: forMs / 1000 };
      const body = { pool, address, reason, owner: ownerOf(owner), ...expiry };
      const reply = await connect(context, options).pin(body);
      tellDone(context, { ...reply, members: json === true ? reply.members : [] }, json === true);
    });
};

export const addUnpinCommand: AddCommand = (program, context) => {
  program
    .command("unpin")
    .summary("let a pinned name fail over again")
    .description("Ends what `muster pin` began: the pool's members decide again.")
    .argument("<pool>", "the pool's name")
    .addOption(reasonOption())
    .addOption(ownerOption())
    .addOption(jsonOption())
    .addOption(apiOption())
    .addOption(tokenFileOption())
    .addHelpText("after", "\nExamples:\n  muster unpin www.example.org")
    .action(async (pool, { reason, owner, json, ...options }) => {
      const reply = await connect(context, options).unpin(pool, { owner: ownerOf(owner), reason });
      tellDone(context, { ...reply, members: json === true ? reply.members : [] }, json === true);
    });
};
