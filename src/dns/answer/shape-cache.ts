/**
 * Answers that many questions share: NXDOMAIN, NODATA, referrals and wildcards have the same octets behind the
 * question for every name of the same length under the same zone, cut or wildcard. So a flood of invented names is
 * answered from at most 255 compiled answers for each, and memory does not grow with the flood.
 */
import type { Name } from "../types.ts";
import type { Zone } from "../zone.ts";
import type { ZoneNode } from "../zone-tree.ts";
import { CompiledAnswer } from "./compile.ts";
import type { AnswerPlan, Reuse } from "./plan.ts";

/** Owners of shared answers that are remembered at most; then all are forgotten and compiled again. */
const ownersMax = 10_000;

export class ShapeCache {
  private readonly owners = new Map<Zone | ZoneNode, Map<number, CompiledAnswer>>();

  clear(): void {
    this.owners.clear();
  }

  get(of: Zone | ZoneNode, key: number, nameOctets: number): CompiledAnswer | undefined {
    const answer = this.owners.get(of)?.get(key * 256 + nameOctets);
    return answer?.fresh === true ? answer : undefined;
  }

  set(plan: AnswerPlan, reuse: Extract<Reuse, { kind: "suffix" }>, name: Name): CompiledAnswer {
    if (this.owners.size >= ownersMax) this.owners.clear();
    let shapes = this.owners.get(reuse.of);
    if (shapes === undefined) {
      shapes = new Map();
      this.owners.set(reuse.of, shapes);
    }
    const answer = new CompiledAnswer(plan, name);
    shapes.set(reuse.key * 256 + name.length, answer);
    return answer;
  }
}
