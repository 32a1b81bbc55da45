/** PostgreSQL's errors as verdicts: what it means for its users by SQLSTATE (its manual, appendix A), then its own words. */
import { down } from "./dialogue.ts";
import type { ServerError } from "./postgres-wire.ts";
import { quote } from "./quote.ts";
import type { Judgement } from "./script.ts";

const meanings: Readonly<Record<string, string>> = {
  "28000": "refuses the login",
  "28P01": "refuses the login",
  "3D000": "has no such database",
  "53300": "has too many connections",
  "53100": "disk full",
  "53200": "out of memory",
  "25006": "read-only",
  "42501": "lacks a right",
  "57P01": "is shutting down",
  "57P02": "has crashed",
  // Starting up, shutting down, in recovery: its words say which.
  "57P03": "takes no logins now",
  "58030": "input or output error",
  XX001: "data corrupted",
  XX002: "index corrupted",
};

export function explainPostgres({ code, words }: ServerError): Judgement {
  return down(`${meanings[code] ?? "query failed"}: ${quote(words)}`);
}
