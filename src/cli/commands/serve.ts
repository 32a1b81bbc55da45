/** `muster serve FILE`: runs the controller in the foreground until SIGINT or SIGTERM. */
import { readConfigInThread } from "../../io/config-thread.ts";
import type { AddCommand } from "../context.ts";
import { readConfigOrTell } from "../read-config.ts";

export const addServeCommand: AddCommand = (program, context) => {
  program
    .command("serve")
    .summary("run the controller")
    .description(
      "Runs the controller in the foreground: checks members, decides, answers DNS, and serves API and page. SIGHUP reads the configuration again; SIGINT and SIGTERM end it in order.",
    )
    .argument("<file>", "the configuration")
    .addHelpText("after", "\nExamples:\n  muster serve /etc/muster/muster.yaml")
    .action(async (file) => {
      await context.deps.serve(() => readConfigOrTell(context, file, readConfigInThread));
    });
};
