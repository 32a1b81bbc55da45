/** Errors of MariaDB and MySQL as verdicts: what one means for its users, by its number, then the server's own words. */
import type { FaultCode } from "../../core/fault.ts";
import { down } from "./dialogue.ts";
import type { ServerError } from "./mariadb-wire.ts";
import { quote } from "./quote.ts";
import type { Judgement } from "./script.ts";

type Meaning = readonly [words: string, fault: FaultCode];

const refused: Meaning = ["refuses the login", "login-refused"];
const crowded: Meaning = ["has too many connections", "too-many-connections"];
const full: Meaning = ["disk full", "disk-full"];
const readOnly: Meaning = ["read-only", "read-only"];
const stopping: Meaning = ["is shutting down", "not-accepting"];
const rightless: Meaning = ["lacks a right", "login-refused"];
const other: Meaning = ["query failed", "wrong-reply"];

const meanings: Readonly<Record<number, Meaning>> = {
  1021: full,
  1114: full,
  1040: crowded,
  1203: crowded,
  1226: crowded,
  1044: refused,
  1045: refused,
  1129: refused,
  1130: refused,
  1251: refused,
  1698: refused,
  4151: refused,
  1049: ["has no such database", "not-accepting"],
  1053: stopping,
  1927: stopping,
  3169: stopping,
  1142: rightless,
  1227: rightless,
  1290: readOnly,
  1792: readOnly,
  1836: readOnly,
};

export function explainMariadb({ number, words }: ServerError): Judgement {
  // 28 is the operating system's "no space left on device", wrapped in an error of a storage engine.
  const isFull = /\berr(?:or|no:|code:) 28\b/i.test(words);
  const [meaning, fault] = isFull ? full : (meanings[number] ?? other);
  return down(`${meaning}: ${quote(words)}`, fault);
}
