/** What watchers say: their words on targets, signs of life, and whether they are well. */
import { confirmSoon, isConfirming, nextWake } from "../core/check-cycle.ts";
import type { WatcherReport, WatcherWord } from "../core/vantage.ts";
import type { ControllerState, TargetState, WatcherState } from "./controller-state.ts";
import type { Outbox } from "./outbox.ts";
import { applyVotes } from "./target-steps.ts";
import { tellOpinion } from "./vote-steps.ts";

export function takeReport(state: ControllerState, report: WatcherReport, out: Outbox): void {
  const watcher = state.watchers.get(report.watcher);
  if (watcher === undefined) return;
  watcher.heardAt = out.now.mono;
  takeSickness(watcher, report.sick, out);
  for (const word of report.words) {
    const target = state.targets.get(word.targetId);
    if (target !== undefined) takeWord(state, target, { word, from: report.watcher, out });
  }
}

function takeSickness(watcher: WatcherState, sick: string | null, out: Outbox): void {
  if (sick === watcher.sick) return;
  watcher.sick = sick;
  const { name } = watcher.config;
  const sentence =
    sick === null ? `watcher ${name} is well again, and votes` : `watcher ${name} does not vote at present: ${sick}`;
  out.tell({ kind: "trouble", subject: "muster", rule: sick === null ? "watcher/well" : "watcher/sick", sentence });
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
