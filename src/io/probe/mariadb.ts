/**
 * The `mariadb` probe, for MySQL too: login, whether it takes writes, how far a replica lags behind, the operator's query,
 * and a write. A full disk fails a write that needs a new page; where the binary log lies, it lets every write wait.
 */
import type { DatabaseProbe, MariadbProbe } from "../../core/model.ts";
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
import { explainMariadb } from "./mariadb-errors.ts";
import { loginToMariadb } from "./mariadb-login.ts";
import {
  eofMark,
  errorMark,
  localFileMark,
  mariadbFormat,
  markOf,
  okMark,
  query,
  quit,
  readCount,
  readError,
  readName,
  readRow,
} from "./mariadb-wire.ts";
import { type HearPacket, PacketReply } from "./packets.ts";
import { waitingWritesMax } from "./limits.ts";
import { quote } from "./quote.ts";
import type { Judgement } from "./script.ts";

export const mariadbKind: ProbeKind<MariadbProbe> = {
  open: (target, probe, surroundings) => {
    const dialect: Dialect = {
      login: (settings, then) => loginToMariadb(settings, () => sayLimit(questionMsMax(target.check), then)),
      ask: (sql, then) => ({ bytes: query(sql), reply: new PacketReply(mariadbFormat, hearResult(then)) }),
      goodbye: quit,
    };
    return new Conversation(target, makeDatabaseScript(probe, dialect, questionsOf(probe)), surroundings);
  },
};

/** MariaDB reads the first comment, MySQL the second; who knows neither goes without, and so does who refuses. */
function sayLimit(ms: number, then: () => Judgement): Judgement {
  const mariadb = `/*M!100101 , SESSION max_statement_time = ${ms / 1_000} */`;
  const mysql = `/*!50708 , SESSION max_execution_time = ${ms} */`;
  const reply = new PacketReply(mariadbFormat, () => then());
  return { kind: "say", what: "answer to the login", bytes: query(`SET @muster = 1 ${mariadb} ${mysql}`), reply };
}

/** A result is a count of columns, that many descriptions, an end, rows, an end; or just "done". */
function hearResult(then: (row: FirstRow) => Judgement): HearPacket {
  const names: string[] = [];
  let count: number | null = null;
  let values: FirstRow["values"] = null;
  let ends = 0;
  return (packet) => {
    const mark = markOf(packet);
    if (mark === errorMark) return explainMariadb(readError(packet));
    if (count === null) {
      if (mark === okMark) return then({ names, values });
      if (mark === localFileMark) return down("asks for a file of this machine");
      count = readCount(packet);
      return null;
    }
    if (mark === eofMark && packet.length < 13) return ++ends === 2 ? then({ names, values }) : null;
    if (ends === 0) {
      const name = readName(packet);
      if (name === null) return down("broken column in the answer");
      names.push(name);
      return null;
    }
    values ??= readRow(packet, count);
    return values === null ? down("broken row in the answer") : null;
  };
}

function questionsOf(probe: DatabaseProbe): Question[] {
  const { lagMsMax, writable, writeTable } = probe;
  return [
    ...(writable === null ? [] : [roleQuestion(writable)]),
    ...(lagMsMax === null ? [] : [lagQuestion(lagMsMax)]),
    ownQuestion(probe),
    ...(writeTable === null ? [] : [waitingQuestion(writeTable), writeQuestion(writeTable)]),
  ];
}

function roleQuestion(writable: boolean): Question {
  return {
    what: "question of its role",
    sql: "SELECT @@global.read_only, @@global.innodb_read_only",
    judge: ({ values }) => {
      const isReadOnly = values?.some((value) => value !== "0" && value !== "OFF") ?? true;
      if (writable) return isReadOnly ? { bad: "read-only: it is set so", fault: "read-only" } : { fine: "writable" };
      return isReadOnly ? { fine: "read-only" } : { bad: "takes writes", fault: "takes-writes" };
    },
  };
}

function lagQuestion(lagMsMax: number): Question {
  return { what: "question of its lag", sql: "SHOW REPLICA STATUS", judge: (row) => judgeReplica(lagMsMax, row) };
}

/** Columns have had other names since MySQL 8.0.22; a server that follows nobody has no row, and is not behind. */
function judgeReplica(lagMsMax: number, { names, values }: FirstRow): ReturnType<Question["judge"]> {
  if (values === null) return { fine: "no replica" };
  const field = (name: RegExp): string => values[names.findIndex((candidate) => name.test(candidate))] ?? "";
  const error = field(/^Last_IO_Error$/) || field(/^Last_SQL_Error$/);
  const why = error === "" ? "" : `: ${quote(error)}`;
  if (field(/^(Slave|Replica)_SQL_Running$/) !== "Yes")
    return { bad: `replication is broken${why}`, fault: "replication-stopped" };
  if (field(/^(Slave|Replica)_IO_Running$/) !== "Yes")
    return { bad: `replication has lost its source${why}`, fault: "replication-stopped" };
  return judgeLag(lagMsMax, Number.parseFloat(field(/^Seconds_Behind_(Master|Source)$/)));
}

function writeSql(table: string): string {
  return `INSERT INTO ${table.replace(/\w+/g, "`$&`")} (id, seen) VALUES (1, NOW()) ON DUPLICATE KEY UPDATE seen = NOW()`;
}

/**
 * A write that waits for space goes on waiting when its client is gone, and holds one of the server's connections. So
 * nobody adds to those that wait already.
 */
function waitingQuestion(table: string): Question {
  const sql = `SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO = '${writeSql(table)}'`;
  return {
    what: "question of waiting writes",
    sql,
    judge: ({ values }) => {
      const count = Number(values?.[0]);
      if (count < waitingWritesMax) return { fine: "" };
      return { bad: `${count} earlier writes still wait; is the disk full?`, fault: "disk-full" };
    },
  };
}

function writeQuestion(table: string): Question {
  return { what: "write", sql: writeSql(table), judge: () => ({ fine: "write done" }) };
}
