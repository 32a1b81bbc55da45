/**
 * A regular expression over what a member sent, with a limit of time. The engine backtracks: patterns that can explode are
 * refused (`config/pattern.ts`), but `.*OK.*ready` still takes seconds over a long line, in which nobody else would be
 * judged. So where it may take long V8 ends it when its time is over, and the probe says so.
 */
import { type Context, createContext, Script } from "node:vm";
import { patternMsMax, patternStepsFree } from "./limits.ts";

export type PatternFinding = RegExpExecArray | null | "too-slow";

export class TimedPattern {
  readonly #pattern: RegExp;
  /** What the engine may have to try in several ways. */
  readonly #choices: number;

  constructor(source: string) {
    this.#pattern = new RegExp(source, "u");
    this.#choices = source.match(/[*+?{|]/g)?.length ?? 0;
  }

  find(text: string): PatternFinding {
    if (text.length ** (this.#choices + 1) <= patternStepsFree) return this.#pattern.exec(text);
    let found: RegExpExecArray | null = null;
    const isDone = runTimed(() => (found = this.#pattern.exec(text)));
    return isDone ? found : "too-slow";
  }
}

/** How a probe says it. */
export const tooSlow = {
  kind: "unknown",
  reason: `the pattern takes longer than ${patternMsMax} ms over this`,
} as const;

const late = "ERR_SCRIPT_EXECUTION_TIMEOUT";
const script = new Script("work()");
/** Made when it is needed for the first time. */
let context: Context | null = null;

/** False: its time was over. A watching thread costs a tenth of a millisecond each time. */
function runTimed(work: () => void): boolean {
  context ??= createContext({});
  context["work"] = work;
  try {
    script.runInContext(context, { timeout: patternMsMax });
    return true;
  } catch (error) {
    // Made in whichever realm the engine was in: it need not be an `Error` of this one.
    if (typeof error === "object" && error !== null && "code" in error && error.code === late) return false;
    throw error;
  }
}
