/** Watchers as people see them: whether each is heard and well, and where it finds something else than was decided. */
import { type Now, wall } from "../base/time.ts";
import type { WatcherView } from "../core/view.ts";
import { type ControllerState, longAgo, type WatcherState } from "./controller-state.ts";
import { lateAfterMs } from "./vote-steps.ts";

export function viewWatchers(state: ControllerState, now: Now): readonly WatcherView[] {
  return [...state.watchers.values()].map((watcher) => {
    const { name, votes } = watcher.config;
    const heardAt = watcher.heardAt === longAgo ? null : wall(now.wall - (now.mono - watcher.heardAt));
    return { name, votes, heardAt, ...stateOf(watcher, now), ...countWords(state, name) };
  });
}

function stateOf({ heardAt, sick }: WatcherState, now: Now): Pick<WatcherView, "state" | "reason"> {
  if (heardAt === longAgo) return { state: "silent", reason: "nothing was heard since the controller started" };
  if (now.mono - heardAt > lateAfterMs(0)) return { state: "late", reason: "no sign of life in time" };
  return sick === null ? { state: "well", reason: "it is heard" } : { state: "sick", reason: sick };
}

function countWords({ targetBySlot }: ControllerState, name: string): Pick<WatcherView, "targets" | "differs"> {
  let targets = 0;
  let differs = 0;
  for (const { judgement, panel } of targetBySlot) {
    const word = panel?.words.get(name);
    if (word === undefined) continue;
    targets += 1;
    if (word.health !== "unproven" && word.health !== judgement.health) differs += 1;
  }
  return { targets, differs };
}
