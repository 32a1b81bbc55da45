/**
 * One probe from dial to verdict. It may use up to three kinds of connection: a kept one, a new one when the kept one
 * turns out to be dead before a byte of the answer (the server closed it meanwhile, which is no failure), and further
 * ones for redirects. One timeout covers all of them.
 */
import type { FaultCode } from "../../core/fault.ts";
import type { Verdict } from "../../ports/prober.ts";
import type { Conversation } from "./conversation.ts";
import { Deadline } from "./deadlines.ts";
import { Line, type LineEnd, type LineOwner } from "./line.ts";
import type { Judgement, OpenedLine, Reply, Script } from "./script.ts";

const plain: OpenedLine = { isKept: false, security: () => null };

export class ProbeRun extends Deadline implements LineOwner {
  readonly #conversation: Conversation;
  readonly #timeoutMs: number;
  readonly #startedAtMs = performance.now();
  #onVerdict: ((verdict: Verdict) => void) | null;
  #script: Script;
  #line: Line | null = null;
  #reply: Reply | null = null;
  #isReused = false;
  #isKeepable = false;
  #hasAnswerBegun = false;
  /** What is waited for, as people call it. */
  #awaited = "answer";
  /** What to do once the connection that is being secured speaks TLS. */
  #secured: (() => Judgement) | null = null;

  constructor(conversation: Conversation, timeoutMs: number, onVerdict: (verdict: Verdict) => void) {
    super();
    this.#conversation = conversation;
    this.#script = conversation.script;
    this.#timeoutMs = timeoutMs;
    this.#onVerdict = onVerdict;
  }

  /** Goes over the `kept` connection if there is one. Nothing here calls back before it returns. */
  start(kept: Line | null): void {
    this.#conversation.surroundings.deadlines.set(this, this.#timeoutMs);
    if (kept === null) return this.#dial();
    this.#isReused = true;
    this.#isKeepable = true;
    this.#line = kept;
    kept.owner = this;
    this.lineOpened();
  }

  /** Ends without a verdict. */
  cancel(): void {
    if (this.#onVerdict === null) return;
    this.#onVerdict = null;
    this.#conversation.surroundings.deadlines.clear(this);
    this.#line?.close();
    this.#line = null;
  }

  override onDue(): void {
    const limit = `within ${this.#timeoutMs} ms`;
    const stage = this.#line?.stage;
    if (stage === "connecting") return this.#down("timed-out", `no connection ${limit}`);
    if (stage === "handshake") return this.#down("no-reply", `TLS handshake not finished ${limit}`);
    if (this.#hasAnswerBegun) return this.#down("no-reply", `${this.#awaited} not complete ${limit}`);
    // That a kept connection is open does not show that anybody is there.
    this.#down(this.#isReused ? "timed-out" : "no-reply", `no ${this.#awaited} ${limit}`);
  }

  lineOpened(): void {
    const secured = this.#secured;
    this.#secured = null;
    if (secured === null) return this.#begin();
    this.#judge(secured());
  }

  #begin(): void {
    const request = this.#isKeepable ? this.#script.request : this.#script.lastRequest;
    if (request !== null) this.#line?.write(request);
    const opened = this.#script.opened(this.#line ?? plain);
    if ("kind" in opened) this.#judge(opened);
    else this.#reply = opened;
  }

  lineBytes(bytes: Buffer): void {
    this.#hasAnswerBegun = true;
    const judgement = this.#reply?.take(bytes) ?? null;
    if (judgement !== null) this.#judge(judgement);
  }

  lineEnded(end: LineEnd): void {
    this.#line = null;
    if (this.#isReused && !this.#hasAnswerBegun) return this.#dial();
    if (end.kind !== "closed") return this.#finish({ ...end, tookMs: this.#tookMs() });
    if (this.#reply === null) return this.#down("reset", "closed the connection at once");
    this.#judge(this.#reply.end());
  }

  #dial(): void {
    const { target, surroundings, script, wantsLine } = this.#conversation;
    const { port, tls } = this.#script;
    this.#isReused = false;
    this.#hasAnswerBegun = false;
    this.#reply = null;
    this.#awaited = "answer";
    this.#secured = null;
    this.#isKeepable = wantsLine && this.#script === script;
    if (!surroundings.lines.take()) return this.#refuse(surroundings.lines.reason);
    this.#line = new Line({ address: target.address, port, tls }, this, surroundings);
  }

  /** It may have just been started, and nobody is called back before that has returned. */
  #refuse(reason: string): void {
    setImmediate(() => this.#finish({ kind: "unknown", reason, tookMs: this.#tookMs() }));
  }

  #judge(judgement: Judgement): void {
    switch (judgement.kind) {
      case "up":
        return this.#up(judgement);
      case "down":
        return this.#down(judgement.fault, judgement.reason);
      case "unknown":
        return this.#finish({ ...judgement, tookMs: this.#tookMs() });
      case "say":
        this.#reply = judgement.reply;
        this.#awaited = judgement.what;
        this.#hasAnswerBegun = false;
        return this.#line?.write(judgement.bytes);
      case "secure":
        this.#secured = judgement.secured;
        if (judgement.before !== undefined) this.#line?.write(judgement.before);
        return this.#line?.secure(judgement.tls);
      case "next":
        this.#line?.close();
        this.#script = judgement.script;
        return this.#dial();
    }
  }

  #up({ afterwards, detail, goodbye }: Extract<Judgement, { readonly kind: "up" }>): void {
    const line = this.#line;
    this.#line = null;
    if (line !== null) this.#conversation.keepOrClose(line, this.#isKeepable ? afterwards : "close", goodbye);
    this.#finish({ kind: "up", tookMs: this.#tookMs(), detail });
  }

  #down(fault: FaultCode, reason: string): void {
    this.#finish({ kind: "down", tookMs: this.#tookMs(), reason, fault });
  }

  #finish(verdict: Verdict): void {
    const onVerdict = this.#onVerdict;
    this.cancel();
    onVerdict?.(verdict);
  }

  #tookMs(): number {
    return performance.now() - this.#startedAtMs;
  }
}
