/** `muster schema`: the JSON Schema of the configuration, for editors. */
import { jsonSchema } from "../../config/schema.ts";
import { type AddCommand, writeJson } from "../context.ts";

export const addSchemaCommand: AddCommand = (program, { io }) => {
  program
    .command("schema")
    .summary("print the configuration's JSON Schema, for editors")
    .description("Prints the JSON Schema of the configuration. Editors complete and check by it.")
    .option("--json", "accepted for symmetry: a schema is JSON in any case")
    .addHelpText(
      "after",
      `
Examples:
  muster schema > muster.schema.json
  # then, as the first line of muster.yaml:
  # yaml-language-server: $schema=./muster.schema.json`,
    )
    .action(() => writeJson(io, jsonSchema()));
};
