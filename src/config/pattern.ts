/**
 * Regular expressions that judge a body. The body comes from a machine that may be broken or hostile, and the engine
 * backtracks, so a pattern whose time can explode is refused: a repetition inside a repeated group, alternatives that
 * begin alike inside a repeated group, counts within counts that multiply, back references. The check looks at the
 * pattern's shape; it may refuse a harmless pattern, and it says why.
 */
import { patternCharsMax, patternCountsMax } from "./limits.ts";

/** Null when the pattern may be used; else what is wrong with it, to follow "the pattern". */
export function whyNotPattern(pattern: string): string | null {
  if (pattern.length > patternCharsMax) return `is longer than ${patternCharsMax} characters`;
  try {
    new RegExp(pattern, "u");
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message.replace(/^.*\/u?: /, "") : "";
    return `is not a regular expression: ${why.slice(0, 1).toLowerCase()}${why.slice(1)}`;
  }
  return whyExplosive(pattern);
}

interface Group {
  /** Holds a repetition without an upper bound, or of more than ten. */
  repeats: boolean;
  /** How each alternative begins; null: with something that many characters match. */
  readonly starts: (string | null)[];
  atStart: boolean;
  readonly lookaround: boolean;
  /** The highest product of counts within counts. */
  counts: number;
}

function openGroup(lookaround: boolean): Group {
  return { repeats: false, starts: [], atStart: true, lookaround, counts: 1 };
}

const token =
  /\\k<|\\[1-9]|\\[pP]\{[^}]*\}|\\u\{[^}]*\}|\\.|\[(?:\\.|[^\]\\])*\]|\((?:\?(?:<[=!]|[ims-]*:|[=!]|<[^>]*>))?|\)|\||[*+?]\??|\{\d+(?:,\d*)?\}\??|./gsu;

function whyExplosive(pattern: string): string | null {
  const groups = [openGroup(false)];
  let closed: Group | null = null;
  for (const [part] of pattern.matchAll(token)) {
    const group = groups.at(-1) ?? openGroup(false);
    if (/^\\(k<|[1-9])/.test(part)) return "refers back to a group, which can take very long";
    if (part.startsWith("(")) groups.push(noteStart(group, null) && openGroup(/[=!]$/.test(part)));
    else if (part === "|") group.atStart = true;
    else if (noteCount(group, closed, part) > patternCountsMax)
      return `has repetitions within each other that multiply to ${group.counts}, at most ${patternCountsMax}`;
    else if (isRepetition(part)) {
      const why = closed === null ? null : whyRepeatExplodes(closed);
      if (why !== null) return why;
      group.repeats = true;
    } else if (part !== ")" && !/^[?{]/.test(part)) noteStart(group, startOf(part));
    closed = part === ")" ? closeGroup(groups) : null;
  }
  return null;
}

function closeGroup(groups: Group[]): Group | null {
  const closed = groups.pop() ?? null;
  const outer = groups.at(-1);
  if (closed === null || outer === undefined) return closed;
  outer.repeats ||= closed.repeats;
  outer.counts = Math.max(outer.counts, closed.counts);
  return closed;
}

/** How often what stands before may be matched; ten stands for more, which `isRepetition` judges. */
function timesOf(part: string): number {
  const counted = /^\{(\d+)(,?)(\d*)\}/.exec(part);
  if (counted === null) return /^[*+]/.test(part) ? 10 : 1;
  const [, from = "0", comma = "", to = ""] = counted;
  return Math.min(10, to === "" && comma === "," ? 10 : Number(to === "" ? from : to));
}

/** The group's product of counts, once `part` repeats what was just closed. */
function noteCount(group: Group, closed: Group | null, part: string): number {
  group.counts = Math.max(group.counts, (closed?.counts ?? 1) * timesOf(part));
  return group.counts;
}

function isRepetition(part: string): boolean {
  if (/^[*+]/.test(part)) return true;
  const counted = /^\{(\d+)(,?)(\d*)\}/.exec(part);
  if (counted === null) return false;
  const [, from = "0", comma = "", to = ""] = counted;
  return comma === "," && to === "" ? true : Number(to === "" ? from : to) > 10;
}

function whyRepeatExplodes(group: Group): string | null {
  if (group.repeats) return "repeats a group that holds a repetition, which can take very long";
  if (group.starts.length < 2) return null;
  const alike = group.starts.includes(null) || new Set(group.starts).size < group.starts.length;
  return alike ? "repeats a group whose alternatives can begin alike, which can take very long" : null;
}

function noteStart(group: Group, start: string | null): true {
  if (group.atStart) group.starts.push(start);
  group.atStart = false;
  return true;
}

function startOf(part: string): string | null {
  return part === "." || part.startsWith("[") || /^\\[wWsSdDpP]/.test(part) ? null : part;
}
