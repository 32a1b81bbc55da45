/**
 * Judges one HTTP answer. The usual answer, head and body in one piece, is judged in place without copying; anything
 * else is collected within the limits. The status is judged as soon as the head is there, the body when it is
 * complete or the probe's limit is reached.
 */
import type { BodyMatch, HttpProbe } from "../../core/model.ts";
import { ByteStore } from "./byte-store.ts";
import { down } from "./dialogue.ts";
import { type Framing, HttpBody } from "./http-body.ts";
import { findHeadEnd, type Head, parseHead, whyNotHttp } from "./http-head.ts";
import { headBytesMax, interimAnswersMax } from "./limits.ts";
import type { Judgement, Reply } from "./script.ts";
import { TimedPattern, tooSlow } from "./timed-pattern.ts";

/** What stays the same for all answers to one request. */
export interface HttpExpectation {
  readonly probe: HttpProbe;
  /** Null: any body is good, and none is kept. */
  readonly judgeBody: JudgeBody | null;
  /** For a redirect that may be followed: the next step. */
  redirect(head: Head): Judgement | null;
}

/** Judges the body of an answer whose status is accepted; it is valid during the call only. */
export type JudgeBody = (
  body: Buffer,
  head: Head,
) => { readonly kind: "up"; readonly detail: string } | ReturnType<typeof down> | typeof tooSlow;

export function makeJudgeBody(match: BodyMatch | null): JudgeBody | null {
  if (match === null) return null;
  if (match.kind === "contains") {
    const text = Buffer.from(match.text, "utf8");
    return judgeBy((body) => body.includes(text), `'${match.text}'`);
  }
  const pattern = new TimedPattern(match.pattern);
  return judgeBy((body) => {
    const found = pattern.find(body.toString("utf8"));
    return found === "too-slow" ? found : found !== null;
  }, `a match of /${match.pattern}/`);
}

const statusTexts: string[] = [];

/** One string for each status, since every member keeps that of its last probe. */
function statusText(status: number): string {
  return (statusTexts[status] ??= `status ${status}`);
}

function judgeBy(test: (body: Buffer) => boolean | "too-slow", words: string): JudgeBody {
  return (body, { status }) => {
    const found = test(body);
    if (found === "too-slow") return tooSlow;
    return found ? { kind: "up", detail: `status ${status}` } : down(`status ${status}, but the body lacks ${words}`);
  };
}

export class HttpReply implements Reply {
  readonly #expectation: HttpExpectation;
  #collected: ByteStore | null = null;
  #head: Head | null = null;
  #body: HttpBody | null = null;
  #interim = 0;

  constructor(expectation: HttpExpectation) {
    this.#expectation = expectation;
  }

  take(bytes: Buffer): Judgement | null {
    if (this.#body !== null) return this.#takeBody(this.#body, bytes, 0);
    if (this.#collected === null) return this.#takeHead(bytes, 0);
    const searched = Math.max(0, this.#collected.length - 2);
    const taken = this.#collected.append(bytes, 0, bytes.length);
    const judgement = this.#takeHead(this.#collected.view(), searched);
    if (judgement !== null || taken === bytes.length || this.#body === null) return judgement;
    return this.#takeBody(this.#body, bytes, taken);
  }

  end(): Judgement {
    if (this.#head === null || this.#body === null) {
      if (this.#collected !== null) return down("closed the connection in the middle of the headers", "reset");
      return down(
        `closed the connection ${this.#interim > 0 ? "after an interim answer" : "before answering"}`,
        "reset",
      );
    }
    this.#body.end();
    if (this.#body.state === "whole") return this.#judgeBody(this.#head, this.#body.view(), false);
    return down(
      `closed the connection after ${this.#body.seen} bytes of the body${this.#promised(this.#head)}`,
      "reset",
    );
  }

  #promised(head: Head): string {
    return head.length >= 0 ? `, ${head.length} were promised` : "";
  }

  /** `searched`: how far an earlier call has looked for the end. */
  #takeHead(bytes: Buffer, searched: number): Judgement | null {
    const wrong = whyNotHttp(bytes);
    if (wrong !== null) return down(wrong);
    const end = findHeadEnd(bytes, searched);
    if (end < 0 || end > headBytesMax) return this.#wait(bytes);
    const head = parseHead(bytes, end);
    if (typeof head === "string") return down(head);
    return head.status < 200 ? this.#passInterim(head, bytes, end) : this.#judgeHead(head, bytes, end);
  }

  #wait(bytes: Buffer): Judgement | null {
    if (bytes.length >= headBytesMax) return down(`headers are longer than ${headBytesMax} bytes`);
    if (this.#collected === null) {
      this.#collected = new ByteStore(headBytesMax);
      this.#collected.append(bytes, 0, bytes.length);
    }
    return null;
  }

  #passInterim(head: Head, bytes: Buffer, end: number): Judgement | null {
    if (head.status === 101) return down("status 101: switches to another protocol");
    if (++this.#interim > interimAnswersMax) return down(`more than ${interimAnswersMax} interim answers`);
    const rest = Buffer.from(bytes.subarray(end));
    this.#collected = null;
    return rest.length === 0 ? null : this.#takeHead(rest, 0);
  }

  #judgeHead(head: Head, bytes: Buffer, end: number): Judgement | null {
    const { probe, judgeBody } = this.#expectation;
    if (!isAccepted(probe, head.status)) {
      return this.#expectation.redirect(head) ?? down(`status ${head.status}, expected ${describeStatus(probe)}`);
    }
    const framing = frameBody(probe, head);
    const rest = bytes.length - end;
    // The usual case: everything is here, in one piece.
    if (framing.kind === "length" && rest >= framing.bytes && framing.bytes <= probe.bodyBytesMax) {
      const body = bytes.subarray(end, end + framing.bytes);
      return this.#judgeBody(head, body, head.persistent && rest === framing.bytes);
    }
    this.#head = head;
    this.#body = new HttpBody(framing, { bytesMax: probe.bodyBytesMax, keep: judgeBody !== null });
    return this.#takeBody(this.#body, bytes, end);
  }

  #takeBody(body: HttpBody, bytes: Buffer, from: number): Judgement | null {
    body.take(bytes, from);
    if (body.broken !== null) return down(body.broken);
    if (body.state === "open" || this.#head === null) return null;
    const reusable = body.state === "whole" && !body.overrun && this.#head.persistent;
    return this.#judgeBody(this.#head, body.view(), reusable);
  }

  #judgeBody(head: Head, body: Buffer, reusable: boolean): Judgement {
    const found = this.#expectation.judgeBody?.(body, head) ?? { kind: "up", detail: statusText(head.status) };
    return found.kind !== "up" ? found : { ...found, afterwards: reusable ? "reuse" : "close" };
  }
}

/** An answer to HEAD, 204 and 304 have no body whatever their fields say (RFC 9112, 6.3). */
function frameBody(probe: HttpProbe, head: Head): Framing {
  if (probe.method === "HEAD" || head.status === 204 || head.status === 304) return { kind: "length", bytes: 0 };
  if (head.chunked) return { kind: "chunked" };
  return head.length >= 0 ? { kind: "length", bytes: head.length } : { kind: "until-close" };
}

function isAccepted(probe: HttpProbe, status: number): boolean {
  for (const range of probe.status) if (status >= range.from && status <= range.to) return true;
  return false;
}

function describeStatus(probe: HttpProbe): string {
  return probe.status.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(" or ");
}
