/**
 * Each kind of probe in words: a few letters for a target's id, and a phrase for people. A new kind is a line here; the
 * compiler asks for it.
 */
import { lagText } from "./data-age.ts";
import type { MailProbe } from "./mail-probe.ts";
import type { DatabaseProbe, ProbeConfig } from "./model.ts";

type ProbeOf<K extends ProbeConfig["kind"]> = Extract<ProbeConfig, { readonly kind: K }>;

interface ProbeText<P extends ProbeConfig> {
  /** Readable, without spaces, and the same as long as what is probed is. */
  readonly summary: (probe: P) => string;
  readonly phrase: (probe: P) => string;
}

const texts: { readonly [K in ProbeConfig["kind"]]: ProbeText<ProbeOf<K>> } = {
  http: {
    summary: ({ path, port, tls }) => `http${tls === null ? "" : "s"}:${port}${path}`,
    phrase: ({ host, method, path, port, tls }) => `${method} http${tls === null ? "" : "s"}://${host}:${port}${path}`,
  },
  tcp: {
    summary: ({ port }) => `tcp:${port}`,
    phrase: ({ expect, port }) => `tcp port ${port}${expect === null ? "" : ` expecting "${expect}"`}`,
  },
  smtp: { summary: mailSummary, phrase: mailPhrase },
  pop3: { summary: mailSummary, phrase: mailPhrase },
  imap: { summary: mailSummary, phrase: mailPhrase },
  postgres: { summary: databaseSummary, phrase: databasePhrase },
  mariadb: { summary: databaseSummary, phrase: databasePhrase },
  tls: {
    summary: ({ port, tls }) => `tls:${port}/${tls.serverName}`,
    phrase: ({ port, tls }) => `TLS to port ${port} for ${tls.serverName}`,
  },
  dns: {
    summary: ({ name, port, transport, type }) => `dns:${transport}:${port}/${name === "" ? "." : name}/${type}`,
    phrase: ({ name, port, transport, type }) =>
      `DNS question ${name === "" ? "." : name} ${type} to ${transport} port ${port}`,
  },
  ping: { summary: () => "ping", phrase: () => "ping" },
  ssh: {
    summary: ({ port }) => `ssh:${port}`,
    phrase: ({ expect, port }) => `SSH banner of port ${port}${expect === null ? "" : ` with "${expect}"`}`,
  },
  udp: {
    summary: ({ port }) => `udp:${port}`,
    phrase: ({ port }) => `datagram to udp port ${port}`,
  },
  exec: {
    summary: ({ command, port }) => `exec:${programName(command)}${port === null ? "" : `:${port}`}`,
    phrase: ({ command, port }) => `program ${programName(command)}${port === null ? "" : ` for port ${port}`}`,
  },
  freshness: {
    summary: ({ request: { path, port, tls } }) => `fresh${tls === null ? "" : "s"}:${port}${path}`,
    phrase: ({ lagMsMax, origins, request }) =>
      `freshness of ${request.path} within ${lagText(lagMsMax)} of ${origins.map(({ url }) => url).join(" or ")}`,
  },
  agent: {
    summary: ({ agent }) => `agent${agent === null ? "" : `:${agent}`}`,
    phrase: ({ agent }) => `the word of ${agent === null ? "its agent" : `agent ${agent}`}`,
  },
  mount: {
    summary: ({ path }) => `mount:${path.replaceAll(/\s/g, "_")}`,
    phrase: ({ path }) => `mount ${path}`,
  },
  all: {
    summary: ({ of }) => `all(${summaries(of)})`,
    phrase: ({ of }) => `all of ${phrases(of)}`,
  },
  any: {
    summary: ({ of }) => `any(${summaries(of)})`,
    phrase: ({ of }) => `any of ${phrases(of)}`,
  },
  "at-least": {
    summary: ({ count, of }) => `${count}-of(${summaries(of)})`,
    phrase: ({ count, of }) => `at least ${count} of ${phrases(of)}`,
  },
};

function mailSummary({ kind, port, startTls, tls }: MailProbe): string {
  return `${kind}${tls === null ? "" : "s"}:${port}${startTls === null ? "" : "+starttls"}`;
}

function mailPhrase({ expect, kind, port, startTls, tls }: MailProbe): string {
  const secured = tls === null ? (startTls === null ? "" : ", then TLS") : " over TLS";
  return `${kind} port ${port}${secured}${expect === null ? "" : ` expecting "${expect}"`}`;
}

function databaseSummary({ database, kind, port, writable }: DatabaseProbe): string {
  const role = writable === null ? "" : writable ? ":writable" : ":read-only";
  return `${kind}:${port}${database === null ? "" : `/${database.replaceAll(/\s/g, "_")}`}${role}`;
}

function databasePhrase({ database, kind, port, user, writable }: DatabaseProbe): string {
  const role = writable === null ? "" : writable ? ", writable" : ", read-only";
  return `${kind} port ${port}, ${user} at ${database ?? "no database"}${role}`;
}

function programName([program = ""]: readonly string[]): string {
  return program.slice(program.lastIndexOf("/") + 1).replaceAll(/\s/g, "_");
}

/** Parts that are named one by one; the others are counted. */
const namedPartsMax = 4;

function summaries(parts: readonly ProbeConfig[]): string {
  return listParts(parts.map(probeSummary), ",");
}

function phrases(parts: readonly ProbeConfig[]): string {
  return `(${listParts(parts.map(probePhrase), ", ")})`;
}

function listParts(parts: readonly string[], between: string): string {
  const named = parts.slice(0, namedPartsMax);
  return [...named, ...(parts.length > named.length ? [`+${parts.length - named.length}`] : [])].join(between);
}

export function probeSummary(probe: ProbeConfig): string {
  return textOf(probe).summary(probe);
}

export function probePhrase(probe: ProbeConfig): string {
  return textOf(probe).phrase(probe);
}

function textOf(probe: ProbeConfig): ProbeText<ProbeConfig> {
  return texts[probe.kind] as ProbeText<ProbeConfig>;
}
