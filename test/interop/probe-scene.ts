/** What tests of single kinds of probe share: a prober that is closed at the end, and one probe of one address. */
import { afterEach } from "vitest";
import { diagnose } from "../../src/core/diagnosis.ts";
import type { ProbeConfig, Target } from "../../src/core/model.ts";
import { createProber, type ProberOptions } from "../../src/io/probe/prober.ts";
import type { Prober, Verdict } from "../../src/ports/prober.ts";
import { targetAt } from "../contract/prober.contract.ts";

export interface Scene {
  prober(options?: ProberOptions): Prober;
  /** Run when the test is over, last one first. */
  readonly after: (() => Promise<void> | void)[];
}

/** Called once at the top of a test file. */
export function makeScene(): Scene {
  const after: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    for (const end of after.splice(0).reverse()) await end();
  });
  return {
    after,
    prober: (options) => {
      const prober = createProber(options);
      after.push(() => prober.close());
      return prober;
    },
  };
}

export function targetOf(probe: ProbeConfig, address = "127.0.0.1"): Target {
  const base = targetAt({ address, port: 0 });
  return { ...base, id: `${address} ${JSON.stringify(probe)}`, check: { ...base.check, probe } };
}

export function runProbe(prober: Prober, target: Target, timeoutMs = 2_000): Promise<Verdict> {
  return new Promise((resolve) => prober.start({ target, timeoutMs, fresh: true }, resolve));
}

/** `up: DETAIL`, `down: REASON` or `unknown: REASON`. */
export function wordsOf(verdict: Verdict): string {
  return `${verdict.kind}: ${verdict.kind === "up" ? verdict.detail : verdict.reason}`;
}

/** What is broken, where nothing but the verdict is known. */
export function nameOf(verdict: Verdict, check: ProbeConfig["kind"]): string {
  if (verdict.kind !== "down") return verdict.kind;
  const { fault = null, reason } = verdict;
  const nothing = { beside: [], network: null, links: [], opinions: [], cluster: null, agent: null, reachedBy: [] };
  const references = { answering: [], silent: [] };
  const subject = { check, health: "down", fault, reason, byKernel: false } as const;
  return diagnose({ address: "127.0.0.1", subject, references, ...nothing }).name;
}
