/**
 * Waits until members that were taken out are safe to stop, asking the controller again and again: the moment may
 * move, and somebody may enable a member meanwhile. On a terminal a line counts down.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { ApiClient } from "../api/client.ts";
import type { DoneReply, MemberReply } from "../api/contract.ts";
import { type CliContext, writeJson } from "./context.ts";
import { formatDuration } from "./duration.ts";
import { type ExitCode, exitCode } from "./exit-codes.ts";
import type { CliIo } from "./io.ts";
import { clean } from "./text.ts";
import { memberName } from "./told.ts";

/** Distance between two looks. */
const POLL_MS = 500;
const clearLine = "\r\u001b[K";

interface Waiting {
  readonly client: ApiClient;
  readonly reply: DoneReply;
  readonly json: boolean;
}

type Look =
  | { readonly kind: "safe"; readonly reply: DoneReply }
  | { readonly kind: "wait"; readonly leftMs: number; readonly cause: string | null }
  | { readonly kind: "enabled"; readonly members: readonly MemberReply[] };

type Wait = Extract<Look, { kind: "wait" }>;

export async function waitUntilSafe({ io }: CliContext, { client, reply, json }: Waiting): Promise<ExitCode> {
  const signal = io.interrupted();
  const showLine = io.screen !== null && !json;
  let told = "";
  for (;;) {
    const look = await lookAt(client, reply);
    if (showLine) io.out(clearLine);
    if (look.kind !== "wait") return tellEnd(io, look, json);
    if (showLine) io.out(waitLine(look, io.screen?.columns() ?? 0));
    else told = tellCause(io, look, told);
    const pauseMs = look.cause === null ? Math.min(POLL_MS, look.leftMs) : POLL_MS;
    await pause(pauseMs, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) continue;
    io.err("\nmuster: stopped waiting; the override stays (`muster enable` ends it).\n");
    return exitCode.interrupted;
  }
}

async function lookAt(client: ApiClient, { members, sentences }: DoneReply): Promise<Look> {
  const pools = [...new Set(members.map(poolOf))];
  const replies = await Promise.all(pools.map((pool) => client.pool(pool)));
  const ids = new Set(members.map((member) => member.id));
  const now = replies.flatMap(({ pool }) => pool.members).filter((member) => ids.has(member.id));
  const enabled = now.filter((member) => member.override === null);
  if (enabled.length > 0) return { kind: "enabled", members: enabled };
  const at = Math.min(...replies.map((reply) => reply.at));
  const leftMs = Math.max(0, ...now.map((member) => (member.override?.safeToStopAt ?? at) - at));
  const cause = causeOf(now);
  if (leftMs > 0 || cause !== null) return { kind: "wait", leftMs, cause };
  return { kind: "safe", reply: { at, sentences, members: now } };
}

/** What is waited for beside the TTL. */
function causeOf(members: readonly MemberReply[]): string | null {
  const answered = members.find(({ override }) => (override?.answeredBecause ?? null) !== null);
  if (answered !== undefined)
    return clean(`${memberName(answered)} is answered all the same: ${answered.override?.answeredBecause ?? ""}`);
  const waitsFor = [...new Set(members.flatMap(({ override }) => override?.waitsFor ?? []))];
  return waitsFor.length === 0 ? null : clean(`waits for ${waitsFor.join(", ")}, which may still answer with it`);
}

/** On a terminal the line is drawn over itself, and must not be longer than a row. */
function waitLine({ cause, leftMs }: Wait, columns: number): string {
  return (cause ?? `safe to stop in ${formatDuration(leftMs + 999)}`).slice(0, Math.max(20, columns - 1));
}

/** Elsewhere each cause is told once, on standard error; the answer is the cause that was told last. */
function tellCause(io: CliIo, { cause }: Wait, told: string): string {
  if (cause !== null && cause !== told) io.err(`muster: ${cause}\n`);
  return cause ?? told;
}

function tellEnd(io: CliIo, look: Exclude<Look, { kind: "wait" }>, json: boolean): ExitCode {
  if (look.kind === "enabled") {
    const names = look.members.map(memberName).join(", ");
    io.err(`muster: ${names} must not be stopped: it was enabled meanwhile, or its time ran out.\n`);
    return exitCode.no;
  }
  if (json) writeJson(io, look.reply);
  else for (const member of look.reply.members) io.out(`${memberName(member)}: safe to stop\n`);
  return exitCode.done;
}

/** A member's id is `pool/address`. */
function poolOf({ id }: MemberReply): string {
  return id.slice(0, id.lastIndexOf("/"));
}
