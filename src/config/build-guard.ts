/** What keeps muster from removing too much: references that tell whether the checker is well, and the brake. */
import type { z } from "zod";
import type { BrakeConfig, Target } from "../core/model.ts";
import { makeReference } from "../core/target.ts";
import { parseAddress, whyNotUnicast } from "./address.ts";
import { type Build, problem } from "./build.ts";
import { type Checks, completeCheck, readCheck } from "./build-checks.ts";
import type { Path } from "./problem.ts";
import type { brakeSchema, referencesSchema } from "./schema-guard.ts";

const withinMsDefault = 60_000;

export function buildReferences(
  build: Build,
  checks: Checks,
  settings: z.output<typeof referencesSchema> | null,
  within: Path = [],
): readonly Target[] {
  if (settings === null) return [];
  const path = [...within, "references", "check"];
  const layer = readCheck(build, checks, { value: settings.check, path });
  const check = layer === null ? null : completeCheck(build, checks, { layer, host: "reference", path });
  if (check === null) {
    if (layer !== null) {
      const sentence = "the references' check says no probe, so there is nothing to judge by";
      problem(build, path, { at: "key", found: "no probe", expected: "a check such as {tcp: 53}", sentence });
    }
    return [];
  }
  return settings.addresses.flatMap((text, index) => {
    const address = parseAddress(text);
    if (address === null) return [];
    const at = [...within, "references", "addresses", index];
    const complaint = whyNotUnicast(address);
    if (complaint !== null)
      problem(build, at, { expected: "the address of one machine", sentence: `the reference ${text} ${complaint}` });
    if (settings.addresses.indexOf(text) !== index) {
      const sentence = `the reference ${text} is listed twice`;
      problem(build, at, { expected: "each reference once", sentence });
    }
    return [makeReference({ address: address.text, family: address.family, check })];
  });
}

export function buildBrake(settings: z.output<typeof brakeSchema> | null): BrakeConfig | null {
  if (settings === null || settings === "off") return null;
  const { all = 1, pool = 1, within = withinMsDefault } = settings;
  return { all, pool, withinMs: within };
}
