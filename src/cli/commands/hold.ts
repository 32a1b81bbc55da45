/**
 * `muster drain` and `muster disable`: take a member out of the answers by hand. A drained member still works, and
 * may serve as a last resort; a disabled one is not used at all.
 */
import type { OverrideBody } from "../../api/contract.ts";
import { apiOption, connect, jsonOption, ownerOf, ownerOption, reasonOption, tokenFileOption } from "../connect.ts";
import type { AddCommand, CliContext } from "../context.ts";
import { parseDurationOption } from "../options.ts";
import { tellDone } from "../told.ts";
import { waitUntilSafe } from "../wait-safe.ts";

interface HoldText {
  readonly kind: OverrideBody["kind"];
  readonly summary: string;
  readonly description: string;
}

const drain: HoldText = {
  kind: "drain",
  summary: "take a member out of new answers, and tell when it is safe to stop",
  description:
    "Takes a member out of new answers. It is safe to stop once the last TTL that was handed out with it has run out.",
};

const disable: HoldText = {
  kind: "disable",
  summary: "take a member out of the answers, also as a last resort",
  description: "Takes a member out of the answers, and does not use it even when no other is fit.",
};

export const addDrainCommand: AddCommand = (program, context) => addHold(program, context, drain);
export const addDisableCommand: AddCommand = (program, context) => addHold(program, context, disable);

function addHold(program: Parameters<AddCommand>[0], context: CliContext, text: HoldText): void {
  program
    .command(text.kind)
    .summary(text.summary)
    .description(text.description)
    .argument("<member>", "a member's id (POOL/ADDRESS), its label, or an address (then in every pool)")
    .addOption(reasonOption())
    .option("--for <duration>", "until then, by itself: 30m, 2h; absent: until `muster enable`", parseDurationOption)
    .option("--wait", "wait until the member is safe to stop")
    .addOption(ownerOption())
    .addOption(jsonOption())
    .addOption(apiOption())
    .addOption(tokenFileOption())
    .addHelpText(
      "after",
      `
With --wait the command ends when the member is safe to stop; with 1 when somebody enables it meanwhile.

Examples:
  muster ${text.kind} web1 --reason "new disk" --for 2h
  muster ${text.kind} 192.0.2.10 --wait && ssh web1 systemctl stop nginx`,
    )
    .action(async (member, { reason, for: forMs, owner, json, wait, ...options }) => {
      const client = connect(context, options);
      const expiry = forMs === undefined ? {} : { forSeconds: forMs / 1000 };
      const body = { member, kind: text.kind, reason, owner: ownerOf(owner), ...expiry };
      const reply = await client.setOverride(body);
      // With --wait the one JSON document is the state at the end.
      if (wait !== true || json !== true) tellDone(context, reply, json === true);
      if (wait === true) context.finish(await waitUntilSafe(context, { client, reply, json: json === true }));
    });
}
