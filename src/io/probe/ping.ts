/**
 * The `ping` probe: one ICMP echo, sent by the system's own `ping`, which has the right to do so where muster has not.
 * Exit code 0 is an answer, 1 is none; anything else, and whatever ping complains of, is a fault of this machine.
 */
import { existsSync } from "node:fs";
import type { PingProbe, Target } from "../../core/model.ts";
import { down } from "./dialogue.ts";
import { plainEnvironment, ProgramRun } from "./exec.ts";
import type { ProbeKind } from "./kind.ts";
import { detailCharsMax } from "./limits.ts";
import type { ProgramEnd, ProgramPlan } from "./programs.ts";
import { plainLine } from "./quote.ts";
import type { Outcome } from "./single-run.ts";

const places = ["/usr/bin/ping", "/bin/ping", "/usr/sbin/ping", "/sbin/ping"] as const;

export const pingKind: ProbeKind<PingProbe> = {
  open: (target, probe, surroundings) => ({
    start: (what, onVerdict) => {
      const plan = pingPlan(target, { dataBytes: probe.dataBytes, waitMs: what.timeoutMs });
      return new ProgramRun(
        { plan, judge: judgePing, lateFault: "timed-out" },
        { surroundings, what },
        onVerdict,
      ).start();
    },
    forget: () => undefined,
  }),
};

interface PingTerms {
  readonly dataBytes: number;
  readonly waitMs: number;
}

/** `ping` is looked for each time, so that installing it is enough. */
export function pingPlan(
  { address, family }: Pick<Target, "address" | "family">,
  { dataBytes, waitMs }: PingTerms,
): ProgramPlan {
  const program = places.find((place) => existsSync(place)) ?? places[0];
  // A little longer than the probe, so that it is the probe's own timeout that speaks.
  const seconds = `${Math.ceil(waitMs / 1_000) + 1}`;
  const options = [`-${family}`, "-n", "-c", "1", "-s", `${dataBytes}`, "-W", seconds];
  return { command: [program, ...options, "--", address], environment: plainEnvironment };
}

export function judgePing(end: ProgramEnd): Outcome {
  if (end.kind === "failed") {
    const hint = end.reason.endsWith("does not exist") ? "; install ping (Debian package iputils-ping)" : "";
    return { kind: "unknown", reason: `${end.reason}${hint}` };
  }
  const { code, errors, output } = end;
  if (code === 0) {
    const time = /time[=<]([\d.]+) ?ms/.exec(output)?.[1];
    return { kind: "up", detail: time === undefined ? "answered" : `answered in ${time} ms` };
  }
  const complaint = plainLine(errors, detailCharsMax).replace(/^\S*\/ping: /, "ping: ");
  if (code !== 1 || complaint !== "") {
    return { kind: "unknown", reason: complaint === "" ? `ping ended with exit code ${code}` : complaint };
  }
  const unreachable = /^From (\S+) .*?(Destination .*)$/im.exec(output);
  if (unreachable === null) return down("no answer", "timed-out");
  const [, router = "", what = ""] = unreachable;
  return down(`${plainLine(what, detailCharsMax)}, says ${plainLine(router, detailCharsMax)}`, "no-route");
}
