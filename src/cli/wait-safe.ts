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
  | { readonly kind: "wait"; readonly leftMs: number }
  | { readonly kind: "enabled"; readonly members: readonly MemberReply[] };

export async function waitUntilSafe({ io }: CliContext, { client, reply, json }: Waiting): Promise<ExitCode> {
  const signal = io.interrupted();
  const showLine = io.screen !== null && !json;
  for (;;) {
    const look = await lookAt(client, reply);
    if (showLine) io.out(clearLine);
    if (look.kind !== "wait") return tellEnd(io, look, json);
    if (showLine) io.out(`safe to stop in ${formatDuration(look.leftMs + 999)}`);
    await pause(Math.min(POLL_MS, look.leftMs), undefined, { signal }).catch(() => undefined);
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
  if (leftMs > 0) return { kind: "wait", leftMs };
  return { kind: "safe", reply: { at, sentences, members: now } };
}

function tellEnd(io: CliIo, look: Exclude<Look, { kind: "wait" }>, json: boolean): ExitCode {
  if (look.kind === "enabled") {
    io.err(`muster: ${look.members.map(memberName).join(", ")} was enabled meanwhile and must not be stopped.\n`);
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
