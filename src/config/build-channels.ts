/** Ways to people, by name: one kind each, with what it needs. */
import type { z } from "zod";
import type { ChannelConfig } from "../core/notify.ts";
import { type Build, hasProblemBelow, isMap, problem, resolvePath, warning } from "./build.ts";
import { readKey, readUrl, withChannelSecrets } from "./build-channel-secrets.ts";
import { refuseLiteral, type SecretNoun } from "./build-secret.ts";
import { channelsMax } from "./limits.ts";
import { placeOf } from "./notify-scalars.ts";
import type { Path } from "./problem.ts";
import { type ChannelKind, channelKinds, channelSchema } from "./schema-notify.ts";
import { validate } from "./validate.ts";

const timeoutMsDefault = 10_000;
const ports = { tls: 465, starttls: 587, none: 25 } as const;
const noUrl = null;

export function buildChannels(build: Build, value: unknown, path: Path): readonly ChannelConfig[] {
  if (value === undefined) return [];
  if (!isMap(value)) {
    const expected = "a map of channels by name";
    problem(build, path, { found: "no map", expected, sentence: "channels must be a map of channels by name" });
    return [];
  }
  const entries = Object.entries(value);
  if (entries.length > channelsMax) {
    const sentence = `there are ${entries.length} channels; muster takes ${channelsMax}`;
    problem(build, path, {
      at: "key",
      found: `${entries.length} channels`,
      expected: `at most ${channelsMax}`,
      sentence,
    });
    return [];
  }
  return entries.flatMap(([name, each]) => buildChannel(build, name, { value: each, path: [...path, name] }) ?? []);
}

interface Part {
  readonly value: unknown;
  readonly path: Path;
}

function buildChannel(build: Build, name: string, part: Part): ChannelConfig | null {
  if (!/^[a-z0-9][a-z0-9_.-]{0,63}$/i.test(name)) {
    const sentence = `${JSON.stringify(name)} is no name for a channel`;
    problem(build, part.path, { at: "key", expected: "letters, digits, - and _", sentence });
    return null;
  }
  const settings = validate(build.findings, channelSchema, part);
  if (settings === null) return null;
  const known = Object.keys(channelKinds) as ChannelKind[];
  const given = known.filter((kind) => settings[kind] !== undefined);
  const [kind] = given;
  if (kind === undefined || given.length > 1) {
    const sentence = given.length > 1 ? `${name} is several things: ${given.join(", ")}` : `${name} says no kind`;
    if (!hasProblemBelow(build, part.path))
      problem(build, part.path, { at: "key", found: sentence, expected: `one of ${known.join(", ")}`, sentence });
    return null;
  }
  return buildKind(build, { kind, name }, { value: settings[kind], path: [...part.path, kind] });
}

const secretKeys: Readonly<Record<ChannelKind, Readonly<Record<string, SecretNoun>>>> = {
  mail: { password: "password" },
  webhook: { secret: "secret" },
  slack: { url: "secret" },
  mattermost: { url: "secret" },
  ntfy: { token: "token" },
  exec: {},
};

function buildKind(
  build: Build,
  { kind, name }: { kind: ChannelKind; name: string },
  part: Part,
): ChannelConfig | null {
  for (const [key, noun] of Object.entries(secretKeys[kind]))
    if (isMap(part.value) && refuseLiteral(build, part.value[key], { path: [...part.path, key], noun })) return null;
  switch (kind) {
    case "mail":
      return buildMail(build, name, part);
    case "exec":
      return buildExec(build, name, part);
    case "webhook":
    case "slack":
    case "mattermost":
    case "ntfy":
      return buildHttp(build, { kind, name }, part);
  }
}

function buildMail(build: Build, name: string, { path, value }: Part): ChannelConfig | null {
  const settings = validate(build.findings, channelKinds.mail, { value, path });
  if (settings === null) return null;
  const { host, port } = settings.server ?? { host: "localhost", port: null };
  const isLocal = host === "localhost" || host.startsWith("127.") || host === "::1";
  const { security = isLocal ? "none" : "starttls", user = null, to, from } = settings;
  const key = readKey(build, settings.password, { noun: "password", path: [...path, "password"] });
  judgeLogin(build, settings, { isClear: security === "none" && !isLocal, path });
  const ca = settings.ca === undefined ? null : resolvePath(build, settings.ca);
  const timeoutMs = settings.timeout ?? timeoutMsDefault;
  const base = { kind: "mail", name, timeoutMs, to, from, host, port: port ?? portOf(security, isLocal) } as const;
  return withChannelSecrets({ ...base, security, ca, user }, { url: noUrl, key });
}

/** A mail server of this machine takes mail on port 25. */
function portOf(security: keyof typeof ports, isLocal: boolean): number {
  return isLocal && security === "starttls" ? 25 : ports[security];
}

function judgeLogin(
  build: Build,
  { password, user }: Partial<z.output<typeof channelKinds.mail>>,
  { isClear, path }: { isClear: boolean; path: Path },
): void {
  if ((user === undefined) !== (password === undefined)) {
    const missing = user === undefined ? "user" : "password";
    const sentence = `a login needs user and password, and ${missing} is missing`;
    problem(build, path, { at: "key", found: `no ${missing}`, expected: "user and password, or neither", sentence });
  }
  if (!isClear) return;
  const sentence = "mails to this server can be read and changed on their way";
  if (user === undefined) warning(build, [...path, "security"], { expected: "starttls or tls", sentence });
  else
    problem(build, [...path, "security"], { expected: "starttls or tls", sentence: "a password is not sent in clear" });
}

function buildExec(build: Build, name: string, { path, value }: Part): ChannelConfig | null {
  const settings = validate(build.findings, channelKinds.exec, { value, path });
  if (settings === null) return null;
  const timeoutMs = settings.timeout ?? timeoutMsDefault;
  const base = { kind: "exec", name, timeoutMs, command: settings.command } as const;
  return withChannelSecrets(base, { url: noUrl, key: null });
}

type HttpKind = "webhook" | "slack" | "mattermost" | "ntfy";

function buildHttp(build: Build, { kind, name }: { kind: HttpKind; name: string }, part: Part): ChannelConfig | null {
  const settings = validate(build.findings, channelKinds[kind], part);
  if (settings === null || settings.url === undefined) return null;
  const url = readUrl(build, settings.url, [...part.path, "url"]);
  const [noun, given] = keyOf(settings);
  const key = readKey(build, given, { noun, path: [...part.path, noun] });
  if (url === null) return null;
  if (kind === "ntfy" && (URL.parse(url)?.pathname ?? "/").replaceAll("/", "") === "") {
    const sentence = "the URL of ntfy names no topic";
    problem(build, [...part.path, "url"], { expected: "such as https://ntfy.sh/my-topic", sentence });
  }
  const timeoutMs = settings.timeout ?? timeoutMsDefault;
  return withChannelSecrets({ kind, name, timeoutMs, place: placeOf(url) }, { url, key });
}

type GivenSecret = { readonly file?: string | undefined; readonly env?: string | undefined } | undefined;

interface HttpSettings {
  readonly url: unknown;
  readonly secret?: GivenSecret;
  readonly token?: GivenSecret;
}

function keyOf(settings: HttpSettings): [SecretNoun, GivenSecret] {
  return "token" in settings ? ["token", settings.token] : ["secret", settings.secret];
}
