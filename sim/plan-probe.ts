/** What the swarm's members are asked: a port, what their agent says, how old their data is, and those together. */
import type { Prng } from "../src/base/prng.ts";
import type { AgentConfig } from "../src/core/agent.ts";
import { agentProbesIn, withAskedMounts } from "../src/core/agent-work.ts";
import { fixtureCheck } from "../src/core/fixtures.ts";
import type { FreshnessProbe, HttpProbe, PoolConfig, ProbeConfig, TcpProbe } from "../src/core/model.ts";
import { makeReference } from "../src/core/target.ts";
import { pick } from "./life.ts";

const tcp: TcpProbe = { kind: "tcp", port: 80, send: null, expect: null, replyBytesMax: 1024 };
const agent: ProbeConfig = { kind: "agent", agent: null };
const mount: ProbeConfig = { kind: "mount", agent: null, path: "/srv" };

const request: HttpProbe = {
  kind: "http",
  method: "GET",
  port: 80,
  tls: null,
  host: "mirror.example.org",
  path: "/time",
  headers: {},
  status: [{ from: 200, to: 200 }],
  body: null,
  bodyBytesMax: 1024,
  redirectsMax: 0,
};
const freshness: FreshnessProbe = {
  kind: "freshness",
  origins: [{ url: "http://origin.example.org/time", host: "origin.example.org", request }],
  request,
  format: { kind: "auto" },
  lagMsMax: 8000,
};

const others: readonly ProbeConfig[] = [
  agent,
  { kind: "all", of: [tcp, agent] },
  { kind: "any", of: [tcp, agent] },
  { kind: "all", of: [tcp, mount] },
  freshness,
  { kind: "all", of: [tcp, freshness] },
  { kind: "all", of: [freshness, agent, mount] },
];

export function planProbe(prng: Prng): ProbeConfig {
  return prng.next() < 0.4 ? tcp : pick(prng, others);
}

export function isAboutData(probe: ProbeConfig): boolean {
  return "of" in probe ? probe.of.some(isAboutData) : probe.kind === "freshness";
}

/** One on each machine whose word is asked for. */
export function planAgents(prng: Prng, pools: readonly PoolConfig[]): readonly AgentConfig[] {
  const asked = pools.flatMap(({ members }) => members).filter(({ check }) => agentProbesIn(check.probe).length > 0);
  const agents = asked.map(({ address, family }, i): AgentConfig => {
    const target = makeReference({ address, family, check: fixtureCheck({ tripwire: false }) });
    return {
      name: `web${i}`,
      addresses: [address],
      proofs: prng.next() < 0.9 ? [{ name: "page", target }] : [],
      mounts: [],
      reaches: [],
      silentMs: 3000 + prng.int(5000),
    };
  });
  return withAskedMounts(agents, pools);
}
