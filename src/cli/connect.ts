/**
 * How a command finds the controller: `--api` or MUSTER_API, and the token from `--token-file`, MUSTER_TOKEN_FILE or
 * MUSTER_TOKEN. A token is never an option's value, since every user of the machine could read it there.
 */
import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { Option } from "@commander-js/extra-typings";
import { noReason } from "../core/order.ts";
import { type ApiClient, createClient } from "../api/client.ts";
import type { CliContext } from "./context.ts";
import { CliError, exitCode } from "./exit-codes.ts";
import type { CliIo } from "./io.ts";
import { parseLineOption } from "./options.ts";
import { whyUnreadable } from "../io/why-unreadable.ts";

export const apiUrlDefault = "http://127.0.0.1:8053";

export interface ConnectOptions {
  readonly api?: string | undefined;
  readonly tokenFile?: string | undefined;
}

export function apiOption() {
  return new Option("--api <url>", `address of the controller's API (env: MUSTER_API, default: ${apiUrlDefault})`);
}

export function tokenFileOption() {
  return new Option("--token-file <path>", "file that holds the API's token (env: MUSTER_TOKEN_FILE, or MUSTER_TOKEN)");
}

export function jsonOption() {
  return new Option("--json", "print JSON instead of text");
}

export function ownerOption() {
  return new Option("--owner <name>", "who asks, for the record (default: your user name)").argParser(parseLineOption);
}

export function reasonOption() {
  return new Option("--reason <text>", "why, for the record").argParser(parseLineOption).default(noReason);
}

export function connect({ io }: CliContext, options: ConnectOptions): ApiClient {
  const url = readUrl(options.api ?? io.env["MUSTER_API"] ?? apiUrlDefault);
  return createClient({ url, token: readToken(io, options.tokenFile) });
}

function readUrl(text: string): URL {
  const url = /\s/.test(text) ? null : URL.parse(text.includes("://") ? text : `http://${text}`);
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.search === "") return url;
  throw new CliError(exitCode.usage, `"${text}" is no address of an API; expected one such as ${apiUrlDefault}.`);
}

function readToken({ env }: CliIo, option: string | undefined): string | null {
  const file = option ?? env["MUSTER_TOKEN_FILE"];
  if (file === undefined) return env["MUSTER_TOKEN"]?.trim() || null;
  const token = readTokenFile(file).trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new CliError(exitCode.usage, `The token file ${file} must hold one token and nothing else.`);
}

function readTokenFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CliError(exitCode.usage, `The token file ${file} cannot be read: ${whyUnreadable(error)}.`);
  }
}

export function ownerOf(option: string | undefined): string {
  return option ?? userName();
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container a user often has a number and no name.
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}
