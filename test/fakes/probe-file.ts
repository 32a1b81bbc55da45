/** Configurations around one check, for tests of the words of probes. */
import { loadConfig } from "../../src/config/load.ts";
import type { ConfigProblem } from "../../src/config/problem.ts";
import type { ProbeConfig } from "../../src/core/model.ts";
import { fakeSources } from "./config-sources.ts";

function load(check: string, members: string): ReturnType<typeof loadConfig> {
  const zone = "zones: { example.org: { nameservers: [ns1.example.net, ns2.example.org] } }";
  const pool = `pools:\n  www.example.org: { check: { ${check} }, members: ${members} }\n`;
  return loadConfig(`${zone}\n${pool}`, fakeSources);
}

/** The probes of the members, in their order. `check` is the inside of a map. */
export function probesOf(check: string, members = "[192.0.2.1]"): readonly (ProbeConfig | undefined)[] {
  const loaded = load(check, members);
  if (!loaded.ok) throw new Error(loaded.error.problems.map(({ sentence }) => sentence).join("; "));
  return loaded.value.config.pools.flatMap((pool) => pool.members.map((member) => member.check.probe));
}

/** What is said of a check that is refused; empty: it is accepted. */
export function sentencesOf(check: string): readonly string[] {
  const loaded = load(check, "[192.0.2.1]");
  return (loaded.ok ? [] : loaded.error.problems).map(({ sentence }: ConfigProblem) => sentence);
}
