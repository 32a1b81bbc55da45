/**
 * The http probe: from its short forms (a URL, a path) or its map to settings, and from settings to a complete probe.
 * Settings of a pool's check and of a member's are laid over each other in between, so they stay partial here.
 */
import { z } from "zod";
import type { BodyMatch, HttpProbe } from "../../core/model.ts";
import { type Build, problem } from "../build.ts";
import { readPort } from "../build-port.ts";
import { whyNotPattern } from "../pattern.ts";
import type { Path } from "../problem.ts";
import { parseStatus } from "../scalars.ts";
import { integer, map, oneOf, oneOrMany, sizeBytes, text, textOf, word } from "../schema-parts.ts";
import { port, readTls, tlsChoice, type TlsSettings } from "./parts.ts";
import { defineWords } from "./words.ts";

const statusCode = oneOf('a status code, or a range such as "300-399"', [
  integer(100, 599).transform((code) => ({ from: code, to: code })),
  textOf(parseStatus, "a status code"),
]);

const httpMap = map("an http probe", {
  path: text("a path that begins with /", 2_048).optional().describe("What is asked for. Default /."),
  port: port.optional().describe("Port or service name. Default 80, or 443 with tls."),
  tls: tlsChoice.optional().describe("Whether the probe speaks TLS. Default false."),
  host: text("a host name", 260)
    .optional()
    .describe("Host header. Default the pool's name, with the port if it is not the usual one."),
  method: word(["GET", "HEAD"]).optional().describe("Default GET."),
  headers: z
    .record(z.string(), text("a text; a number or a truth goes into quotes", 4_096))
    .optional()
    .describe("Further headers, without credentials."),
  status: oneOrMany(statusCode, { what: "status codes from 100 to 599, one or a list", max: 32 })
    .optional()
    .describe('Accepted status codes: 200, [200, 204], "300-399". Default 200-399.'),
  body: oneOf("a text that the body must contain, or {matches: PATTERN}", [
    text("a text; a number or a truth goes into quotes", 4_096),
    map("a body match", {
      contains: text("a text", 4_096).optional().describe("A text that the body must contain."),
      matches: text("a regular expression", 4_096)
        .optional()
        .describe("A regular expression that the body must match."),
    }),
  ])
    .optional()
    .describe("What the body must hold. Default anything."),
  "body-bytes": sizeBytes({ min: "1B", max: "4MiB" })
    .optional()
    .describe("How much of the body is looked at. Default 64KiB."),
  redirects: integer(0, 10).optional().describe("Redirects that are followed. Default 0."),
});

const schema = oneOf("a URL, a path, or a map of http settings", [text("a URL or a path", 2_048), httpMap]);

type HttpValue = z.output<typeof schema>;
type HttpMap = Exclude<HttpValue, string>;

interface HttpSettings {
  readonly path?: string;
  readonly port?: number;
  readonly tls?: TlsSettings | null;
  /** As it is to be sent. */
  readonly host?: string;
  /** From a URL, without port. */
  readonly urlHost?: string;
  readonly method?: "GET" | "HEAD";
  readonly headers?: Readonly<Record<string, string>>;
  readonly status?: HttpProbe["status"];
  readonly body?: BodyMatch;
  readonly bodyBytesMax?: number;
  readonly redirectsMax?: number;
}

const bodyBytesDefault = 65_536;

function readHttp(build: Build, value: HttpValue, path: Path): HttpSettings {
  if (typeof value === "string")
    return value.startsWith("/") ? readPathOnly(build, value, path) : readUrl(build, value, path);
  return readMap(build, value, path);
}

function readPathOnly(build: Build, value: string, path: Path): HttpSettings {
  return isRequestPath(value) ? { path: value } : refusePath(build, path);
}

function isRequestPath(value: string): boolean {
  return /^\/[\x21-\x7e]*$/.test(value) && !value.includes("#");
}

function refusePath(build: Build, path: Path): HttpSettings {
  const sentence = "the path of a request begins with / and holds no spaces, no # and no letters outside ASCII";
  problem(build, path, { expected: "a path such as /status", sentence });
  return {};
}

function readUrl(build: Build, value: string, path: Path): HttpSettings {
  const expected = "a URL such as http://www.example.org/status, or a path such as /status";
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url !== null && (url.username !== "" || url.password !== "")) {
    const sentence = "credentials do not belong into a URL; muster shows URLs to everybody who may see its status";
    problem(build, path, { found: "a URL with credentials", expected, sentence });
    return {};
  }
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:") || url.hash !== "") {
    problem(build, path, { expected, sentence: `http cannot be ${JSON.stringify(value.slice(0, 100))}` });
    return {};
  }
  const tls = url.protocol === "https:" ? {} : null;
  const port = url.port === "" ? {} : { port: Number(url.port) };
  return { urlHost: url.hostname, path: url.pathname + url.search, tls, ...port };
}

function readMap(build: Build, map: HttpMap, path: Path): HttpSettings {
  const port = map.port === undefined ? null : readPort(build, map.port, [...path, "port"]);
  if (map.path !== undefined && !isRequestPath(map.path)) refusePath(build, [...path, "path"]);
  if (map.host !== undefined) judgeHost(build, map.host, [...path, "host"]);
  judgeHeaders(build, map.headers ?? {}, [...path, "headers"]);
  const body = map.body === undefined ? null : readBody(build, map.body, [...path, "body"]);
  return {
    ...(map.path === undefined ? {} : { path: map.path }),
    ...(port === null ? {} : { port }),
    ...(map.tls === undefined ? {} : { tls: readTls(map.tls) }),
    ...(map.host === undefined ? {} : { host: map.host }),
    ...(map.method === undefined ? {} : { method: map.method }),
    ...(map.headers === undefined ? {} : { headers: map.headers }),
    ...(map.status === undefined ? {} : { status: map.status }),
    ...(body === null ? {} : { body }),
    ...(map["body-bytes"] === undefined ? {} : { bodyBytesMax: map["body-bytes"] }),
    ...(map.redirects === undefined ? {} : { redirectsMax: map.redirects }),
  };
}

function judgeHost(build: Build, host: string, path: Path): void {
  if (/^([\w-]+(\.[\w-]+)*\.?|\[[0-9a-f:.]+\])(:\d{1,5})?$/i.test(host)) return;
  problem(build, path, {
    expected: "a host name, with :PORT if need be",
    sentence: `host cannot be ${JSON.stringify(host)}`,
  });
}

/** Credentials would show wherever a check is shown; the others are the probe's own business. */
const refusedHeaders: Readonly<Record<string, string>> = {
  authorization: "would show credentials wherever the check is shown; ask for a page that needs none",
  "proxy-authorization": "would show credentials wherever the check is shown",
  cookie: "would show credentials wherever the check is shown; ask for a page that needs none",
  "x-api-key": "would show credentials wherever the check is shown; ask for a page that needs none",
  host: "is given as host:, beside headers",
  connection: "is set by the probe itself",
  "content-length": "is set by the probe itself",
  "transfer-encoding": "is set by the probe itself",
};

function judgeHeaders(build: Build, headers: Readonly<Record<string, string>>, path: Path): void {
  for (const [name, value] of Object.entries(headers)) {
    const refused = refusedHeaders[name.toLowerCase()];
    const complaint = refused ?? whyNotHeader(name, value);
    if (complaint === null) continue;
    const sentence = `the header ${JSON.stringify(name)} ${complaint}`;
    problem(build, [...path, name], { at: "key", found: JSON.stringify(name), expected: "another header", sentence });
  }
}

function whyNotHeader(name: string, value: string): string | null {
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) return "has a name that HTTP does not allow (RFC 9110, 5.1)";
  return /^[\t\x20-\x7e]*$/.test(value) ? null : "has a value with line breaks or letters outside ASCII";
}

function readBody(build: Build, body: NonNullable<HttpMap["body"]>, path: Path): BodyMatch | null {
  if (typeof body === "string") return { kind: "contains", text: body };
  const { contains, matches } = body;
  if ((contains === undefined) === (matches === undefined)) {
    const sentence = "body needs either contains or matches";
    problem(build, path, { expected: "a text, or {matches: PATTERN}", sentence });
    return null;
  }
  if (contains !== undefined) return { kind: "contains", text: contains };
  const pattern = matches ?? "";
  const why = whyNotPattern(pattern);
  if (why === null) return { kind: "matches", pattern };
  const expected = "a regular expression whose time stays in bounds";
  problem(build, [...path, "matches"], { expected, sentence: `the pattern ${why}` });
  return null;
}

/** Fills the defaults in. `fallbackHost` is the pool's name. */
function completeHttp(settings: HttpSettings, fallbackHost: string): HttpProbe {
  const tls = settings.tls ?? null;
  const usualPort = tls === null ? 80 : 443;
  const port = settings.port ?? usualPort;
  // RFC 9110, 7.2: the port belongs into Host unless it is the scheme's own.
  const host = settings.host ?? (settings.urlHost ?? fallbackHost) + (port === usualPort ? "" : `:${port}`);
  const serverName = tls?.name ?? host.replace(/:\d+$/, "").replace(/^\[|\]$|\.$/g, "");
  return {
    kind: "http",
    method: settings.method ?? "GET",
    port,
    tls: tls === null ? null : { serverName, verify: tls.verify ?? true },
    host,
    path: settings.path ?? "/",
    headers: settings.headers ?? {},
    status: settings.status ?? [{ from: 200, to: 399 }],
    body: settings.body ?? null,
    bodyBytesMax: settings.bodyBytesMax ?? bodyBytesDefault,
    redirectsMax: settings.redirectsMax ?? 0,
  };
}

/** What can only be said of the complete probe. */
function judgeHttp(build: Build, probe: HttpProbe, path: Path): void {
  if (probe.method === "HEAD" && probe.body !== null) {
    const sentence = "an answer to HEAD has no body to look at; take method: GET, or leave body out";
    problem(build, path, { at: "key", found: "HEAD and body", expected: "method: GET", nearest: "GET", sentence });
  }
  if (probe.host.startsWith("*")) {
    const sentence = "the pool's name is a wildcard, so the check must say which host to ask for";
    problem(build, path, { at: "key", found: "no host", expected: "host: www.example.org", sentence });
  }
}

export const httpWords = defineWords({
  schema,
  about: "an HTTP request.",
  freshEvery: 5,
  read: readHttp,
  complete: (build, settings, { host, path }) => {
    const probe = completeHttp(settings, host);
    judgeHttp(build, probe, path);
    return probe;
  },
});
