/**
 * What controller and watchers say to each other: JSON, validated at both doors. The watcher reports words on targets
 * and signs of life; the controller says what to look at, and asks to look at once.
 */
import { z } from "zod";
import { wall } from "../../base/time.ts";
import { faultCodes } from "../../core/fault.ts";
import { entriesPerMessage, reasonCharsMax } from "./limits.ts";
import { id, pem, read, taken, target, version } from "./parts.ts";

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
  taken,
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
