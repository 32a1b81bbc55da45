/**
 * Lines that start with a dollar sign: $ORIGIN and $INCLUDE (RFC 1035, 5.1), $TTL (RFC 2308, 4) and $GENERATE.
 */
import type { Result } from "../../base/result.ts";
import { parseName } from "../name.ts";
import { findNearest } from "../../base/nearest.ts";
import { escapeHighOctets, quoteToken, type Token, unescapeText } from "../rdata/tokens.ts";
import { parseTtl } from "../rdata/ttl.ts";
import { classNumber, typeNumber } from "../rr-types.ts";
import type { Name } from "../types.ts";
import type { FaultPlace } from "./fault.ts";
import { type Frame, openFrame, openGenerated } from "./frame.ts";
import { generatedRecordsMax, parseRange, rangeLength } from "./generate.ts";
import { tokenKind } from "./scanner.ts";

/** Files within files. A file that includes itself ends here. */
export const includeDepthMax = 16;
/** Files of one zone. */
export const includeFilesMax = 1000;
/** Text of all files of one zone. */
export const zoneOctetsMax = 512 * 1024 * 1024;

/** Gives the text of an included file as latin1 (one unit an octet), or a clause that says why it cannot. */
export type ReadIncluded = (path: string, fromFile: string) => Result<string, string>;

/** The parser, as directives see it. */
export interface DirectiveHost {
  /** The stack of what is being read; a directive may push. */
  readonly frames: Frame[];
  readonly files: string[];
  readonly readIncluded: ReadIncluded;
  defaultTtl: number | null;
  octetsRead: number;
  recordsGenerated: number;
  fault(frame: Frame, sentence: string, at?: FaultPlace): void;
  limitTtl(frame: Frame, seconds: number): number;
  scannerFault(frame: Frame): false;
}

type Directive = (parser: DirectiveHost, frame: Frame, tokens: readonly Token[]) => void;

const directives: Readonly<Record<string, Directive>> = {
  $ORIGIN: runOrigin,
  $TTL: runTtl,
  $INCLUDE: runInclude,
  $GENERATE: runGenerate,
};

export const directiveNames: readonly string[] = Object.keys(directives);

/** Runs the directive whose name is the present token. True when the whole line was read. */
export function runDirective(parser: DirectiveHost, frame: Frame): boolean {
  const word = frame.scanner.tokenText();
  const directive = directives[word.toUpperCase()];
  if (directive === undefined) {
    const nearest = findNearest(word, directiveNames);
    const hint = nearest === null ? "" : ` (did you mean ${nearest}?)`;
    const expected = `${directiveNames.join(", ")} or an owner${hint}`;
    parser.fault(frame, `found ${quoteToken(word)}, expected ${expected}`);
    return false;
  }
  const tokens: Token[] = [];
  for (;;) {
    const { scanner } = frame;
    const kind = scanner.next();
    if (kind === tokenKind.fault) return parser.scannerFault(frame);
    if (kind === tokenKind.end) break;
    const quoted = kind === tokenKind.quoted;
    tokens.push({ text: scanner.tokenText(), quoted, line: scanner.tokenLine, column: scanner.column });
  }
  directive(parser, frame, tokens);
  return true;
}

/** The line that a directive stands on. */
interface Line {
  readonly parser: DirectiveHost;
  readonly frame: Frame;
}

/** Reports what stands where `expected` should: a token, or the end of the line. */
function reject({ parser, frame }: Line, token: Token | undefined, expected: string): void {
  const found = token === undefined ? "the line ends" : `found ${quoteToken(token.text)}`;
  parser.fault(frame, `${found}, expected ${expected}`, token);
}

function readName(parser: DirectiveHost, frame: Frame, token: Token | undefined): Name | null {
  const name = token === undefined ? null : parseName(escapeHighOctets(token.text), frame.origin);
  if (name?.ok) return name.value;
  reject({ parser, frame }, token, name === null ? "a name" : `a name: ${name.error}`);
  return null;
}

function runOrigin(parser: DirectiveHost, frame: Frame, tokens: readonly Token[]): void {
  const origin = readName(parser, frame, tokens[0]);
  if (tokens.length > 1) return reject({ parser, frame }, tokens[1], "the end of the line");
  if (origin === null) return;
  frame.origin = origin;
  frame.ownerText = "";
}

function runTtl(parser: DirectiveHost, frame: Frame, tokens: readonly Token[]): void {
  const seconds = parseTtl(tokens[0]?.text ?? "");
  if (seconds === null) return reject({ parser, frame }, tokens[0], "seconds or a time such as 1h30m");
  if (tokens.length > 1) return reject({ parser, frame }, tokens[1], "the end of the line");
  parser.defaultTtl = parser.limitTtl(frame, seconds);
}

function runInclude(parser: DirectiveHost, frame: Frame, tokens: readonly Token[]): void {
  const [path, originToken, extra] = tokens;
  if (path === undefined) return reject({ parser, frame }, path, "a file's name");
  if (extra !== undefined) return reject({ parser, frame }, extra, "the end of the line");
  const origin = originToken === undefined ? frame.origin : readName(parser, frame, originToken);
  if (origin === null) return;
  if (parser.frames.length >= includeDepthMax || parser.files.length >= includeFilesMax) {
    return reject(
      { parser, frame },
      path,
      `at most ${includeDepthMax} files within files and ${includeFilesMax} in all`,
    );
  }
  const text = parser.readIncluded(unescapeText(path.text) ?? path.text, frame.fileName);
  if (!text.ok) return reject({ parser, frame }, path, `a file that can be read: ${text.error}`);
  parser.octetsRead += text.value.length;
  if (parser.octetsRead > zoneOctetsMax)
    return reject({ parser, frame }, path, `at most ${zoneOctetsMax} octets in all`);
  parser.files.push(path.text);
  const included = openFrame(parser.files.length - 1, text.value, { fileName: path.text, origin });
  included.owner = frame.owner;
  parser.frames.push(included);
}

/** `$GENERATE range owner [ttl] [class] type data`. */
function runGenerate(parser: DirectiveHost, frame: Frame, tokens: readonly Token[]): void {
  const [rangeToken, owner, ...others] = tokens;
  const range = parseRange(rangeToken?.text ?? "");
  if (!range.ok) return reject({ parser, frame }, rangeToken, range.error);
  if (owner === undefined) return reject({ parser, frame }, owner, "an owner with $ in it");
  const typeAt = others.findIndex((token) => typeNumber(token.text) !== null);
  const before = typeAt < 0 ? others : others.slice(0, typeAt);
  const stray = before.find((token) => parseTtl(token.text) === null && classNumber(token.text) === null);
  if (typeAt < 0 || stray !== undefined) return reject({ parser, frame }, stray, "a TTL, a class or a record type");
  const data = others.slice(typeAt + 1);
  if (data.length === 0) return reject({ parser, frame }, undefined, "the record's data with $ in it");
  parser.recordsGenerated += rangeLength(range.value);
  if (parser.recordsGenerated > generatedRecordsMax) {
    return reject({ parser, frame }, rangeToken, `at most ${generatedRecordsMax} generated records in a zone`);
  }
  const generated = {
    range: range.value,
    line: rangeToken?.line ?? 0,
    ownerTemplate: owner.text,
    middle: others
      .slice(0, typeAt + 1)
      .map((token) => token.text)
      .join(" "),
    dataTemplate: data.length === 1 ? (data[0]?.text ?? "") : data.map(rawText).join(" "),
    next: range.value.start,
  };
  parser.frames.push(openGenerated(frame, generated));
}

/** A token as it stood in the line. A lone quoted one is the record's whole data and loses its quotes instead. */
function rawText(token: Token): string {
  return token.quoted ? `"${token.text}"` : token.text;
}
