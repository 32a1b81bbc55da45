/**
 * Reads `text/event-stream` (HTML Living Standard, 9.2.6) from chunks of text. The browser's own `EventSource` cannot
 * send an Authorization header, hence this one. Feed it chunks as they come; it keeps the unfinished line.
 */
export interface StreamMessage {
  readonly name: string;
  readonly data: string;
  readonly id: string | null;
}

/** A line longer than this is no stream of muster's; it is cut off rather than kept. */
const lineCharsMax = 16 * 1024 * 1024;

export class StreamReader {
  #rest = "";
  #name = "";
  #id: string | null = null;
  #data: string[] = [];

  read(chunk: string): StreamMessage[] {
    const lines = (this.#rest + chunk).split(/\r\n|\n|\r(?!$)/);
    this.#rest = (lines.pop() ?? "").slice(0, lineCharsMax);
    return lines.flatMap((line) => this.#line(line));
  }

  #line(line: string): StreamMessage[] {
    if (line === "") return this.#finish();
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.#name = value;
    if (field === "data") this.#data.push(value);
    if (field === "id") this.#id = value;
    return [];
  }

  #finish(): StreamMessage[] {
    const message = { name: this.#name || "message", data: this.#data.join("\n"), id: this.#id };
    const empty = this.#data.length === 0;
    this.#name = "";
    this.#data = [];
    return empty ? [] : [message];
  }
}
