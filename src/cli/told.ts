/** Tells what an order did: its sentences, and for members that are held back when they are safe to stop. */
import type { DoneReply, MemberReply } from "../api/contract.ts";
import { type CliContext, writeJson } from "./context.ts";
import { formatDuration, formatTime } from "./duration.ts";
import { clean } from "./text.ts";

export function tellDone({ io }: CliContext, reply: DoneReply, json: boolean): void {
  if (json) return writeJson(io, reply);
  for (const sentence of reply.sentences) io.out(`${clean(sentence)}\n`);
  for (const member of reply.members) {
    const text = safeText(member, reply.at);
    if (text !== null) io.out(`${text}\n`);
  }
}

/** Null: nothing holds the member back. `at` is the controller's time. */
function safeText(member: MemberReply, at: number): string | null {
  const { override } = member;
  if (override === null) return null;
  const left = override.safeToStopAt - at;
  const name = memberName(member);
  if (override.answeredBecause !== null)
    return `${name}: not safe to stop: it is answered all the same: ${clean(override.answeredBecause)}`;
  if (override.waitsFor.length > 0)
    return `${name}: not safe to stop yet: ${clean(override.waitsFor.join(", "))} may still answer with it; then ${formatDuration(left + 999)} more`;
  if (left <= 0) return `${name}: safe to stop`;
  return `${name}: safe to stop in ${formatDuration(left + 999)}, at ${formatTime(override.safeToStopAt, at)}, when the last TTL handed out has run out`;
}

export function memberName({ id, label, address }: MemberReply): string {
  return clean(label === address ? id : `${label} (${id})`);
}
