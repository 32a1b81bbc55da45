/** Every command, in the order in which `muster --help` shows them. A new command is a new file and a line here. */
import type { AddCommand } from "../context.ts";
import { addStatusCommand } from "./status.ts";

export const commands: readonly AddCommand[] = [addStatusCommand];
