/**
 * The `postgres` and `mariadb` probes: log in once, then ask question after question over the same connection, each
 * judged by its first row. A kept connection begins with the questions. Both speak the database's own protocol, since
 * nothing that a server sends may harm the prober, and a probe needs little of it (ADR 3).
 */
import type { FaultCode } from "../../core/fault.ts";
import type { CheckConfig, DatabaseProbe } from "../../core/model.ts";
import { down } from "./dialogue.ts";
import { quote } from "./quote.ts";
import type { Judgement, Reply, Script } from "./script.ts";

/** The first row of a result. */
export interface FirstRow {
  readonly names: readonly string[];
  /** Null: the result has no row. */
  readonly values: readonly (string | null)[] | null;
}

type Answered = { readonly fine: string } | { readonly bad: string; readonly fault?: FaultCode };

export interface Question {
  /** As people call it, for a server that does not answer. */
  readonly what: string;
  readonly sql: string;
  /** Words for the verdict if it is good, empty for none; or why it is not. */
  readonly judge: (row: FirstRow) => Answered;
}

export interface Dialect {
  /** Up to the moment at which questions can be asked. */
  login(probe: DatabaseProbe, then: () => Judgement): Judgement | Reply;
  /** Begins to ask; the reply calls `then` with the first row. */
  ask(sql: string, then: (row: FirstRow) => Judgement): { readonly bytes: Buffer; readonly reply: Reply };
  readonly goodbye: Buffer;
}

export function makeDatabaseScript(probe: DatabaseProbe, dialect: Dialect, questions: readonly Question[]): Script {
  return {
    port: probe.port,
    tls: null,
    request: null,
    lastRequest: null,
    opened: ({ isKept }) => {
      const begin = (): Judgement => askNext({ dialect, questions }, 0, []);
      return isKept ? begin() : dialect.login(probe, begin);
    },
  };
}

interface Asking {
  readonly dialect: Dialect;
  readonly questions: readonly Question[];
}

function askNext(asking: Asking, at: number, heard: readonly string[]): Judgement {
  const { dialect, questions } = asking;
  const question = questions[at];
  if (question === undefined) {
    return { kind: "up", detail: heard.join(", "), afterwards: "reuse", goodbye: dialect.goodbye };
  }
  const { bytes, reply } = dialect.ask(question.sql, (row) => {
    const found = question.judge(row);
    if ("bad" in found) return down(found.bad, found.fault);
    return askNext(asking, at + 1, found.fine === "" ? heard : [...heard, found.fine]);
  });
  return { kind: "say", what: `answer to the ${question.what}`, bytes, reply };
}

const slackMs = 1_000;

/**
 * The server works on a question for as long, also when nobody waits for the answer any more: else each probe that is given
 * up would leave another one behind, and together they would take all of its connections.
 */
export function questionMsMax({ timeout }: CheckConfig): number {
  return slackMs + (timeout.kind === "fixed" ? timeout.ms : timeout.maxMs);
}

/** The operator's own question. */
export function ownQuestion({ expect, query }: DatabaseProbe): Question {
  return {
    what: "query",
    sql: query,
    judge: ({ values }) => {
      const value = values?.[0];
      const found = value === undefined ? "no row" : value === null ? "NULL" : quote(value);
      if (expect === null || value === expect) return { fine: `query answered ${found}` };
      return { bad: `query answered ${found}, expected ${quote(expect)}` };
    },
  };
}

/** Why a replica is behind too far, or how far it is. `lagSeconds` NaN: it cannot tell. */
export function judgeLag(lagMsMax: number, lagSeconds: number): Answered {
  if (Number.isNaN(lagSeconds)) return { bad: "replica cannot tell how far it lags behind", fault: "lagging" };
  if (lagSeconds * 1_000 <= lagMsMax) return { fine: `lag ${round(lagSeconds)} s` };
  return {
    bad: `replica lags ${round(lagSeconds)} s behind, at most ${round(lagMsMax / 1_000)} s are allowed`,
    fault: "lagging",
  };
}

function round(seconds: number): number {
  return Math.round(seconds * 1_000) / 1_000;
}
