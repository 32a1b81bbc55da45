/**
 * From a decision to the changed answer, for each way in which a decision leaves muster: how much is added to what the
 * bare protocol costs with the same server on the same machine.
 */
import { pinSelf } from "../parts/load.ts";
import { type Bench, wantsCase } from "../parts/types.ts";
import type { PublishCase } from "./publish-case.ts";
import { bursts } from "./publish-burst.ts";
import { updateProgram } from "./publish-program.ts";
import { givenCase } from "./publish-given.ts";
import { transferCases } from "./publish-transfer.ts";
import { transferredCase } from "./publish-transferred.ts";
import { updateIn } from "./publish-update-in.ts";
import { updateBind } from "./publish-update.ts";

const loadCore = 1;
const cases: readonly PublishCase[] = [
  updateBind,
  updateProgram,
  updateIn,
  ...transferCases,
  transferredCase,
  givenCase,
  ...bursts,
];

export const publish: Bench = {
  name: "publish",
  about: "from a decision to the changed answer of another nameserver",
  goals: cases.flatMap(({ goals }) => goals),
  run: async (options, report) => {
    await pinSelf(loadCore);
    for (const each of cases) if (wantsCase(options, each.name)) await each.run(options, report);
  },
};
