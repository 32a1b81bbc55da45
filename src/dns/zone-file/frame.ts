/**
 * What is being read: the zone's file, a file that it includes, or the lines that a $GENERATE makes. Frames lie on a
 * stack; each has an origin and a present owner of its own, so that they come back when it ends.
 */
import type { Name } from "../types.ts";
import type { OpenOwner } from "./collect.ts";
import { expandTemplate, type Range } from "./generate.ts";
import { Scanner } from "./scanner.ts";

/** Lines that are made, not read. */
export interface Generated {
  readonly range: Range;
  readonly line: number;
  readonly ownerTemplate: string;
  /** TTL, class and type. */
  readonly middle: string;
  readonly dataTemplate: string;
  next: number;
}

export interface Frame {
  scanner: Scanner;
  readonly file: number;
  readonly fileName: string;
  origin: Name;
  /** Null: none yet, or one outside the zone. */
  owner: OpenOwner | null;
  /** The owner as written, to recognise it when it is repeated. */
  ownerText: string;
  /** True while the present owner lies outside the zone, or is malformed: its records are read and dropped. */
  outside: boolean;
  readonly generated: Generated | null;
}

export function openFrame(file: number, text: string, { fileName, origin }: Pick<Frame, "fileName" | "origin">): Frame {
  return {
    scanner: new Scanner(text),
    file,
    fileName,
    origin,
    owner: null,
    ownerText: "",
    outside: false,
    generated: null,
  };
}

/** A frame inside `parent` whose scanner gets one made line after the other. */
export function openGenerated(parent: Frame, generated: Generated): Frame {
  return { ...parent, scanner: new Scanner(""), ownerText: "", generated };
}

/** Puts the next made line before the scanner. False when the range is done; a text says what is wrong. */
export function advance(frame: Frame, generated: Generated): boolean | string {
  if (generated.next > generated.range.stop) return false;
  const owner = expandTemplate(generated.ownerTemplate, generated.next);
  const data = expandTemplate(generated.dataTemplate, generated.next);
  generated.next += generated.range.step;
  if (!owner.ok) return owner.error;
  if (!data.ok) return data.error;
  frame.scanner = new Scanner(`${owner.value} ${generated.middle} ${data.value}`);
  return true;
}
