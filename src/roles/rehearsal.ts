/**
 * One rehearsal as a state machine: hears the story and what servers answer, says when the fault is to end and when all is
 * over. It cannot last longer than its limits, whatever it hears.
 *
 * | phase     | goes on until                                        | at most           |
 * |-----------|------------------------------------------------------|-------------------|
 * | failing   | every server has left the member out                 | `forMs`           |
 * | returning | the member is up, and every server that answers names it again | `returnMsMax` |
 * | over      |                                                      |                   |
 */
import type { Mono, Now, Wall } from "../base/time.ts";
import type { HistoryEvent } from "../core/model.ts";
import { judgeRehearsal, type RehearsalView } from "../core/rehearsal.ts";
import type { ControllerState } from "./controller-state.ts";
import type { ControllerEvent } from "./effects.ts";
import type { Outbox } from "./outbox.ts";

export interface RehearsalTerms {
  readonly pool: string;
  readonly member: string;
  readonly targetId: string;
  readonly owner: string;
  readonly reason: string;
  readonly forMs: number;
  readonly ttlSeconds: number;
  readonly recoveryMs: number | null;
  readonly servers: readonly { readonly name: string; readonly endpoint: string }[];
}

/** A member that does not return within so long has not returned. */
export const returnMsMax = 120_000;

interface ServerTrack {
  readonly name: string;
  readonly endpoint: string;
  servedMs: number | null;
  returnedMs: number | null;
  /** It has answered, whatever. */
  isHeard: boolean;
}

export type RehearsalPhase = "failing" | "returning" | "over";

export class Rehearsal {
  readonly #terms: RehearsalTerms;
  readonly #startedAt: Now;
  readonly #servers: readonly ServerTrack[];
  #phase: RehearsalPhase = "failing";
  #endedAt: Mono | null = null;
  #suspectedMs: number | null = null;
  #decidedMs: number | null = null;
  #upMs: number | null = null;

  constructor(terms: RehearsalTerms, now: Now) {
    this.#terms = terms;
    this.#startedAt = now;
    this.#servers = terms.servers.map(({ endpoint, name }) => ({
      ...{ name, endpoint, isHeard: false },
      ...{ servedMs: null, returnedMs: null },
    }));
  }

  get phase(): RehearsalPhase {
    return this.#phase;
  }

  tell(event: HistoryEvent, now: Mono): void {
    if (event.subject !== this.#terms.targetId) return;
    if (event.kind === "suspicion") this.#suspectedMs ??= now - this.#startedAt.mono;
    if (event.kind !== "health") return;
    if (event.to === "down") {
      this.#suspectedMs ??= now - this.#startedAt.mono;
      this.#decidedMs ??= now - this.#startedAt.mono;
    }
    if (event.to === "up" && this.#endedAt !== null) this.#upMs ??= now - this.#endedAt;
  }

  /** What a server answers: whether it names the member. */
  see(endpoint: string, isNamed: boolean, now: Mono): void {
    const server = this.#servers.find((one) => one.endpoint === endpoint);
    if (server === undefined) return;
    server.isHeard = true;
    if (this.#phase === "failing" && !isNamed) server.servedMs ??= now - this.#startedAt.mono;
    if (this.#phase === "returning" && isNamed && this.#endedAt !== null) server.returnedMs ??= now - this.#endedAt;
  }

  /** Called often: moves on when it is time. */
  tick(now: Mono): void {
    if (this.#phase === "failing") {
      const isServed = this.#decidedMs !== null && this.#servers.every(({ servedMs }) => servedMs !== null);
      if (!isServed && now - this.#startedAt.mono < this.#terms.forMs) return;
      this.#phase = "returning";
      this.#endedAt = now;
      return;
    }
    if (this.#phase === "over" || this.#endedAt === null) return;
    if (this.#isBack() || now - this.#endedAt >= returnMsMax) this.#phase = "over";
  }

  #isBack(): boolean {
    const wasDown = this.#decidedMs !== null;
    return (
      (!wasDown || this.#upMs !== null) &&
      this.#servers.every(({ isHeard, returnedMs }) => !isHeard || returnedMs !== null)
    );
  }

  result(): RehearsalView {
    const { member, owner, pool, reason, recoveryMs, ttlSeconds } = this.#terms;
    const round = (ms: number | null): number | null => (ms === null ? null : Math.round(ms));
    const latest = (times: readonly (number | null)[]): number | null =>
      times.includes(null) ? null : Math.max(0, ...times.map((ms) => ms ?? 0));
    const servedMs = latest([this.#decidedMs, ...this.#servers.map((server) => server.servedMs)]);
    const at: Wall = this.#startedAt.wall;
    const silent = new Set(this.#servers.flatMap(({ endpoint, isHeard }) => (isHeard ? [] : [endpoint])));
    const found = {
      ...{ pool, member, owner, reason, recoveryMs, ttlSeconds },
      at,
      suspectedMs: round(this.#suspectedMs),
      decidedMs: round(this.#decidedMs),
      servers: this.#servers.map(({ endpoint, name, returnedMs, servedMs }) => ({
        ...{ name, endpoint },
        servedMs: round(servedMs),
        returnedMs: round(returnedMs),
      })),
      totalMs: servedMs === null ? null : Math.round(servedMs + ttlSeconds * 1000),
      returnedMs: round(latest([this.#upMs, ...this.#servers.map((server) => server.returnedMs)])),
    };
    return judgeRehearsal(found, silent);
  }
}

/** What came of it is kept; a line of the story; one that failed, or took too long, is an alarm. */
export function tellRehearsal(
  state: ControllerState,
  { result, ...event }: Extract<ControllerEvent, { kind: "rehearsal-told" }>,
  out: Outbox,
): void {
  if (result !== undefined) {
    state.rehearsals.set(result.pool, result);
    out.rehearsed.push(result.pool);
  }
  const isBad = event.rule === "rehearsal/failed" || event.rule === "rehearsal/slow";
  out.tell({ ...event, kind: isBad ? "trouble" : "override" });
}
