/**
 * Who is told of what. Passwords, tokens and the URLs of chats come from files or the environment; in the built
 * configuration they are hidden properties, which neither JSON nor a log of the object shows.
 */
import { findNearest } from "../base/nearest.ts";
import type { ChannelSecrets, EscalationConfig, HeartbeatConfig, NotifyConfig, ReportConfig } from "../core/notify.ts";
import { type Build, isMap, problem, warning } from "./build.ts";
import { buildChannels } from "./build-channels.ts";
import { type Entry, readEntries } from "./entries.ts";
import { placeOf } from "./notify-scalars.ts";
import type { Path } from "./problem.ts";
import {
  escalationSchema,
  escalationsText,
  heartbeatSchema,
  notifySchema,
  quietSchema,
  quietText,
  reportSchema,
  reportsText,
  routeSchema,
  routesText,
} from "./schema-notify.ts";
import { validate } from "./validate.ts";
import { readUrl, withChannelSecrets } from "./build-channel-secrets.ts";

const groupMsDefault = 10_000;
const repeatsDefault = 4;
const heartbeatMsDefault = 60_000;
const reportMinuteDefault = 420;
const monday = 1;

/** Null: nobody is told of anything. */
export function buildNotify(build: Build, raw: unknown): NotifyConfig | null {
  if (raw === undefined) return null;
  const path: Path = ["notify"];
  const settings = validate(build.findings, notifySchema, { value: raw, path });
  if (settings === null) return null;
  const channels = buildChannels(build, settings.channels, [...path, "channels"]);
  const names = namesOf(settings.channels);
  const at = (key: string): Path => [...path, key];
  const notify: NotifyConfig = {
    channels,
    routes: buildRoutes(build, settings.routes, { path: at("routes"), names }),
    groupMs: settings.group ?? groupMsDefault,
    repeatsMax: settings.repeats ?? repeatsDefault,
    timeZone: settings["time-zone"] ?? "UTC",
    quietHours: buildQuietHours(build, settings["quiet-hours"], at("quiet-hours")),
    escalate: buildEscalations(build, settings.escalate, { path: at("escalate"), names }),
    reports: buildReports(build, settings.reports, { path: at("reports"), names }),
    heartbeat: buildHeartbeat(build, settings.heartbeat, at("heartbeat")),
  };
  if (names.size === 0 && settings.heartbeat === undefined) {
    const sentence = "notify names no channel, so nobody is told of anything";
    warning(build, path, { at: "key", found: "no channels", expected: "channels: {ops: {mail: {...}}}", sentence });
  }
  return notify;
}

interface Context {
  readonly path: Path;
  readonly names: ReadonlySet<string>;
}

/** Also of those with mistakes, so that whoever names them is not told of a second one. */
function namesOf(channels: unknown): ReadonlySet<string> {
  return new Set(isMap(channels) ? Object.keys(channels) : []);
}

function judgeNames(build: Build, names: ReadonlySet<string>, at: { to: readonly string[]; path: Path }): void {
  for (const name of at.to) {
    if (names.has(name)) continue;
    const known = [...names];
    const expected = known.length === 0 ? "a channel under channels" : `one of ${known.slice(0, 20).join(", ")}`;
    const nearest = findNearest(name, known) ?? undefined;
    const sentence = `there is no channel ${JSON.stringify(name)} under channels`;
    problem(build, at.path, { found: JSON.stringify(name), expected, nearest, sentence });
  }
}

/** Without any, every channel is told of warnings and worse. */
function buildRoutes(build: Build, value: unknown, { names, path }: Context): NotifyConfig["routes"] {
  const base = { severity: "warning", kinds: [], rules: [], subjects: [], digestMs: null } as const;
  if (value === undefined) return names.size === 0 ? [] : [{ ...base, to: [...names] }];
  return readEntries(build, routeSchema, { value, path, text: routesText }).map(({ item, path: at }) => {
    judgeNames(build, names, { to: item.to, path: [...at, "to"] });
    const { digest = null, kinds = [], rules = [], severity = "warning", subjects = [], to } = item;
    return { to, severity, kinds, rules, subjects, digestMs: digest };
  });
}

function buildQuietHours(build: Build, value: unknown, path: Path): NotifyConfig["quietHours"] {
  return readEntries(build, quietSchema, { value, path, text: quietText }).map(({ item, path: at }) => {
    const { days = [], from, to } = item;
    if (from === 1_440) {
      const sentence = "quiet hours cannot begin at the end of a day";
      problem(build, [...at, "from"], { expected: '"00:00"', nearest: '"00:00"', sentence });
    }
    return { fromMinute: from, toMinute: to, days };
  });
}

/** In the order of their times. */
function buildEscalations(build: Build, value: unknown, { names, path }: Context): readonly EscalationConfig[] {
  const entries = readEntries(build, escalationSchema, { value, path, text: escalationsText });
  for (const { item, path: at } of entries) judgeNames(build, names, { to: item.to, path: [...at, "to"] });
  return entries
    .map(({ item: { after, severity = "critical", to } }) => ({ afterMs: after, severity, to }))
    .toSorted((a, b) => a.afterMs - b.afterMs);
}

function buildReports(build: Build, value: unknown, { names, path }: Context): readonly ReportConfig[] {
  const entries: Entry<ReturnType<typeof reportSchema.parse>>[] = readEntries(build, reportSchema, {
    value,
    path,
    text: reportsText,
  });
  return entries.map(({ item, path: at }) => {
    judgeNames(build, names, { to: item.to, path: [...at, "to"] });
    if (item.day !== undefined && item.every === "daily") {
      const sentence = "a daily report comes every day: day is about weekly ones";
      problem(build, [...at, "day"], { at: "key", expected: "every: weekly", sentence });
    }
    return { every: item.every, atMinute: item.at ?? reportMinuteDefault, day: item.day ?? monday, to: item.to };
  });
}

function buildHeartbeat(build: Build, value: unknown, path: Path): HeartbeatConfig | null {
  if (value === undefined) return null;
  const settings = validate(build.findings, heartbeatSchema, { value, path });
  if (settings === null) return null;
  const url = readUrl(build, settings.url, [...path, "url"]);
  if (url === null) return null;
  const secrets: ChannelSecrets = { url, key: null };
  return withChannelSecrets({ everyMs: settings.every ?? heartbeatMsDefault, place: placeOf(url) }, secrets);
}
