/**
 * The `exec` probe: a program judges the member, with the exit codes of monitoring plugins: 0 up, 1 warning, 2 critical,
 * 3 unknown. Its first line of output, up to the figures behind `|`, is the detail. What is not one of these codes, and a
 * program that cannot be run, is a fault of this machine and `unknown`; one that does not end within the timeout is
 * taken to wait for the member.
 */
import type { FaultCode } from "../../core/fault.ts";
import type { ExecProbe, Target } from "../../core/model.ts";
import type { Verdict } from "../../ports/prober.ts";
import { down } from "./dialogue.ts";
import type { ProbeKind, Surroundings, TargetProbe } from "./kind.ts";
import { detailCharsMax } from "./limits.ts";
import type { ProgramEnd, ProgramPlan, RunningProgram } from "./programs.ts";
import { plainLine } from "./quote.ts";
import { type Outcome, SingleRun } from "./single-run.ts";

export const execKind: ProbeKind<ExecProbe> = {
  open: (target, probe, surroundings) => {
    const plan = makePlan(target, probe);
    const judge = (end: ProgramEnd): Outcome => judgeEnd(end, probe.warning);
    return {
      start: (what, onVerdict) =>
        new ProgramRun({ plan, judge, lateFault: "program" }, { surroundings, what }, onVerdict).start(),
      forget: () => undefined,
    };
  },
};

/** What every program finds in its environment. */
export const plainEnvironment: Readonly<Record<string, string>> = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C",
};

function makePlan({ address }: Target, { command, environment, port }: ExecProbe): ProgramPlan {
  const fill = (argument: string): string =>
    argument.replaceAll("{address}", address).replaceAll("{port}", port === null ? "{port}" : `${port}`);
  const [program = "", ...args] = command;
  const passed = environment.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { command: [program, ...args.map(fill)], environment: { ...plainEnvironment, ...Object.fromEntries(passed) } };
}

function judgeEnd(end: ProgramEnd, warning: "up" | "down"): Outcome {
  if (end.kind === "failed") return { kind: "unknown", reason: end.reason };
  const { code } = end;
  const line = firstLine(end) || `exit code ${code}`;
  if (code === 0 || (code === 1 && warning === "up")) return { kind: "up", detail: line };
  if (code === 1 || code === 2) return down(line, "program");
  return { kind: "unknown", reason: code === 3 ? line : `exit code ${code} has no meaning: ${line}` };
}

function firstLine({ errors, output }: Extract<ProgramEnd, { kind: "exit" }>): string {
  const said = plainLine(output.split("|", 1)[0] ?? "", detailCharsMax);
  return said === "" ? plainLine(errors, detailCharsMax) : said;
}

export interface ProgramTerms {
  readonly surroundings: Surroundings;
  readonly what: TargetProbe;
}

interface Judged {
  readonly plan: ProgramPlan;
  readonly judge: (end: ProgramEnd) => Outcome;
  /** What it means that it does not end in time. */
  readonly lateFault: FaultCode;
}

/** One run of a program that judges. */
export class ProgramRun extends SingleRun {
  readonly #judged: Judged;
  readonly #surroundings: Surroundings;
  #program: RunningProgram | null = null;

  constructor(judged: Judged, { surroundings, what }: ProgramTerms, onVerdict: (verdict: Verdict) => void) {
    super(surroundings.deadlines, what, onVerdict);
    this.#judged = judged;
    this.#surroundings = surroundings;
  }

  protected override begin(): void {
    const { judge, plan } = this.#judged;
    this.#program = this.#surroundings.programs.run(plan, (end) => this.finish(judge(end)));
  }

  protected override release(): void {
    this.#program?.kill();
  }

  protected override late(): Outcome {
    if (this.#program?.hasBegun() === false) {
      return { kind: "unknown", reason: `too many programs: its turn did not come within ${this.timeoutMs} ms` };
    }
    return down(`no result within ${this.timeoutMs} ms`, this.#judged.lateFault);
  }
}
