/**
 * The freshness probe: where the origin's timestamp document is, where the member's is, and how far behind is too far.
 * Both are fetched as the http probe fetches, so URL, path, port and TLS are read by it.
 */
import type { z } from "zod";
import { assert } from "../../base/assert.ts";
import type { FreshnessProbe, HttpProbe, OriginConfig, StampFormat } from "../../core/model.ts";
import { type Build, hasProblemBelow, problem } from "../build.ts";
import { originsMax } from "../limits.ts";
import { whyNotPattern } from "../pattern.ts";
import type { Path } from "../problem.ts";
import { durationMs, map, oneOf, oneOrMany, text, word } from "../schema-parts.ts";
import { httpWords } from "./http.ts";
import { port, tlsChoice } from "./parts.ts";
import { defineWords, type ProbePlace } from "./words.ts";

const formatWords = ["auto", "unix", "iso", "rfc2822", "last-modified"] as const;

const schema = map("a freshness probe", {
  origin: oneOrMany(text("a URL", 2_048), { what: "a URL, or a list of URLs", max: originsMax })
    .optional()
    .describe("URL of the origin's timestamp document; several are tried in turn. Needed."),
  "lag-max": durationMs({ min: "1s", max: "52w" })
    .optional()
    .describe("A member that is further behind the origin is down. Needed."),
  path: text("a path that begins with /", 2_048)
    .optional()
    .describe("Path of the member's document. Default that of the first origin."),
  port: port.optional().describe("Port or service name of the member. Default 80, or 443 with tls."),
  tls: tlsChoice.optional().describe("Whether the member is asked over TLS. Default false."),
  host: text("a host name", 260).optional().describe("Host header for the member. Default the pool's name."),
  format: oneOf("auto, unix, iso, rfc2822, last-modified or {matches: PATTERN}", [
    word(formatWords),
    map("a format", {
      matches: text("a regular expression", 4_096).describe("The first group, or all that matches, is the time."),
    }),
  ])
    .optional()
    .describe("How the document tells its time. Default auto."),
});

type FreshnessMap = z.output<typeof schema>;

interface FreshnessSettings {
  readonly origins?: readonly OriginConfig[];
  readonly lagMsMax?: number;
  readonly format?: StampFormat;
  readonly path?: string;
}

function readFreshness(build: Build, value: FreshnessMap, path: Path): FreshnessSettings {
  const { format, host, "lag-max": lagMsMax, origin, path: document, port: ownPort, tls } = value;
  const request = {
    ...(document === undefined ? {} : { path: document }),
    ...(host === undefined ? {} : { host }),
    ...(ownPort === undefined ? {} : { port: ownPort }),
    ...(tls === undefined ? {} : { tls }),
  };
  const read = format === undefined ? null : readFormat(build, format, [...path, "format"]);
  return {
    ...(origin === undefined ? {} : { origins: readOrigins(build, origin, [...path, "origin"]) }),
    ...(lagMsMax === undefined ? {} : { lagMsMax }),
    ...(read === null ? {} : { format: read }),
    // Beside them the settings of the http probe that asks the member, so that layers are laid over each other one by one.
    ...httpWords.read(build, request, path),
  };
}

function readFormat(build: Build, format: NonNullable<FreshnessMap["format"]>, path: Path): StampFormat | null {
  if (typeof format === "string") return { kind: format };
  const why = whyNotPattern(format.matches);
  if (why === null) return { kind: "matches", pattern: format.matches };
  const expected = "a regular expression whose time stays in bounds";
  problem(build, [...path, "matches"], { expected, sentence: `the pattern ${why}` });
  return null;
}

function readOrigins(build: Build, urls: readonly string[], path: Path): readonly OriginConfig[] {
  return urls.flatMap((url, index) => {
    const at = urls.length > 1 ? [...path, index] : path;
    if (!/^https?:\/\//.test(url)) {
      const expected = "a URL such as http://master.example.org/timestamp";
      problem(build, at, { expected, sentence: `origin is no URL: ${JSON.stringify(url.slice(0, 100))}` });
      return [];
    }
    if (!URL.canParse(url)) return [];
    const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
    return [{ url, host, request: documentRequest(build, httpWords.read(build, url, at), { host, path: at }) }];
  });
}

/** A redirect would lead to something else than what was asked for, so only a plain answer counts. */
function documentRequest(build: Build, settings: object, place: ProbePlace): HttpProbe {
  const request = httpWords.complete(build, settings, place);
  assert(request.kind === "http", "the words of http make an http probe");
  return { ...request, status: [{ from: 200, to: 200 }] };
}

function completeFreshness(build: Build, settings: FreshnessSettings, place: ProbePlace): FreshnessProbe {
  const { format = { kind: "auto" }, lagMsMax = 0, origins = [], path } = settings;
  const [first] = origins;
  const method = format.kind === "last-modified" ? "HEAD" : "GET";
  return {
    kind: "freshness",
    origins: origins.map((origin) => ({ ...origin, request: { ...origin.request, method } })),
    request: { ...documentRequest(build, settings, place), path: path ?? first?.request.path ?? "/", method },
    format,
    lagMsMax,
  };
}

function judgeFreshness(build: Build, probe: FreshnessProbe, path: Path): void {
  if (hasProblemBelow(build, path)) return;
  const needs = (found: string, expected: string, sentence: string): void =>
    problem(build, path, { at: "key", found, expected, sentence });
  if (probe.origins.length === 0)
    needs("no origin", "origin: http://master.example.org/timestamp", "a freshness probe needs an origin");
  if (probe.lagMsMax === 0) needs("no lag-max", "lag-max: 3h", "a freshness probe needs lag-max, how old is too old");
}

export const freshnessWords = defineWords({
  schema,
  about: "how far a mirror is behind its origin.",
  read: readFreshness,
  complete: (build, settings, { host, path }) => {
    const probe = completeFreshness(build, settings, { host, path });
    judgeFreshness(build, probe, path);
    return probe;
  },
});
