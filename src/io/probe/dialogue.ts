/**
 * Protocols of lines, in which one side says a command and the other answers with one line or several (SMTP, POP3,
 * IMAP). `Answer` collects the lines of one answer; the protocol says of each line whether it is the last one, and whether
 * that is a good one. A line or an answer beyond the limits is not waited for.
 */
import type { FaultCode } from "../../core/fault.ts";
import { ByteStore } from "./byte-store.ts";
import { dialogueBytesMax } from "./limits.ts";
import { quote } from "./quote.ts";
import type { Judgement, Reply } from "./script.ts";

/** `more`: another line belongs to the answer. `foreign`: no line of this protocol. */
export type LineSense = "more" | "good" | "bad" | "foreign";

export interface Expected {
  /** What is answered, as people call it: "greeting", "answer to EHLO". */
  readonly what: string;
  readonly sense: (line: string) => LineSense;
  /** `text` is the whole answer, a good one. */
  readonly judge: (text: string) => Judgement;
}

export class Answer implements Reply {
  readonly #expected: Expected;
  readonly #collected = new ByteStore(dialogueBytesMax);
  #judgedTo = 0;

  constructor(expected: Expected) {
    this.#expected = expected;
  }

  take(bytes: Buffer): Judgement | null {
    const taken = this.#collected.append(bytes, 0, bytes.length);
    const all = this.#collected.view();
    for (let end = all.indexOf(10, this.#judgedTo); end >= 0; end = all.indexOf(10, this.#judgedTo)) {
      const line = all.toString("latin1", this.#judgedTo, end).replace(/\r$/, "");
      this.#judgedTo = end + 1;
      const isLast = this.#judgedTo === all.length && taken === bytes.length;
      const judgement = this.#judgeLine(line, isLast);
      if (judgement !== null) return judgement;
    }
    return this.#collected.isFull ? down(`${this.#expected.what} is longer than ${dialogueBytesMax} bytes`) : null;
  }

  end(): Judgement {
    const begun = this.#collected.length > 0;
    return down(`closed the connection ${begun ? "in the middle of" : "before"} the ${this.#expected.what}`, "reset");
  }

  #judgeLine(line: string, isLast: boolean): Judgement | null {
    const { judge, sense, what } = this.#expected;
    switch (sense(line)) {
      case "more":
        return null;
      case "bad":
        return down(`${what} ${quote(line)}`);
      case "foreign":
        return down(`${what} is of another protocol: ${quote(line)}`);
      case "good":
        // What is said in clear must not count as said under TLS (CVE-2011-0411).
        if (!isLast) return down(`goes on unasked after the ${what}`);
        return judge(this.#collected.view().toString("latin1", 0, this.#judgedTo));
    }
  }
}

/** The member has answered, and not as it should, unless `fault` knows better. */
export function down(reason: string, fault: FaultCode = "wrong-reply"): Extract<Judgement, { readonly kind: "down" }> {
  return { kind: "down", reason, fault };
}
