/**
 * What a start can already say of checks that need programs: one that is missing, or a `ping` that may not be used, would
 * else be noticed as verdicts that stay unknown. It is told and not refused: the other checks work.
 */
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import type { Config, ProbeConfig } from "../../core/model.ts";
import { judgePing, pingPlan } from "./ping.ts";
import { Programs } from "./programs.ts";

/** How long the trial of ping may take. */
const trialMsMax = 2_000;

/** A sentence for each program that the configuration needs and this machine does not run. */
export async function describeMissingPrograms(config: Config): Promise<readonly string[]> {
  const probes = config.pools.flatMap(({ members }) => members.flatMap(({ check }) => flatten(check.probe)));
  const paths = new Set(probes.flatMap((probe) => (probe.kind === "exec" ? probe.command.slice(0, 1) : [])));
  const families = new Set(
    config.pools.flatMap(({ members }) =>
      members
        .filter(({ check }) => flatten(check.probe).some(({ kind }) => kind === "ping"))
        .map(({ family }) => family),
    ),
  );
  const sentences = await Promise.all([...[...paths].map(tryProgram), ...[...families].map(tryPing)]);
  return sentences.filter((sentence) => sentence !== null);
}

function flatten(probe: ProbeConfig): readonly ProbeConfig[] {
  return "of" in probe ? probe.of.flatMap(flatten) : [probe];
}

async function tryProgram(path: string): Promise<string | null> {
  try {
    await access(path, constants.X_OK);
    return null;
  } catch {
    return `the program ${path} of a check does not exist or may not be run: members that it judges stay unknown`;
  }
}

/** One echo to this machine itself. */
async function tryPing(family: 4 | 6): Promise<string | null> {
  const programs = new Programs();
  const address = family === 4 ? "127.0.0.1" : "::1";
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const timer = setTimeout(() => resolve(null), trialMsMax);
  programs.run(pingPlan({ address, family }, { dataBytes: 56, waitMs: trialMsMax }), (end) => {
    const outcome = judgePing(end);
    resolve(
      outcome.kind === "unknown" ? `ping cannot be used: ${outcome.reason}; members that it judges stay unknown` : null,
    );
  });
  const sentence = await promise;
  clearTimeout(timer);
  await programs.close();
  return sentence;
}
