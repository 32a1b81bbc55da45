/** Vantage points elsewhere: who they are, who votes, and where they report to. */
import type { z } from "zod";
import type { Endpoint, WatchConfig, WatcherConfig } from "../core/model.ts";
import { isWatcherName, selfName } from "../core/vantage.ts";
import { parseAddress } from "./address.ts";
import { type Build, isMap, problem } from "./build.ts";
import type { Checks } from "./build-checks.ts";
import { buildReferences } from "./build-guard.ts";
import { watchersMax } from "./limits.ts";
import { watcherSchema, watchSchema } from "./schema-watch.ts";
import { validate } from "./validate.ts";

/** Null: there is neither section. */
export function buildWatch(
  build: Build,
  checks: Checks,
  raw: { readonly watch?: unknown; readonly watchers?: unknown },
): WatchConfig | null {
  if (raw.watch === undefined && raw.watchers === undefined) return null;
  const settings =
    raw.watch === undefined ? {} : validate(build.findings, watchSchema, { value: raw.watch, path: ["watch"] });
  const watchers = buildWatchers(build, checks, raw.watchers);
  const { listen, vote = true } = settings ?? {};
  if (watchers.length > 0 && listen === undefined && settings !== null) {
    const sentence = "watchers are named, but nothing says where they report to";
    const expected = "watch: {listen: ADDRESS:PORT}";
    problem(build, ["watchers"], { at: "key", found: "no watch.listen", expected, sentence });
  }
  if (!vote && !watchers.some(({ votes }) => votes)) {
    const sentence = "nobody votes: neither the controller nor any watcher, so that nothing could ever go down";
    problem(build, ["watch", "vote"], { expected: "somebody who votes", sentence });
  }
  return { listen: completeEndpoint(listen), selfVotes: vote, watchers };
}

function completeEndpoint(listen: z.output<typeof watchSchema>["listen"]): Endpoint | null {
  if (listen === undefined) return null;
  return { address: parseAddress(listen.address)?.text ?? listen.address, port: listen.port };
}

function buildWatchers(build: Build, checks: Checks, raw: unknown): readonly WatcherConfig[] {
  if (raw === undefined) return [];
  if (!isMap(raw)) {
    const expected = "a map of watchers by name";
    problem(build, ["watchers"], { expected, sentence: "watchers must be a map of watchers by name" });
    return [];
  }
  const entries = Object.entries(raw);
  if (entries.length > watchersMax) {
    const sentence = `there are ${entries.length} watchers, and ${watchersMax} is the limit`;
    problem(build, ["watchers"], { expected: `at most ${watchersMax} watchers`, sentence });
  }
  return entries.slice(0, watchersMax).flatMap(([name, value]) => buildWatcher(build, checks, { name, value }) ?? []);
}

function buildWatcher(
  build: Build,
  checks: Checks,
  { name, value }: { name: string; value: unknown },
): WatcherConfig | null {
  const path = ["watchers", name];
  if (!isWatcherName(name)) {
    const sentence =
      name === selfName ? "self is the controller itself" : `${JSON.stringify(name)} is no watcher's name`;
    const expected = "lower-case letters, digits and hyphens, at most 40";
    problem(build, path, { at: "key", found: JSON.stringify(name), expected, sentence });
    return null;
  }
  const settings = validate(build.findings, watcherSchema, { value: value ?? {}, path });
  if (settings === null) return null;
  const { references = null, vote = true } = settings;
  return { name, votes: vote, references: buildReferences(build, checks, references, path) };
}
