/**
 * Fetches one timestamp document, from an origin or from a mirror, on a connection of its own, and reads the time in
 * it. The limits are those of the `http` probe; a document that never ends is judged by its beginning.
 */
import type { Wall } from "../../base/time.ts";
import type { HttpProbe, StampFormat, Target } from "../../core/model.ts";
import type { CancelProbe, Verdict } from "../../ports/prober.ts";
import { Conversation } from "./conversation.ts";
import { down } from "./dialogue.ts";
import { makeHttpScript } from "./http.ts";
import type { JudgeBody } from "./http-reply.ts";
import type { Surroundings } from "./kind.ts";
import { quoteBytes } from "./quote.ts";
import { TimedPattern, tooSlow } from "./timed-pattern.ts";
import { readTimestamp } from "./timestamp.ts";

export type DocumentFinding =
  | { readonly kind: "stamp"; readonly tookMs: number; readonly at: Wall }
  | Exclude<Verdict, { readonly kind: "up" }>;

export interface DocumentPlace {
  readonly target: Target;
  readonly request: HttpProbe;
  readonly format: StampFormat;
  readonly timeoutMs: number;
}

/** `onFinding` is called exactly once and never before this returns, unless cancelled. */
export function fetchDocument(
  { format, request, target, timeoutMs }: DocumentPlace,
  surroundings: Surroundings,
  onFinding: (finding: DocumentFinding) => void,
): CancelProbe {
  let at: Wall | null = null;
  const pattern = format.kind === "matches" ? new TimedPattern(format.pattern) : null;
  const judgeBody: JudgeBody = (body, head) => {
    const text = format.kind === "last-modified" ? (head.lastModified ?? "") : body.toString("utf8");
    const match = pattern?.find(text) ?? null;
    if (match === "too-slow") return tooSlow;
    at = readTimestamp(text, format, match);
    return at === null ? down(whyNoTime(format, text, body)) : { kind: "up", detail: "" };
  };
  const script = makeHttpScript(request, { followed: 0, judgeBody });
  // Nothing of it is kept.
  const check = { ...target.check, tripwire: false, freshEvery: 1 };
  const conversation = new Conversation({ ...target, check }, script, surroundings);
  return conversation.start({ timeoutMs, fresh: true }, (verdict) => {
    if (verdict.kind !== "up") return onFinding(verdict);
    if (at !== null) onFinding({ kind: "stamp", tookMs: verdict.tookMs, at });
  });
}

function whyNoTime(format: StampFormat, text: string, body: Buffer): string {
  if (format.kind === "last-modified") return text === "" ? "no Last-Modified" : "an unreadable Last-Modified";
  if (body.length === 0) return "the timestamp document is empty";
  const wanted = format.kind === "auto" || format.kind === "matches" ? "" : ` (${format.kind})`;
  return `no time${wanted} in the document, which begins with ${quoteBytes(body)}`;
}
