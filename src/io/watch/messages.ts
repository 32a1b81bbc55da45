/**
 * What controller and watchers say to each other: JSON, validated at both doors. The watcher reports words on targets
 * and signs of life; the controller says what to look at, and asks to look at once.
 */
import { z } from "zod";
import { wall } from "../../base/time.ts";
import { isMap } from "../../config/build.ts";
import { faultCodes } from "../../core/fault.ts";
import type { CheckConfig, ProbeConfig } from "../../core/model.ts";
import { entriesPerMessage, protocolVersion, reasonCharsMax } from "./limits.ts";

const version = z.literal(protocolVersion);
const id = z.string().min(1).max(4_096);
const pem = z.string().min(1).max(8_192);

const target = z.object({
  id,
  address: z.string().min(2).max(64),
  family: z.union([z.literal(4), z.literal(6)]),
  check: z.custom<CheckConfig>(isCheck),
});

const word = z.object({
  targetId: id,
  health: z.enum(["up", "down", "unproven"]),
  reason: z.string().max(reasonCharsMax),
  /** A watcher of another version may have other words. */
  fault: z.enum(faultCodes).nullable().catch(null),
  since: z.number().transform(wall),
  suspected: z.boolean(),
  able: z.boolean(),
});

/** `begin`: the list starts anew; `end`: it is complete. */
const fromController = z.discriminatedUnion("kind", [
  z.object({
    v: version,
    kind: z.literal("targets"),
    begin: z.boolean(),
    end: z.boolean(),
    targets: z.array(target).max(entriesPerMessage),
    references: z.array(target).max(entriesPerMessage),
  }),
  z.object({ v: version, kind: z.literal("confirm"), targetId: id }),
  z.object({ v: version, kind: z.literal("certificate"), certificate: pem, authority: pem }),
  z.object({ v: version, kind: z.literal("refused"), why: z.string().max(reasonCharsMax) }),
]);

const fromWatcher = z.discriminatedUnion("kind", [
  z.object({ v: version, kind: z.literal("renew"), publicKey: pem }),
  z.object({
    v: version,
    kind: z.literal("report"),
    /** Rises by one with each report of a connection. */
    sequence: z.number().int().positive(),
    sick: z.string().max(reasonCharsMax).nullable(),
    words: z.array(word).max(entriesPerMessage),
  }),
]);

const fromStranger = z.object({
  v: version,
  kind: z.literal("enrol"),
  name: z.string().max(40),
  secret: z.string().max(100),
  publicKey: pem,
});

export type FromController = z.output<typeof fromController>;
export type FromWatcher = z.output<typeof fromWatcher>;
export type FromStranger = z.output<typeof fromStranger>;

/** Null: no such message. */
export function readFromController(text: string): FromController | null {
  return read(fromController, text);
}

export function readFromWatcher(text: string): FromWatcher | null {
  return read(fromWatcher, text);
}

export function readFromStranger(text: string): FromStranger | null {
  return read(fromStranger, text);
}

function read<S extends z.ZodType>(schema: S, text: string): z.output<S> | null {
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

/** A check that a watcher may carry out. The controller has proved who it is; this keeps out what is never allowed. */
function isCheck(value: unknown): value is CheckConfig {
  if (!isMap(value) || !isMap(value["timeout"]) || !isMap(value["flapping"]) || !isProbe(value["probe"], 0))
    return false;
  const isCount = (key: string, max: number): boolean => isBetween(value[key], 1, max);
  if (!isCount("rise", 100) || !isCount("fall", 100) || !isCount("freshEvery", 1_000)) return false;
  if (!isBetween(value["intervalMs"], 10, 86_400_000) || !isBetween(value["confirmMs"], 1, 60_000)) return false;
  return isBetween(value["suspectMs"], 1, 300_000) && typeof value["tripwire"] === "boolean";
}

function isProbe(value: unknown, depth: number): value is ProbeConfig {
  if (!isMap(value) || depth > probeDepthMax || !probeKinds.some((kind) => kind === value["kind"])) return false;
  const { of, password = null } = value;
  if (password !== null) return false;
  return of === undefined || (Array.isArray(of) && of.every((part) => isProbe(part, depth + 1)));
}

function isBetween(value: unknown, min: number, max: number): boolean {
  return typeof value === "number" && value >= min && value <= max;
}
