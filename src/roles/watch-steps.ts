/** What watchers say: their words on targets, signs of life, and whether they are well. */
import { confirmSoon, isConfirming, nextWake } from "../core/check-cycle.ts";
import type { WatcherReport, WatcherWord } from "../core/vantage.ts";
import { type ControllerState, longAgo, type TargetState, type WatcherState } from "./controller-state.ts";
import type { Outbox } from "./outbox.ts";
import { applyVotes } from "./target-steps.ts";
import { lateAfterMs, tellOpinion } from "./vote-steps.ts";

export function takeReport(state: ControllerState, report: WatcherReport, out: Outbox): void {
  const watcher = state.watchers.get(report.watcher);
  if (watcher === undefined) return;
  watcher.heardAt = out.now.mono;
  tellHeard(watcher, out);
  takeSickness(watcher, report.sick, out);
  for (const word of report.words) {
    const target = state.targets.get(word.targetId);
    if (target !== undefined) takeWord(state, target, { word, from: report.watcher, out });
  }
}

/** One that was never heard may be on its way for so long after the start. */
const firstWordMsMax = 60_000;

/** Whoever is not heard any more does not vote, which somebody should know before the votes are needed. */
export function noteSilentWatchers(state: ControllerState, out: Outbox): void {
  for (const watcher of state.watchers.values()) {
    const wasHeard = watcher.heardAt !== longAgo;
    const silentMs = wasHeard ? out.now.mono - watcher.heardAt : out.now.wall - state.startedAt;
    if (watcher.lateTold || silentMs <= (wasHeard ? lateAfterMs(0) : firstWordMsMax)) continue;
    watcher.lateTold = true;
    const since = wasHeard ? `for ${Math.round(silentMs / 1000)} s` : "since the start";
    const sentence = `watcher ${watcher.config.name} is not heard ${since}, and does not vote`;
    out.tell({ kind: "trouble", subject: subjectOf(watcher), rule: "watcher/late", sentence });
  }
}

function tellHeard(watcher: WatcherState, out: Outbox): void {
  if (!watcher.lateTold) return;
  watcher.lateTold = false;
  const sentence = `watcher ${watcher.config.name} is heard again`;
  out.tell({ kind: "trouble", subject: subjectOf(watcher), rule: "watcher/heard", sentence });
}

function subjectOf({ config }: WatcherState): string {
  return `watcher ${config.name}`;
}

function takeSickness(watcher: WatcherState, sick: string | null, out: Outbox): void {
  if (sick === watcher.sick) return;
  watcher.sick = sick;
  const { name } = watcher.config;
  const sentence =
    sick === null ? `watcher ${name} is well again, and votes` : `watcher ${name} does not vote at present: ${sick}`;
  const rule = sick === null ? "watcher/well" : "watcher/sick";
  out.tell({ kind: "trouble", subject: subjectOf(watcher), rule, sentence });
}

function takeWord(
  state: ControllerState,
  target: TargetState,
  { from, out, word }: { word: WatcherWord; from: string; out: Outbox },
): void {
  const { panel } = target;
  if (panel === null) return;
  const before = panel.words.get(from);
  panel.words.set(from, word);
  if (before !== undefined && before.health !== word.health) tellOpinion(target, { ...word, from }, out);
  const doubts = (one: WatcherWord | undefined): boolean =>
    one !== undefined && (one.suspected || one.health === "down");
  if (doubts(word) && !doubts(before)) askAll(state, target, { except: from, out });
  applyVotes(state, target, out);
}

/** A doubt anywhere is looked into from everywhere, at once. */
function askAll(state: ControllerState, target: TargetState, { except, out }: { except: string; out: Outbox }): void {
  const { cycle, panel } = target;
  if (panel?.own.health === "up" && !isConfirming(cycle)) {
    confirmSoon(cycle, target.target.check, { now: out.now.mono, inMs: 0 });
    state.timers.set(target.slot, nextWake(cycle));
  }
  out.push({ kind: "confirm-afar", targetId: target.target.id, except });
}
