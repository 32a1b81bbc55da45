/** Every command, in the order in which `muster --help` shows them. A new command is a new file and a line here. */
import type { AddCommand } from "../context.ts";
import { addCheckCommand } from "./check.ts";
import { addEnableCommand } from "./enable.ts";
import { addEventsCommand } from "./events.ts";
import { addExplainCommand } from "./explain.ts";
import { addFailbackCommand } from "./failback.ts";
import { addDisableCommand, addDrainCommand } from "./hold.ts";
import { addReloadCommand } from "./reload.ts";
import { addSchemaCommand } from "./schema.ts";
import { addServeCommand } from "./serve.ts";
import { addStatusCommand } from "./status.ts";
import { addVersionCommand } from "./version.ts";

export const commands: readonly AddCommand[] = [
  addServeCommand,
  addCheckCommand,
  addSchemaCommand,
  addStatusCommand,
  addExplainCommand,
  addEventsCommand,
  addDrainCommand,
  addDisableCommand,
  addEnableCommand,
  addFailbackCommand,
  addReloadCommand,
  addVersionCommand,
];
