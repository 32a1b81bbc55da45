/**
 * Sentences for the log about single messages. Whoever sends the messages must not be able to fill a disk with them:
 * the same sentence comes once in a while, and of different ones only so many.
 */

/** The same sentence is not said again within this time, and after it all is forgotten. */
const roundMsMax = 60_000;
/** Sentences of one round. */
const sentencesMax = 30;

export class Remarks {
  private readonly say: (sentence: string) => void;
  private readonly said = new Set<string>();
  private roundStart = Number.NEGATIVE_INFINITY;

  constructor(say: (sentence: string) => void) {
    this.say = say;
  }

  remark(sentence: string): void {
    const now = performance.now();
    if (now - this.roundStart >= roundMsMax) {
      this.roundStart = now;
      this.said.clear();
    }
    if (this.said.size >= sentencesMax || this.said.has(sentence)) return;
    this.said.add(sentence);
    this.say(sentence);
  }
}
