/**
 * Probes of one target over connections: it runs the target's script, and keeps at most one idle connection. The kept
 * one carries probes that need not be fresh, and is the tripwire: when the member closes it, someone should look.
 *
 * A server may close idle connections for reasons of its own. Each trip causes a probe, and that probe would leave a
 * new idle connection, so a server that closes at once would be probed without end. After an impatient close the next
 * connection is kept only after a wait that doubles each time; a connection that lived long ends the doubling.
 */
import type { Target } from "../../core/model.ts";
import type { CancelProbe, Verdict } from "../../ports/prober.ts";
import type { Surroundings, TargetProbe, TargetProber } from "./kind.ts";
import { Leave } from "./leave.ts";
import { idleBytesMax, idleLifeMsMin, keepAgainMsMax, keepAgainMsMin } from "./limits.ts";
import type { Line, LineEnd, LineOwner } from "./line.ts";
import { ProbeRun } from "./probe-run.ts";
import type { Afterwards, Script } from "./script.ts";

export class Conversation implements TargetProber, LineOwner {
  readonly target: Target;
  readonly script: Script;
  readonly surroundings: Surroundings;
  #kept: Line | null = null;
  #keptFor: Afterwards = "close";
  #idleBytes = 0;
  #keepAgainAtMs = 0;
  #keepAgainMs = keepAgainMsMin;
  #forgotten = false;
  readonly #leaving = new Set<Leave>();

  constructor(target: Target, script: Script, surroundings: Surroundings) {
    this.target = target;
    this.script = script;
    this.surroundings = surroundings;
  }

  start(probe: TargetProbe, onVerdict: (verdict: Verdict) => void): CancelProbe {
    const run = new ProbeRun(this, probe.timeoutMs, onVerdict);
    run.start(probe.fresh ? null : this.#takeKept());
    return () => run.cancel();
  }

  forget(): void {
    this.#forgotten = true;
    for (const leave of this.#leaving) leave.end();
    this.#kept?.close();
    this.#kept = null;
  }

  /** Whether a connection opened now would be kept, as far as one can tell before its answer. */
  get wantsLine(): boolean {
    const { tripwire, freshEvery } = this.target.check;
    if (this.#kept !== null || this.#forgotten || (!tripwire && freshEvery === 1)) return false;
    if (!this.surroundings.lines.isRoomy) return false;
    return this.#keepAgainAtMs === 0 || performance.now() >= this.#keepAgainAtMs;
  }

  /** Takes over a connection after a verdict, or closes it. */
  keepOrClose(line: Line, afterwards: Afterwards, goodbye?: Buffer): void {
    const { tripwire } = this.target.check;
    if (afterwards === "close" || (afterwards === "idle" && !tripwire) || !this.wantsLine)
      return this.#leave(line, goodbye);
    line.owner = this;
    line.isKept = true;
    this.#kept = line;
    this.#keptFor = afterwards;
    this.#idleBytes = 0;
  }

  lineOpened(): void {}

  /**
   * A server that speaks first may greet. What nobody asked for makes a reusable connection useless: it may be a late
   * answer, or the last words of a server that shuts down, so it is worth a look.
   */
  lineBytes(bytes: Buffer): void {
    this.#idleBytes += bytes.length;
    if (this.#keptFor === "idle" && this.#idleBytes <= idleBytesMax) return;
    this.#kept?.close();
    this.#lose("the server spoke without being asked");
  }

  lineEnded(end: LineEnd): void {
    this.#lose(end.kind === "closed" ? "the server closed it" : end.reason);
  }

  #leave(line: Line, goodbye: Buffer | undefined): void {
    if (goodbye === undefined || this.#forgotten) return line.close();
    const leave = new Leave(line, this.surroundings.deadlines, () => this.#leaving.delete(leave));
    this.#leaving.add(leave);
    leave.start(goodbye);
  }

  #lose(how: string): void {
    this.#loseKept();
    if (!this.target.check.tripwire) return;
    this.surroundings.trip(this.target.id, `idle connection ended: ${how}`);
  }

  #takeKept(): Line | null {
    const line = this.#kept;
    if (line === null || this.#keptFor !== "reuse") return null;
    this.#kept = null;
    return line;
  }

  #loseKept(): void {
    const now = performance.now();
    const livedLong = now - (this.#kept?.openedAtMs ?? 0) >= idleLifeMsMin;
    this.#kept = null;
    this.#keepAgainMs = livedLong ? keepAgainMsMin : Math.min(2 * this.#keepAgainMs, keepAgainMsMax);
    this.#keepAgainAtMs = now + (livedLong ? 0 : this.#keepAgainMs / 2);
  }
}
