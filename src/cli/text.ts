/**
 * Text for a terminal: colours, columns, and cleaning. Reasons hold what strange servers answered, so every string
 * that came over the network is cleaned of control characters before it reaches a terminal.
 */
import type { CliIo } from "./io.ts";

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const;

export type Colour = keyof typeof codes;
export type Paint = (colour: Colour, text: string) => string;

export function createPaint({ colour }: Pick<CliIo, "colour">): Paint {
  if (!colour) return (_, text) => text;
  return (name, text) => (text === "" ? "" : `\u001b[${codes[name]}m${text}\u001b[0m`);
}

/** Control characters and marks that turn the writing direction become a replacement character. */
export function clean(text: string): string {
  return text.replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, "\ufffd");
}

export interface Cell {
  readonly text: string;
  readonly colour?: Colour;
}

export interface Column {
  readonly title: string;
  /** Left out on narrow terminals; the smallest number goes first. Absent: never. */
  readonly spare?: number;
  readonly right?: boolean;
}

const gap = 2;
/** Below so many columns the last column moves to lines of its own. */
const lastColumnMin = 24;
const ownLineIndent = 4;

/**
 * Lays out rows as an aligned table of at most `width` columns. The last column takes what is left and wraps; where
 * that is too little, spare columns are left out, and at last the last one goes under its row.
 */
export function layoutTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  { width, paint }: { readonly width: number; readonly paint: Paint },
): readonly string[] {
  const kept = fitColumns(columns, rows, width);
  const pick = <T>(list: readonly T[]): readonly T[] => kept.flatMap((index) => list[index] ?? []);
  const widths = measure(pick(columns), rows.map(pick));
  const used = widths.slice(0, -1).reduce((sum, each) => sum + each + gap, 0);
  const layout = { columns: pick(columns), widths, used, width, paint };
  const titles = pick(columns).map(({ title }): Cell => ({ text: title, colour: "dim" }));
  return [titles, ...rows.map(pick)].flatMap((row) => layoutRow(layout, row));
}

interface Layout {
  readonly columns: readonly Column[];
  readonly widths: readonly number[];
  /** Columns taken by all but the last. */
  readonly used: number;
  readonly width: number;
  readonly paint: Paint;
}

function fitColumns(columns: readonly Column[], rows: readonly (readonly Cell[])[], width: number): readonly number[] {
  const widths = measure(columns, rows);
  let kept = columns.map((_, index) => index);
  const lastMin = Math.min(widths.at(-1) ?? 0, lastColumnMin);
  const needed = (): number => kept.slice(0, -1).reduce((sum, index) => sum + (widths[index] ?? 0) + gap, lastMin);
  const spares = columns
    .flatMap(({ spare }, index) => (spare === undefined ? [] : [{ spare, index }]))
    .toSorted((a, b) => a.spare - b.spare);
  for (const { index } of spares) if (needed() > width) kept = kept.filter((each) => each !== index);
  return kept;
}

function measure(columns: readonly Column[], rows: readonly (readonly Cell[])[]): readonly number[] {
  return columns.map(({ title }, index) =>
    rows.reduce((widest, row) => Math.max(widest, textWidth(row[index]?.text ?? "")), textWidth(title)),
  );
}

function layoutRow({ columns, widths, used, width, paint }: Layout, row: readonly Cell[]): readonly string[] {
  const front = row.slice(0, -1).map((cell, index) => {
    const pad = " ".repeat((widths[index] ?? 0) - textWidth(cell.text));
    const painted = paintCell(paint, cell);
    return (columns[index]?.right === true ? pad + painted : painted + pad) + " ".repeat(gap);
  });
  const last = row.at(-1) ?? { text: "" };
  const isUnder = width - used < Math.min(lastColumnMin, widths.at(-1) ?? 0);
  const indent = isUnder ? ownLineIndent : used;
  const lines = wrap(last.text, width - indent).map((text) => paintCell(paint, { ...last, text }));
  const [first = "", ...rest] = isUnder ? ["", ...lines.filter((line) => line !== "")] : lines;
  return [(front.join("") + first).trimEnd(), ...rest.map((line) => " ".repeat(indent) + line)];
}

function paintCell(paint: Paint, { text, colour }: Cell): string {
  return colour === undefined ? text : paint(colour, text);
}

/** Breaks at spaces, and inside words that are longer than a line. */
export function wrap(text: string, width: number): readonly string[] {
  const limit = Math.max(8, width);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (textWidth(longer) <= limit) line = longer;
    else {
      if (line !== "") lines.push(line);
      const pieces = splitWord(word, limit);
      lines.push(...pieces.slice(0, -1));
      line = pieces.at(-1) ?? "";
    }
  }
  return [...lines, line];
}

function splitWord(word: string, limit: number): readonly string[] {
  if (textWidth(word) <= limit) return [word];
  const letters = Array.from(word);
  return Array.from({ length: Math.ceil(letters.length / limit) }, (_, index) =>
    letters.slice(index * limit, (index + 1) * limit).join(""),
  );
}

export function textWidth(text: string): number {
  // A string of ASCII, by far the most, needs no splitting.
  return /^[\x20-\x7e]*$/.test(text) ? text.length : Array.from(text).length;
}
