/**
 * Where a zone goes: the embedded DNS server, other servers by UPDATE (RFC 2136), zone files. What would feed on its
 * own output or send the same twice is refused.
 */
import type { z } from "zod";
import type { FilePublishConfig, PublishConfig } from "../core/model.ts";
import { type Build, hasProblemBelow, problem, resolvePath } from "./build.ts";
import { judgeKeyName } from "./build-keys.ts";
import { buildPeers, reportTwice } from "./build-peers.ts";
import { type Entry, readEntries } from "./entries.ts";
import type { Path } from "./problem.ts";
import { publisherExpected, publisherSchema, publishersText, updatePublisherSchema } from "./schema-publish.ts";
import { validate } from "./validate.ts";

export interface PublishContext {
  readonly path: Path;
  readonly keys: ReadonlySet<string>;
  /** The zone's own master file, as an absolute path. */
  readonly zoneFile: string | null;
}

type Publisher = z.output<typeof publisherSchema>;
type FileSettings = NonNullable<Exclude<Publisher, string>["file"]>;

const reloadMsDefault = 10_000;
const embedded: PublishConfig = { kind: "embedded" };

/** Never empty: a list whose entries all have mistakes counts as `embedded`, so that nothing else is made of it. */
export function buildPublish(build: Build, value: unknown, context: PublishContext): readonly PublishConfig[] {
  if (value === undefined) return [embedded];
  const entries = readEntries(build, publisherSchema, { value, path: context.path, text: publishersText });
  const publishers = entries.flatMap((entry) => buildPublisher(build, entry, context) ?? []);
  judgeTwice(build, entries);
  judgeServersTwice(build, entries, publishers);
  return publishers.length === 0 ? [embedded] : publishers;
}

function buildPublisher(build: Build, { item, path }: Entry<Publisher>, context: PublishContext): PublishConfig | null {
  if (typeof item === "string") return embedded;
  const { file, update } = item;
  if ((file === undefined) === (update === undefined)) {
    const sentence = "a publisher is one of embedded, update and file";
    if (!hasProblemBelow(build, path)) problem(build, path, { expected: publisherExpected, sentence });
    return null;
  }
  if (file !== undefined) return buildFile(build, file, { context, path: [...path, "file"] });
  return buildUpdate(build, update, { context, path: [...path, "update"] });
}

function buildUpdate(
  build: Build,
  value: unknown,
  { context, path }: { context: PublishContext; path: Path },
): PublishConfig | null {
  const settings = validate(build.findings, updatePublisherSchema, { value, path });
  if (settings === null) return null;
  const { key, servers: raw } = settings;
  if (key !== undefined) judgeKeyName(build, context.keys, { name: key, path: [...path, "key"] });
  if (raw === undefined) {
    const sentence = "update says no servers, so nobody would get the records";
    problem(build, path, { at: "key", found: "no servers", expected: "servers: [192.0.2.53]", sentence });
    return null;
  }
  const risk = "a server that takes unsigned updates takes them from anybody who can send from muster's address";
  const servers = buildPeers(build, raw, {
    path: [...path, "servers"],
    keys: context.keys,
    keyDefault: key ?? null,
    risk,
  });
  return servers.length === 0 ? null : { kind: "update", servers };
}

function buildFile(
  build: Build,
  settings: FileSettings,
  { context, path }: { context: PublishContext; path: Path },
): FilePublishConfig {
  const file = resolvePath(build, settings.path);
  if (file === context.zoneFile) {
    const sentence = "this is the zone's own file, which muster reads; it cannot write it too";
    problem(build, [...path, "path"], { expected: "another path", sentence });
  }
  if (settings.timeout !== undefined && settings.reload === undefined) {
    const sentence = "timeout is about reload, and there is none";
    problem(build, [...path, "timeout"], { at: "key", expected: "reload: [PROGRAM, ARGUMENT, ...]", sentence });
  }
  return {
    kind: "file",
    path: file,
    block: settings.block ?? false,
    reload: settings.reload ?? null,
    reloadMsMax: settings.timeout ?? reloadMsDefault,
  };
}

function judgeTwice(build: Build, entries: readonly Entry<Publisher>[]): void {
  const embeds = entries.filter(({ item }) => item === "embedded");
  for (const { path } of embeds.slice(1))
    problem(build, path, { expected: "embedded once", sentence: "embedded is listed twice" });
}

/** One server in two `update` publishers: within one list it is found already. */
function judgeServersTwice(
  build: Build,
  entries: readonly Entry<Publisher>[],
  publishers: readonly PublishConfig[],
): void {
  if (publishers.length !== entries.length) return;
  const seen = new Map<string, Path>();
  for (const [index, publisher] of publishers.entries()) {
    const at = entries[index]?.path;
    if (publisher.kind !== "update" || at === undefined) continue;
    for (const endpoint of publisher.servers)
      reportTwice(build, seen, { endpoint, path: [...at, "update", "servers"] });
  }
}
