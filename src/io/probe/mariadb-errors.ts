/** Errors of MariaDB and MySQL as verdicts: what one means for its users, by its number, then the server's own words. */
import { down } from "./dialogue.ts";
import type { ServerError } from "./mariadb-wire.ts";
import { quote } from "./quote.ts";
import type { Judgement } from "./script.ts";

const refused = "refuses the login";
const full = "disk full";
const readOnly = "read-only";
const stopping = "is shutting down";

const meanings: Readonly<Record<number, string>> = {
  1021: full,
  1114: full,
  1040: "has too many connections",
  1203: "has too many connections",
  1226: "has too many connections",
  1044: refused,
  1045: refused,
  1129: refused,
  1130: refused,
  1251: refused,
  1698: refused,
  4151: refused,
  1049: "has no such database",
  1053: stopping,
  1927: stopping,
  3169: stopping,
  1142: "lacks a right",
  1227: "lacks a right",
  1290: readOnly,
  1792: readOnly,
  1836: readOnly,
};

export function explainMariadb({ number, words }: ServerError): Judgement {
  // 28 is the operating system's "no space left on device", wrapped in an error of a storage engine.
  const meaning = /\berr(?:or|no:|code:) 28\b/i.test(words) ? full : (meanings[number] ?? "query failed");
  return down(`${meaning}: ${quote(words)}`);
}
