/**
 * News of zones until muster's own server answers: whoever hears of a zone comes for it at once. Of each zone only the last
 * is held, since whoever comes gets all that led to it; so there is never more than one for each zone that is served.
 */
import type { OutwardEvent } from "./events.ts";

export type ZoneNews = Omit<Extract<OutwardEvent, { kind: "published" }>, "kind">;

export class HeldNews {
  readonly #tell: (news: ZoneNews) => void;
  /** By zone; null: muster answers, and nothing is held any more. */
  #held: Map<string, ZoneNews> | null = new Map();

  constructor(tell: (news: ZoneNews) => void) {
    this.#tell = tell;
  }

  tell(news: ZoneNews): void {
    if (this.#held === null) return this.#tell(news);
    // What nobody was told yet is no less new for being served since.
    const quiet = news.quiet && this.#held.get(news.origin)?.quiet !== false;
    this.#held.set(news.origin, { ...news, quiet });
  }

  /** The zone is not served any more. */
  forget(origin: string): void {
    this.#held?.delete(origin);
  }

  release(): void {
    const held = this.#held ?? new Map<string, ZoneNews>();
    this.#held = null;
    for (const news of held.values()) this.#tell(news);
  }
}
