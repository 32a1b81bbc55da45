/** One way out of muster that `publish` measures: a file like `publish-update.ts` and a line in `publish.ts`. */
import type { Goal, Options, Report } from "../parts/types.ts";

export interface PublishCase {
  /** `way/server`: all rows of the case begin with it. */
  readonly name: string;
  readonly goals: readonly Goal[];
  run(options: Options, report: Report): Promise<void>;
}
