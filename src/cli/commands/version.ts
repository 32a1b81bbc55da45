/** `muster version`: which muster, on which Node. */
import { jsonOption } from "../connect.ts";
import { type AddCommand, writeJson } from "../context.ts";

export const addVersionCommand: AddCommand = (program, { io, deps }) => {
  program
    .command("version")
    .summary("print the version")
    .description("Prints the version of muster and of the Node that runs it.")
    .addOption(jsonOption())
    .action(({ json }) => {
      const node = process.versions.node;
      if (json === true) writeJson(io, { version: deps.version, node });
      else io.out(`muster ${deps.version} (Node ${node})\n`);
    });
};
