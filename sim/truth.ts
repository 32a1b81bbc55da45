/**
 * How a member really is, by its check and with nothing between: what muster must come to see. `unknown` where nothing
 * can be said, as of data while the origin cannot be read, and of a mount that is not well.
 */
import { agentFor } from "../src/core/agent-work.ts";
import { futureMsMax } from "../src/core/data-age.ts";
import type { MemberConfig, ProbeConfig } from "../src/core/model.ts";
import { stampOf } from "./data.ts";
import type { Host } from "./host.ts";

export type Truth = "up" | "down" | "unknown";

export function truthOf(member: MemberConfig, host: Host): Truth {
  return truth(member.check.probe, member.address, host);
}

function truth(probe: ProbeConfig, address: string, host: Host): Truth {
  if ("of" in probe) {
    const parts = probe.of.map((part) => truth(part, address, host)).filter((part) => part !== "unknown");
    if (parts.length === 0) return "unknown";
    const isUp = probe.kind === "any" ? parts.includes("up") : !parts.includes("down");
    return isUp ? "up" : "down";
  }
  if (probe.kind === "agent" || probe.kind === "mount") return wordOf(probe, address, host);
  const { condition, mirror } = host.world.member(address);
  const { origin } = host.world;
  if (probe.kind !== "freshness") return condition === "serving" ? "up" : "down";
  if (!origin.isReadable) return "unknown";
  const at = stampOf(mirror);
  // What lies in the future is judged by muster's own clock.
  const now = Math.max(host.world.now().wall, origin.at);
  const isFresh = at !== null && at <= now + futureMsMax && origin.at - at <= probe.lagMsMax;
  return condition === "serving" && isFresh ? "up" : "down";
}

function wordOf(probe: Extract<ProbeConfig, { kind: "agent" | "mount" }>, address: string, host: Host): Truth {
  const agent = agentFor(host.config.agents, probe, address);
  const machine = agent === null ? null : host.machines.at(agent.name);
  if (machine === null) return "unknown";
  const isHeard = machine.isRunning && machine.link.isUp;
  const { condition, mount } = host.world.member(machine.address);
  if (probe.kind === "mount") return isHeard && mount === "ok" ? "up" : "unknown";
  const isFit = agent?.proofs.length === 0 || condition === "serving";
  return isHeard && isFit ? "up" : "down";
}
