/**
 * The `postgres` probe: login, whether it takes writes, how far a standby lags behind, the operator's query, and a write.
 *
 * A tiny write goes into a page that is there already, so it would succeed on a full disk. Therefore it comes with a list
 * of numbers that does not fit into the memory that it is given, so that the server has to put it on disk for a moment.
 */
import type { DatabaseProbe, PostgresProbe } from "../../core/model.ts";
import { Conversation } from "./conversation.ts";
import {
  type Dialect,
  type FirstRow,
  judgeLag,
  makeDatabaseScript,
  ownQuestion,
  type Question,
  questionMsMax,
} from "./database.ts";
import { down } from "./dialogue.ts";
import type { ProbeKind } from "./kind.ts";
import { PacketReply } from "./packets.ts";
import { explainPostgres } from "./postgres-errors.ts";
import { loginToPostgres } from "./postgres-login.ts";
import { letterOf, message, postgresFormat, readError, readNames, readValues, terminate } from "./postgres-wire.ts";
import { quoteBytes } from "./quote.ts";
import { SaltedPasswords } from "./scram.ts";
import type { Judgement } from "./script.ts";

export const postgresKind: ProbeKind<PostgresProbe> = {
  open: (target, probe, surroundings) => {
    const passwords = new SaltedPasswords();
    // The console of PgBouncer has no settings of that kind. In this form one is over with the question, whoever shares the session.
    const limit =
      probe.database === "pgbouncer" ? "" : `SET LOCAL statement_timeout = ${questionMsMax(target.check)}; `;
    const dialect: Dialect = {
      login: (settings, then) => loginToPostgres(settings, passwords, then),
      ask: (sql, then) => ask(limit + sql, then),
      goodbye: terminate,
    };
    return new Conversation(target, makeDatabaseScript(probe, dialect, questionsOf(probe)), surroundings);
  },
};

/** Simple queries: several statements are one transaction, and nothing of it stays after an error. */
function ask(sql: string, then: (row: FirstRow) => Judgement): ReturnType<Dialect["ask"]> {
  let names: readonly string[] = [];
  let values: FirstRow["values"] = null;
  const hear = (packet: Buffer): Judgement | null => {
    switch (letterOf(packet)) {
      case "T":
        names = readNames(packet) ?? [];
        values = null;
        return null;
      case "D":
        values ??= readValues(packet);
        return values === null ? down("broken row in the answer") : null;
      case "E":
        return explainPostgres(readError(packet));
      case "Z":
        return then({ names, values });
      // Done, no statement, notices, parameters, notifications.
      case "C":
      case "I":
      case "N":
      case "S":
      case "A":
        return null;
      default:
        return down(`answer is of a kind that no query has: ${quoteBytes(packet)}`);
    }
  };
  const bytes = message("Q", Buffer.from(`${sql}\0`, "utf8"));
  return { bytes, reply: new PacketReply(postgresFormat, hear) };
}

function questionsOf(probe: DatabaseProbe): Question[] {
  const { lagMsMax, writable, writeTable } = probe;
  return [
    ...(writable === null ? [] : [roleQuestion(writable)]),
    ...(lagMsMax === null ? [] : [lagQuestion(lagMsMax)]),
    ownQuestion(probe),
    ...(writeTable === null ? [] : [writeQuestion(writeTable)]),
  ];
}

function roleQuestion(writable: boolean): Question {
  return {
    what: "question of its role",
    sql: "SELECT pg_is_in_recovery(), current_setting('transaction_read_only')",
    judge: ({ values }) => {
      const [recovery, readOnly] = values ?? [];
      if (!writable)
        return recovery === "t" || readOnly === "on"
          ? { fine: "read-only" }
          : { bad: "takes writes", fault: "takes-writes" };
      if (recovery === "t") return { bad: "read-only: it is a standby", fault: "read-only" };
      return readOnly === "on" ? { bad: "read-only: it is set so", fault: "read-only" } : { fine: "writable" };
    },
  };
}

/**
 * A standby that has applied all that it received is not behind, however long ago the last change was; unless nobody sends
 * to it any more, when the age of the last change is all that is known.
 */
const lagSql = `SELECT CASE WHEN NOT pg_is_in_recovery() THEN 0
  WHEN EXISTS (SELECT FROM pg_stat_wal_receiver) AND pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
  ELSE greatest(0, extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())) END,
  pg_is_in_recovery() AND NOT EXISTS (SELECT FROM pg_stat_wal_receiver)`;

function lagQuestion(lagMsMax: number): Question {
  return {
    what: "question of its lag",
    sql: lagSql,
    judge: ({ values }) => {
      const judged = judgeLag(lagMsMax, Number.parseFloat(values?.[0] ?? ""));
      if ("fine" in judged || values?.[1] !== "t") return judged;
      return { bad: `${judged.bad}; it receives nothing from its primary`, fault: "replication-stopped" };
    },
  };
}

function writeQuestion(table: string): Question {
  const name = table.replace(/\w+/g, '"$&"');
  const sql = `SET LOCAL lock_timeout = '5s'; INSERT INTO ${name} (id, seen) VALUES (1, now()) ON CONFLICT (id) DO UPDATE SET seen = EXCLUDED.seen;
    SET LOCAL work_mem = '64kB'; SET LOCAL temp_tablespaces = ''; SELECT count(*) FROM generate_series(1, 20000)`;
  return { what: "write", sql, judge: () => ({ fine: "write done" }) };
}
