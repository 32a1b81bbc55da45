/** Parts of messages that watchers and agents share. */
import { z } from "zod";
import { isSecretName } from "../../core/agent-work.ts";
import { isMap } from "../../config/build.ts";
import type { CheckConfig, ProbeConfig } from "../../core/model.ts";
import { protocolVersion } from "./limits.ts";

export const version = z.literal(protocolVersion);
export const id = z.string().min(1).max(4_096);
/** The report with this number has arrived. */
export const taken = z.object({
  v: version,
  kind: z.literal("taken"),
  sequence: z.number().int().positive(),
});
export const pem = z.string().min(1).max(8_192);

const place = { id, address: z.string().min(2).max(64), family: z.union([z.literal(4), z.literal(6)]) };

export const target = z.object({
  ...place,
  check: z.custom<CheckConfig>((value) => isCheck(value, (password) => password === null)),
});

/** An agent may be told to use a secret of its own, by the name that it has there; never where secrets are kept. */
export const agentTarget = z.object({
  ...place,
  check: z.custom<CheckConfig>((value) => isCheck(value, (password) => password === null || isOwnSecret(password))),
});

/** Null: no such message. */
export function read<S extends z.ZodType>(schema: S, text: string): z.output<S> | null {
  try {
    const result = schema.safeParse(JSON.parse(text));
    return result.success ? result.data : null;
  } catch {
    return null;
  }
}

const probeKinds: readonly ProbeConfig["kind"][] = [
  ...(["http", "tcp", "tls", "dns", "ping", "ssh", "udp", "smtp", "pop3", "imap"] as const),
  ...(["postgres", "mariadb", "freshness", "all", "any", "at-least"] as const),
];
const probeDepthMax = 8;

/** A check that a watcher or agent may carry out. The controller has proved who it is; this keeps out what is never allowed. */
function isCheck(value: unknown, isPassword: (password: unknown) => boolean): value is CheckConfig {
  if (!isMap(value) || !isMap(value["timeout"]) || !isMap(value["flapping"])) return false;
  if (!isProbe(value["probe"], { depth: 0, isPassword })) return false;
  const isCount = (key: string, max: number): boolean => isBetween(value[key], 1, max);
  if (!isCount("rise", 100) || !isCount("fall", 100) || !isCount("freshEvery", 1_000)) return false;
  if (!isBetween(value["intervalMs"], 10, 86_400_000) || !isBetween(value["confirmMs"], 1, 60_000)) return false;
  return isBetween(value["suspectMs"], 1, 300_000) && typeof value["tripwire"] === "boolean";
}

function isOwnSecret(password: unknown): boolean {
  if (!isMap(password)) return false;
  const { kind, name } = password;
  return kind === "agent" && typeof name === "string" && isSecretName(name);
}

function isProbe(
  value: unknown,
  { depth, isPassword }: { depth: number; isPassword: (password: unknown) => boolean },
): value is ProbeConfig {
  if (!isMap(value) || depth > probeDepthMax || !probeKinds.some((kind) => kind === value["kind"])) return false;
  const { of, password = null } = value;
  if (!isPassword(password)) return false;
  return of === undefined || (Array.isArray(of) && of.every((part) => isProbe(part, { depth: depth + 1, isPassword })));
}

function isBetween(value: unknown, min: number, max: number): boolean {
  return typeof value === "number" && value >= min && value <= max;
}
