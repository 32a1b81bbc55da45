/** `muster explain NAME`: the chain of evidence for the present answer, as a tree from the answer to the probes. */
import { apiOption, connect, jsonOption, tokenFileOption } from "../connect.ts";
import { type AddCommand, writeJson } from "../context.ts";
import { drawExplanation } from "../explanation-tree.ts";
import { createPaint } from "../text.ts";

export const addExplainCommand: AddCommand = (program, context) => {
  program
    .command("explain")
    .summary("tell why a name answers what it answers")
    .description("Tells why a name answers what it answers: the chain of evidence, from the answer back to the probes.")
    .argument("<name>", "a pool or a zone")
    .addOption(jsonOption())
    .addOption(apiOption())
    .addOption(tokenFileOption())
    .addHelpText("after", "\nExamples:\n  muster explain www.example.org")
    .action(async (name, options) => {
      const { io } = context;
      const explanation = await connect(context, options).explain(name);
      if (options.json === true) return writeJson(io, explanation);
      const width = io.screen?.columns() ?? Number.POSITIVE_INFINITY;
      io.out(`${drawExplanation(explanation, { paint: createPaint(io), width }).join("\n")}\n`);
    });
};
