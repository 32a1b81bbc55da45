/** PostgreSQL's errors as verdicts: what it means for its users by SQLSTATE (its manual, appendix A), then its own words. */
import type { FaultCode } from "../../core/fault.ts";
import { down } from "./dialogue.ts";
import type { ServerError } from "./postgres-wire.ts";
import { quote } from "./quote.ts";
import type { Judgement } from "./script.ts";

type Meaning = readonly [words: string, fault: FaultCode];

const meanings: Readonly<Record<string, Meaning>> = {
  "28000": ["refuses the login", "login-refused"],
  "28P01": ["refuses the login", "login-refused"],
  "3D000": ["has no such database", "not-accepting"],
  "53300": ["has too many connections", "too-many-connections"],
  "53100": ["disk full", "disk-full"],
  "53200": ["out of memory", "wrong-reply"],
  "25006": ["read-only", "read-only"],
  "42501": ["lacks a right", "login-refused"],
  "57P01": ["is shutting down", "not-accepting"],
  "57P02": ["has crashed", "not-accepting"],
  // Starting up, shutting down, in recovery: its words say which.
  "57P03": ["takes no logins now", "not-accepting"],
  "58030": ["input or output error", "wrong-reply"],
  XX001: ["data corrupted", "wrong-reply"],
  XX002: ["index corrupted", "wrong-reply"],
};

const other: Meaning = ["query failed", "wrong-reply"];
/** The operating system's words, which some errors carry under another code. */
const full = /no space left on device/i;

export function explainPostgres({ code, words }: ServerError): Judgement {
  const [meaning, fault] = meanings[code] ?? other;
  return down(`${meaning}: ${quote(words)}`, full.test(words) ? "disk-full" : fault);
}
