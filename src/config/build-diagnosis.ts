/** What may stand under `diagnosis`: the networks that fail together, and the pool that is the web cluster. */
import type { z } from "zod";
import { findNearest } from "../base/nearest.ts";
import type { DiagnosisConfig, PoolConfig } from "../core/model.ts";
import { type Build, problem } from "./build.ts";
import { parsePrefix } from "./publish-scalars.ts";
import { integer, map, oneOrMany, text, textOf } from "./schema-parts.ts";

const networksMax = 1_000;
const prefixDefaults = { ipv4: 24, ipv6: 64 } as const;

const network = textOf(parsePrefix, "a prefix such as 192.0.2.0/24");

export const diagnosisSchema = map("the settings of diagnosis", {
  networks: oneOrMany(network, { what: "a list of prefixes such as 192.0.2.0/24", max: networksMax })
    .optional()
    .describe("Networks whose members hang on one switch or uplink. Default by prefix."),
  prefix: map("lengths of a prefix", {
    ipv4: integer(8, 32).optional().describe("For IPv4. Default 24."),
    ipv6: integer(16, 128).optional().describe("For IPv6. Default 64."),
  })
    .optional()
    .describe("Members that share a prefix of this length are in one network, unless networks says otherwise."),
  "web-cluster": text("the name of a pool", 253)
    .optional()
    .describe("The pool that is the web cluster: when none of its members answers, that is said once. Default none."),
});

export function buildDiagnosis(
  build: Build,
  settings: z.output<typeof diagnosisSchema> | null,
  pools: readonly PoolConfig[],
): DiagnosisConfig {
  const { networks = [], prefix = {}, "web-cluster": cluster = null } = settings ?? {};
  const { ipv4 = prefixDefaults.ipv4, ipv6 = prefixDefaults.ipv6 } = prefix;
  if (cluster !== null && !pools.some(({ name }) => name === cluster)) {
    const nearest = findNearest(
      cluster,
      pools.map(({ name }) => name),
    );
    problem(build, ["diagnosis", "web-cluster"], {
      found: JSON.stringify(cluster),
      expected: "the name of a pool",
      ...(nearest === null ? {} : { nearest }),
      sentence: `web-cluster: no pool is called ${JSON.stringify(cluster)}`,
    });
  }
  const wholes = networks.map((name) => (name.includes("/") ? name : `${name}/${name.includes(":") ? 128 : 32}`));
  return { networks: wholes, prefix4: ipv4, prefix6: ipv6, webCluster: cluster };
}
