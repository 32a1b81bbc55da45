/** The postgres and mariadb probes: who logs in where, what is asked, and what the server must be. */
import { z } from "zod";
import { isSecretName } from "../../core/agent-work.ts";
import type { DatabaseProbe, SecretPlace } from "../../core/model.ts";
import { type Build, hasProblemBelow, isMap, problem, resolvePath } from "../build.ts";
import { readPort } from "../build-port.ts";
import { readSecret, refuseLiteral } from "../build-secret.ts";
import type { Path } from "../problem.ts";
import { durationMs, map, text, truth } from "../schema-parts.ts";
import { secretMap } from "../schema-publish.ts";
import { validate } from "../validate.ts";
import { completeTls, port, readTls, tlsChoice, type TlsSettings } from "./parts.ts";
import { defineWords, type ProbePlace, type ProbeWords } from "./words.ts";

const queryDefault = "SELECT 1";

/** Anything may stand here at first, so that a password written in clear is refused by us, who do not repeat it. */
const password = z.unknown().meta({
  type: "object",
  properties: { file: { type: "string" }, env: { type: "string" }, agent: { type: "string" } },
});

const schema = map("a database probe", {
  port: port.optional().describe("Port or service name. Default the database's own."),
  tls: tlsChoice.optional().describe("Whether the login goes over TLS; then never without. Default false."),
  user: text("a user's name", 128).optional().describe("Who logs in. Needed, here or in the pool's check."),
  password: password
    .optional()
    .describe("{file: PATH}, {env: NAME}, or {agent: NAME} for one of an agent's own. Default none."),
  database: text("a database's name", 128).optional().describe("Default the user's name in PostgreSQL, else none."),
  query: text("a query", 4_096).optional().describe(`What is asked after the login. Default ${queryDefault}.`),
  expect: text("a text; a number or a truth goes into quotes", 4_096)
    .optional()
    .describe("What the first field of the first row must be. Default anything."),
  writable: truth().optional().describe("true: must take writes. false: must be read-only. Default no matter."),
  "lag-max": durationMs({ min: "1ms", max: "7d" })
    .optional()
    .describe("How far a replica may lag behind; one whose replication is broken is down. Default no matter."),
  "write-table": text("a table's name", 128).optional().describe("A table of its own that each probe writes to."),
});

type DatabaseValue = z.output<typeof schema>;

interface DatabaseSettings {
  readonly port?: number;
  readonly tls?: TlsSettings | null;
  readonly user?: string;
  readonly password?: SecretPlace;
  readonly database?: string;
  readonly query?: string;
  readonly expect?: string;
  readonly writable?: boolean;
  readonly lagMsMax?: number;
  readonly writeTable?: string;
}

interface Kind {
  readonly kind: DatabaseProbe["kind"];
  readonly port: number;
  readonly about: string;
}

export const postgresWords = makeWords({ kind: "postgres", port: 5_432, about: "a login to PostgreSQL and a query." });
export const mariadbWords = makeWords({
  kind: "mariadb",
  port: 3_306,
  about: "a login to MariaDB or MySQL and a query.",
});

function makeWords(kind: Kind): ProbeWords {
  return defineWords({
    schema,
    about: kind.about,
    freshEvery: 5,
    read: readDatabase,
    complete: (build, settings, place) => completeDatabase(build, { kind, settings }, place),
  });
}

function readDatabase(build: Build, value: DatabaseValue, path: Path): DatabaseSettings {
  const { database, expect, query, user, writable } = value;
  const lag = value["lag-max"];
  const table = value["write-table"];
  const number = value.port === undefined ? null : readPort(build, value.port, [...path, "port"]);
  const place = readPassword(build, value.password, [...path, "password"]);
  if (table !== undefined) judgeTable(build, table, [...path, "write-table"]);
  return {
    ...(number === null ? {} : { port: number }),
    ...(value.tls === undefined ? {} : { tls: readTls(value.tls) }),
    ...(user === undefined ? {} : { user }),
    ...(place === null ? {} : { password: place }),
    ...(database === undefined ? {} : { database }),
    ...(query === undefined ? {} : { query }),
    ...(expect === undefined ? {} : { expect }),
    ...(writable === undefined ? {} : { writable }),
    ...(lag === undefined ? {} : { lagMsMax: lag }),
    ...(table === undefined ? {} : { writeTable: table }),
  };
}

/** Only the place is kept; what lies there is looked at once, so that a mistake is told now. Null: none, or reported. */
function readPassword(build: Build, value: unknown, path: Path): SecretPlace | null {
  if (value === undefined || refuseLiteral(build, value, { path, noun: "password" })) return null;
  if (isMap(value) && "agent" in value) return readAgentSecret(build, value, path);
  const settings = validate(build.findings, secretMap("password"), { value, path });
  if (settings === null || readSecret(build, settings, { path, noun: "password" }) === null) return null;
  const { env, file } = settings;
  if (env !== undefined) return { kind: "env", name: env };
  return { kind: "file", path: resolvePath(build, file ?? "") };
}

/** Where it is kept only the agent knows. */
function readAgentSecret(build: Build, value: Readonly<Record<string, unknown>>, path: Path): SecretPlace | null {
  const { agent: name } = value;
  if (typeof name === "string" && isSecretName(name) && Object.keys(value).length === 1) return { kind: "agent", name };
  const sentence = "agent alone stands here, with the name that a secret has on the agent's machine";
  problem(build, path, { expected: "{agent: NAME}, of letters, digits and hyphens", sentence });
  return null;
}

/** It goes into statements, where quotes around each part keep capitals as they are. */
function judgeTable(build: Build, table: string, path: Path): void {
  if (/^[A-Za-z_]\w{0,62}(\.[A-Za-z_]\w{0,62})?$/.test(table)) return;
  const sentence = `write-table cannot be ${JSON.stringify(table)}: letters, digits and _, with SCHEMA. before it if need be`;
  problem(build, path, { expected: "a table such as muster_probe or ops.muster_probe", sentence });
}

function completeDatabase(
  build: Build,
  { kind: { kind, port: usual }, settings }: { kind: Kind; settings: DatabaseSettings },
  { host, path }: ProbePlace,
): DatabaseProbe {
  const { user = "", writable = null, writeTable = null } = settings;
  if (user === "" && !hasProblemBelow(build, path)) {
    const sentence = `a ${kind} probe needs a user, who may log in and needs no other rights`;
    problem(build, path, { at: "key", found: "no user", expected: "user: muster", sentence });
  }
  if (writable === false && writeTable !== null) {
    const sentence = "writable: false asks for a read-only server, which cannot take what write-table writes";
    problem(build, path, { at: "key", found: "both", expected: "one of them", sentence });
  }
  return {
    kind,
    port: settings.port ?? usual,
    tls: completeTls(build, settings.tls ?? null, { host, path }),
    user,
    password: settings.password ?? null,
    database: settings.database ?? null,
    query: settings.query ?? queryDefault,
    expect: settings.expect ?? null,
    writable,
    lagMsMax: settings.lagMsMax ?? null,
    writeTable,
  };
}
