/**
 * Watchers in a replay: each says what it said then, at the moments at which it did, and is heard as long as it was heard
 * then. Signs of life are no events, so that calm time can be skipped.
 */
import type { Now, Wall } from "../base/time.ts";
import type { RecordedVantage, RecordedWord } from "../core/recording.ts";
import type { WatcherReport } from "../core/vantage.ts";
import type { ControllerState } from "./controller-state.ts";

export class PlayVantages {
  /** Times of being heard that are not over yet, of each watcher in their order. */
  readonly #spans: ReadonlyMap<string, RecordedVantage[]>;

  constructor(vantages: readonly RecordedVantage[]) {
    this.#spans = Map.groupBy(vantages, ({ watcher }) => watcher);
  }

  /** Whoever was heard at this moment is heard. Returns what those say who became sick or well. */
  hear({ watchers }: ControllerState, now: Now): readonly WatcherReport[] {
    return [...watchers].flatMap(([name, watcher]) => {
      const span = this.#spanAt(name, now.wall);
      if (span === null) return [];
      watcher.heardAt = now.mono;
      return span.sick === watcher.sick ? [] : [{ watcher: name, sick: span.sick, words: [] }];
    });
  }

  reportOf(word: RecordedWord, targetId: string, now: Now): WatcherReport {
    const { able, at, health, reason, suspected, watcher } = word;
    const sick = this.#spanAt(watcher, now.wall)?.sick ?? null;
    return { watcher, sick, words: [{ targetId, health, reason, fault: null, since: at, suspected, able }] };
  }

  /** Null: it is not heard now. Time never goes back here, so what is over is let go. */
  #spanAt(watcher: string, now: Wall): RecordedVantage | null {
    const spans = this.#spans.get(watcher) ?? [];
    while (spans[0] !== undefined && spans[0].to < now) spans.shift();
    const [next] = spans;
    return next !== undefined && next.from <= now ? next : null;
  }
}

/** Those that are said from now on, and of each watcher what holds already. */
export function wordsFrom(words: readonly RecordedWord[], now: Wall): readonly RecordedWord[] {
  const holding = new Map(words.filter(({ at }) => at <= now).map((word) => [word.watcher, word]));
  return words.filter((word) => word.at > now || holding.get(word.watcher) === word);
}
