/** `muster status`: the picture of pools and members, once or kept up to date. */
import type { ApiClient } from "../../api/client.ts";
import { apiOption, connect, jsonOption, tokenFileOption } from "../connect.ts";
import { type AddCommand, type CliContext, writeJson } from "../context.ts";
import { type ExitCode, exitCode } from "../exit-codes.ts";
import { drawStatus, isHealthy } from "../picture.ts";
import { createPaint } from "../text.ts";
import { watchStatus } from "../watch.ts";

export const addStatusCommand: AddCommand = (program, context) => {
  program
    .command("status")
    .summary("show pools and members, and who serves them: what is answered, since when and why")
    .description(
      "Shows pools and members: health, since when, why, and what is answered; and each nameserver, server or file that does not have it.",
    )
    .option("--watch", "keep the picture up to date until Ctrl-C")
    .addOption(jsonOption())
    .addOption(apiOption())
    .addOption(tokenFileOption())
    .addHelpText(
      "after",
      `
Exits with 1 when a pool answers nothing or its last resort, a zone is in trouble, not every member was judged yet,
decisions cannot be saved, or a nameserver, server or file is out of step for longer than a change takes.
With --watch --json every change is one line of JSON.

Examples:
  muster status
  muster status --watch
  muster status --json | jq '.pools[].answer.addresses'`,
    )
    .action(async (options) => {
      const client = connect(context, options);
      if (options.watch === true) context.finish(await watchStatus(context, client, options.json === true));
      else context.finish(await showStatus(context, client, options.json === true));
    });
};

async function showStatus({ io }: CliContext, client: ApiClient, json: boolean): Promise<ExitCode> {
  const status = await client.status();
  const width = io.screen?.columns() ?? Number.POSITIVE_INFINITY;
  if (json) writeJson(io, status);
  else io.out(`${drawStatus(status, { paint: createPaint(io), width }).join("\n")}\n`);
  return isHealthy(status) ? exitCode.done : exitCode.no;
}
