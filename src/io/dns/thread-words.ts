/**
 * What answering threads say without being asked: lines for the log, NOTIFYs that came, and updates, whose answers go
 * back to the thread that has the client. Whoever listens gets them as the port's requests.
 */
import { unreachable } from "../../base/assert.ts";
import { nameKey } from "../../dns/name.ts";
import type { Name } from "../../dns/types.ts";
import type { Log } from "../../ports/log.ts";
import type { ZoneRequest } from "../../ports/nameserver.ts";
import type { AnswerThread } from "./answer-thread.ts";
import type { Answer, Question, Word } from "./protocol.ts";
import { type ArrivedUpdate, type JudgedUpdate, UpdateDesk } from "./update-desk.ts";

interface WordsParts {
  readonly log: Log;
  /** Asks the first thread. */
  readonly ask: (question: Question) => Promise<Answer>;
}

export class ThreadWords {
  private readonly parts: WordsParts;
  private listener: ((request: ZoneRequest) => void) | null = null;
  private readonly desk = new UpdateDesk({
    judge: (origin, updates) => this.judge(origin, updates),
    emit: (request) => this.emit(request),
  });

  constructor(parts: WordsParts) {
    this.parts = parts;
  }

  listen(listener: (request: ZoneRequest) => void): void {
    this.listener = listener;
  }

  hear(word: Word, thread: AnswerThread): void {
    switch (word.kind) {
      case "remark":
        return this.parts.log.warn(word.sentence);
      case "notified":
        this.emit({ ...word, kind: "notify" });
        return;
      case "update":
        void this.decide(word, thread);
        return;
      default:
        return unreachable(word);
    }
  }

  private async decide(word: Extract<Word, { kind: "update" }>, thread: AnswerThread): Promise<void> {
    const rcode = await this.desk.decide(word);
    // A thread that has ended has no clients left to tell.
    await thread.ask({ kind: "updated", ticket: word.ticket, rcode }).catch(() => undefined);
  }

  private async judge(origin: Name, updates: readonly ArrivedUpdate[]): Promise<readonly JudgedUpdate[]> {
    const arrived = updates.map(({ key, message }) => ({ key, message }));
    const answer = await this.parts.ask({ kind: "evaluate", origin: nameKey(origin), updates: arrived });
    if (answer.kind === "evaluated") return answer.judged;
    throw new Error(`updates were answered with "${answer.kind}"`);
  }

  private emit(request: ZoneRequest): boolean {
    this.listener?.(request);
    return this.listener !== null;
  }
}
