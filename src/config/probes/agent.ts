/** The agent and mount probes: what a machine's own agent says of it, and of a mount point there. */
import type { AgentProbe, MountProbe } from "../../core/agent.ts";
import { type Build, problem } from "../build.ts";
import type { Path } from "../problem.ts";
import { map, oneOf, text, truth } from "../schema-parts.ts";
import { defineWords } from "./words.ts";

const agentName = text("an agent's name", 40);

const agentSchema = oneOf("true, or {name: AGENT}", [
  truth(),
  map("an agent probe", {
    name: agentName.optional().describe("Which agent. Default the one that has the member's address."),
  }),
]);

interface AgentSettings {
  readonly agent?: string;
}

export const agentWords = defineWords({
  schema: agentSchema,
  about: "what the agent on the member's machine says of it.",
  read: (build: Build, value, path: Path): AgentSettings => {
    if (value === false) {
      const sentence = "agent: false asks nobody; leave it out, or write another kind of probe";
      problem(build, path, { expected: "agent: true", nearest: "true", sentence });
    }
    const name = typeof value === "boolean" ? undefined : value.name;
    return name === undefined ? {} : { agent: name };
  },
  complete: (_build, settings): AgentProbe => ({ kind: "agent", agent: settings.agent ?? null }),
});

const pathText = text("an absolute path", 1_024);

const mountSchema = oneOf("an absolute path, or {path: PATH, name: AGENT}", [
  pathText,
  map("a mount probe", {
    path: pathText.optional().describe("The mount point. Needed, here or in the pool's check."),
    name: agentName.optional().describe("Which agent looks. Default the one that has the member's address."),
  }),
]);

interface MountSettings extends AgentSettings {
  readonly mount?: string;
}

export const mountWords = defineWords({
  schema: mountSchema,
  about: "a mount point, seen by the member's agent; hung or gone alerts, and removes nobody.",
  read: (build: Build, value, path: Path): MountSettings => {
    const { name, path: mount } = typeof value === "string" ? { path: value } : { name: undefined, ...value };
    if (mount !== undefined && !mount.startsWith("/"))
      problem(build, path, {
        expected: "an absolute path",
        sentence: `${JSON.stringify(mount)} does not begin with /`,
      });
    return { ...(mount === undefined ? {} : { mount }), ...(name === undefined ? {} : { agent: name }) };
  },
  complete: (build, settings, { path }): MountProbe => {
    if (settings.mount === undefined) {
      const sentence = "the mount probe does not say which mount point";
      problem(build, path, { at: "key", found: "no path", expected: "mount: /srv/data", sentence });
    }
    return { kind: "mount", agent: settings.agent ?? null, path: settings.mount ?? "/" };
  },
});
