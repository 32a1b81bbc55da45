/** What watchers say, as rows of `core/recording`: when each was heard, and what it began to say of each target. */
import type { Wall } from "../base/time.ts";
import type { RecordedVantage, RecordedWord } from "../core/recording.ts";
import type { WatcherReport, WatcherWord } from "../core/vantage.ts";
import { lateAfterMs } from "./vote-steps.ts";

const reasonCharsMax = 200;

interface Heard {
  span: { -readonly [K in keyof RecordedVantage]: RecordedVantage[K] };
  /** It has grown since rows were taken. */
  hasGrown: boolean;
  /** What was said of each target last, but for its reason. */
  readonly said: Map<string, string>;
}

export class VantageRecorder {
  readonly #heard = new Map<string, Heard>();
  #words: RecordedWord[] = [];
  #spans: RecordedVantage[] = [];

  get rows(): number {
    return this.#words.length + this.#spans.length;
  }

  /** Returns whether it says something new. */
  hear(report: WatcherReport, { at, hasRoom }: { readonly at: Wall; readonly hasRoom: () => boolean }): boolean {
    const { sick, watcher, words } = report;
    const heard = this.#hearFrom(watcher, sick, at);
    let isNew = false;
    for (const word of words) {
      const key = keyOf(word);
      if (heard.said.get(word.targetId) === key || !hasRoom()) continue;
      heard.said.set(word.targetId, key);
      isNew = true;
      const { able, health, suspected, targetId: target } = word;
      this.#words.push({ target, watcher, at, health, suspected, able, reason: word.reason.slice(0, reasonCharsMax) });
    }
    return isNew;
  }

  #hearFrom(watcher: string, sick: string | null, at: Wall): Heard {
    const known = this.#heard.get(watcher);
    const goesOn = known !== undefined && known.span.sick === sick && isNear(known.span.to, at);
    if (goesOn) {
      known.span.to = at;
      known.hasGrown = true;
      return known;
    }
    if (known?.hasGrown === true) this.#spans.push({ ...known.span });
    const said = known?.said ?? new Map<string, string>();
    const fresh = { span: { watcher, from: at, to: at, sick }, hasGrown: true, said };
    this.#heard.set(watcher, fresh);
    return fresh;
  }

  /** The target is no longer looked at. */
  forget(targetId: string): void {
    for (const { said } of this.#heard.values()) said.delete(targetId);
  }

  /** Rows since the last call; a span that lasts, as it is now. */
  take(): { readonly words: readonly RecordedWord[]; readonly vantages: readonly RecordedVantage[] } {
    const lasting = [...this.#heard.values()].filter(({ hasGrown }) => hasGrown);
    for (const heard of lasting) heard.hasGrown = false;
    const taken = { words: this.#words, vantages: [...this.#spans, ...lasting.map(({ span }) => ({ ...span }))] };
    this.#words = [];
    this.#spans = [];
    return taken;
  }
}

function keyOf({ able, health, suspected }: WatcherWord): string {
  return `${health} ${suspected} ${able}`;
}

/** Whoever was late, or whose clock was set, begins anew. */
function isNear(before: Wall, at: Wall): boolean {
  return at >= before && at - before <= lateAfterMs(0);
}
