/** `muster watch`: a vantage point elsewhere; `enrol` and `remove` on the controller say who may be one. */
import { runWatcher } from "../../io/watch/run-watcher.ts";
import type { AddCommand } from "../context.ts";
import { addReporter, join, type Reporter } from "../enrolment.ts";

const watcher: Reporter = {
  noun: "watcher",
  verb: "watch",
  section: "watchers",
  namesOf: ({ watch }) => watch?.watchers.map(({ name }) => name) ?? [],
  summary: "be a vantage point of a controller elsewhere",
  does: "Looks at what the controller asks for, from here, and reports what it finds",
};

export const addWatchCommand: AddCommand = (program, context) => {
  addReporter(program, context, watcher).action(async (options) => {
    const { identity, staying } = await join(context, options, watcher);
    await runWatcher(identity, staying);
  });
};
