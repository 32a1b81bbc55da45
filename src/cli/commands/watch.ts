/** `muster watch`: a vantage point elsewhere; `enrol` and `remove` on the controller say who may be one. */
import { runWatcher } from "../../io/watch/run-watcher.ts";
import type { AddCommand } from "../context.ts";
import { addEnrolment, join, portDefault, type Reporter } from "../enrolment.ts";

const watcher: Reporter = {
  noun: "watcher",
  command: "muster watch",
  section: "watchers",
  namesOf: ({ watch }) => watch?.watchers.map(({ name }) => name) ?? [],
};

export const addWatchCommand: AddCommand = (program, context) => {
  const watch = program
    .command("watch")
    .summary("be a vantage point of a controller elsewhere")
    .description(
      "Looks at what the controller asks for, from here, and reports what it finds over mutually authenticated TLS. The first start needs a token, which `muster watch enrol` prints on the controller; later ones need none.",
    )
    .option("--controller <host:port>", `where the controller listens for watchers (port ${portDefault} if left out)`)
    .option("--token-file <path>", "file that holds the token, for the first start; - is the standard input")
    .option("--token <token>", "the token itself; other users of the machine may see it while it is used")
    .option("--folder <path>", "where key and certificate are kept", "muster-watch")
    .addHelpText(
      "after",
      "\nExamples:\n  muster watch --controller muster.example.org:8054 --token-file token --folder /var/lib/muster-watch",
    )
    .action(async (options) => {
      const { identity, staying } = await join(context, options, watcher);
      await runWatcher(identity, staying);
    });
  addEnrolment(watch, context, watcher);
};
