/** Vantage points elsewhere, which look at the same targets. */
import type { Target, WatcherConfig } from "../core/model.ts";
import type { WatcherReport } from "../core/vantage.ts";

export interface Watchers {
  /** Who may report, and what all of them look at, from now on. */
  assign(work: { readonly watchers: readonly WatcherConfig[]; readonly targets: readonly Target[] }): void;
  /** Asks all but one to look at a target at once. */
  confirm(targetId: string, except: string | null): void;
  /** Tells the one listener what watchers say, and how they come and go. */
  onReport(listener: (report: WatcherReport) => void): void;
  onTrouble(listener: (rule: string, sentence: string) => void): void;
}
