/**
 * Reads the configuration language of gdnsd (gdnsd.config(5)): ordered maps, lists and texts, `key => value` or
 * `key = value`, commas where one likes them, comments behind # and ;, and `$include{path}`.
 */
import { fail, ok, type Result } from "../../base/result.ts";

export type Vscf =
  | { readonly kind: "text"; readonly text: string; readonly line: number }
  | { readonly kind: "list"; readonly items: readonly Vscf[]; readonly line: number }
  | VscfMap;

export interface VscfMap {
  readonly kind: "map";
  /** The last value counts for a key that is written twice. */
  readonly entries: ReadonlyMap<string, Vscf>;
  readonly line: number;
}

/** Maps and lists inside each other. */
const depthMax = 32;
/** Files within files. */
const includeDepthMax = 8;

export type ReadIncluded = (path: string) => Result<string, string>;

/** The error is a clause with its line. */
export function parseVscf(text: string, readIncluded: ReadIncluded, includeDepth = 0): Result<Vscf, string> {
  const reader = new Reader(text, { readIncluded, includeDepth });
  try {
    return ok(reader.readAll());
  } catch (error) {
    if (error instanceof VscfFault) return fail(error.message);
    throw error;
  }
}

class VscfFault extends Error {
  override readonly name = "VscfFault";
}

type Token =
  | { readonly kind: "sign"; readonly sign: string; readonly line: number }
  | { readonly kind: "word" | "include"; readonly text: string; readonly line: number }
  | { readonly kind: "end"; readonly line: number };

const pattern =
  /(?<blank>[\s,]+|[#;][^\n]*)|(?<include>\$include\s*\{\s*"?(?<path>[^}"\n]*)"?\s*\})|"(?<quoted>(?:[^"\\]|\\[^])*)"|(?<sign>=>?|[{}[\]])|(?<word>(?:[^\s,#;"={}[\]\\]|\\[^])+)/y;

class Reader {
  readonly #text: string;
  readonly #included: { readonly readIncluded: ReadIncluded; readonly includeDepth: number };
  #at = 0;
  #line = 1;
  #token: Token = { kind: "end", line: 1 };

  constructor(text: string, included: { readonly readIncluded: ReadIncluded; readonly includeDepth: number }) {
    this.#text = text;
    this.#included = included;
    this.#next();
  }

  readAll(): Vscf {
    const isValue = this.#isSign("[") || this.#isSign("{");
    const value = isValue ? this.#readValue(0) : this.#readMap(null, 0);
    if (this.#token.kind !== "end") this.#fault("the end of the file");
    return value;
  }

  #next(): void {
    for (;;) {
      pattern.lastIndex = this.#at;
      const line = this.#line;
      if (this.#at >= this.#text.length) {
        this.#token = { kind: "end", line };
        return;
      }
      const match = pattern.exec(this.#text);
      if (match === null) throw new VscfFault(`line ${line}: a sign that means nothing here`);
      this.#at = pattern.lastIndex;
      for (const unit of match[0]) if (unit === "\n") this.#line += 1;
      const { include, path = "", quoted, sign, word } = match.groups ?? {};
      if (include !== undefined) this.#token = { kind: "include", text: path.trim(), line };
      else if (sign !== undefined) this.#token = { kind: "sign", sign, line };
      else if (quoted !== undefined || word !== undefined)
        this.#token = { kind: "word", text: unescape(quoted ?? word ?? ""), line };
      else continue;
      return;
    }
  }

  #isSign(sign: string): boolean {
    return this.#token.kind === "sign" && this.#token.sign === sign;
  }

  #fault(expected: string): never {
    const token = this.#token;
    const found = token.kind === "end" ? "the end" : token.kind === "sign" ? token.sign : token.text.slice(0, 40);
    throw new VscfFault(`line ${token.line}: found ${found}, expected ${expected}`);
  }

  /** Up to `close`, or to the end of the file. */
  #readMap(close: string | null, depth: number): VscfMap {
    const entries = new Map<string, Vscf>();
    const { line } = this.#token;
    while (close === null ? this.#token.kind !== "end" : !this.#isSign(close)) {
      const token = this.#token;
      if (token.kind === "include") {
        this.#next();
        const included = this.#include(token.text, token.line);
        if (included.kind === "map") for (const [key, value] of included.entries) entries.set(key, value);
        continue;
      }
      if (token.kind !== "word") return this.#fault("a key");
      this.#next();
      if (!this.#isSign("=>") && !this.#isSign("=")) return this.#fault("=>");
      this.#next();
      entries.set(token.text, this.#readValue(depth + 1));
    }
    if (close !== null) this.#next();
    return { kind: "map", entries, line };
  }

  #readValue(depth: number): Vscf {
    const token = this.#token;
    if (depth > depthMax) throw new VscfFault(`line ${token.line}: more than ${depthMax} levels`);
    this.#next();
    if (token.kind === "word") return { kind: "text", text: token.text, line: token.line };
    if (token.kind === "include") return this.#include(token.text, token.line);
    if (token.kind === "sign" && token.sign === "{") return { ...this.#readMap("}", depth), line: token.line };
    if (token.kind === "sign" && token.sign === "[") return this.#readList(depth, token.line);
    throw new VscfFault(`line ${token.line}: expected a value`);
  }

  #readList(depth: number, line: number): Vscf {
    const items: Vscf[] = [];
    while (!this.#isSign("]")) {
      if (this.#token.kind === "end") return this.#fault("]");
      items.push(this.#readValue(depth + 1));
    }
    this.#next();
    return { kind: "list", items, line };
  }

  #include(path: string, line: number): Vscf {
    const { includeDepth, readIncluded } = this.#included;
    if (includeDepth >= includeDepthMax) throw new VscfFault(`line ${line}: files include each other too deeply`);
    const text = readIncluded(path);
    if (!text.ok) throw new VscfFault(`line ${line}: $include{${path.slice(0, 80)}}: ${text.error}`);
    const value = parseVscf(text.value, readIncluded, includeDepth + 1);
    if (!value.ok) throw new VscfFault(`${path.slice(0, 80)}, ${value.error}`);
    return value.value;
  }
}

function unescape(text: string): string {
  return text.replace(/\\(\d{3}|[^])/g, (_whole, escaped: string) =>
    escaped.length === 3 ? String.fromCharCode(Number(escaped) & 255) : escaped,
  );
}
