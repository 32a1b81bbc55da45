/**
 * The probes made of probes: `all`, `any` and `at-least`. Their parts are written as in a check, one kind each, without a
 * pace of their own. The list of kinds is handed in, since these kinds are in it themselves.
 */
import { z } from "zod";
import type { CompositeProbe } from "../../core/model.ts";
import { type Build, problem } from "../build.ts";
import { compositeDepthMax, compositeListMax, compositeProbesMax } from "../limits.ts";
import type { Path } from "../problem.ts";
import { integer, list, map } from "../schema-parts.ts";
import { defineWords, type ProbePlace, type ProbeWords } from "./words.ts";

/** The list of kinds, when it is complete. */
export interface KnownKinds<Word extends string> {
  readonly words: () => Readonly<Record<Word, ProbeWords>>;
  readonly shape: () => z.ZodRawShape;
}

interface Part {
  readonly words: ProbeWords;
  readonly settings: object;
  readonly path: Path;
}

interface CompositeSettings {
  readonly parts: readonly Part[];
  /** For at-least. */
  readonly count?: number;
}

type PartMap = Readonly<Record<string, unknown>>;

export interface CompositeWords {
  readonly all: ProbeWords;
  readonly any: ProbeWords;
  readonly "at-least": ProbeWords;
}

/** The words of all three. */
export function compositeWords<Word extends string>(known: KnownKinds<Word>): CompositeWords {
  const part = z.lazy(() => map("a part", known.shape()));
  const parts = list(part, { what: "a list of probes, such as [{http: /}, {tcp: 25}]", max: compositeListMax });
  const atLeast = map("at-least", {
    count: integer(1, compositeListMax).describe("How many parts must be up."),
    of: parts.describe("The parts."),
  });
  const readParts = (build: Build, maps: readonly PartMap[], path: Path): Part[] =>
    maps.flatMap((one, index) => readPart(build, { known, map: one, path: [...path, index] }) ?? []);
  return {
    all: defineWords({
      schema: parts,
      about: "a list of probes that must all be up.",
      freshEvery: 5,
      read: (build, maps, path): CompositeSettings => ({ parts: readParts(build, maps, path) }),
      complete: (build, settings, place) => complete(build, { kind: "all", settings }, place),
    }),
    any: defineWords({
      schema: parts,
      about: "a list of probes of which one must be up.",
      freshEvery: 5,
      read: (build, maps, path): CompositeSettings => ({ parts: readParts(build, maps, path) }),
      complete: (build, settings, place) => complete(build, { kind: "any", settings }, place),
    }),
    "at-least": defineWords({
      schema: atLeast,
      about: "a list of probes of which so many must be up.",
      freshEvery: 5,
      read: (build, { count, of }, path): CompositeSettings => {
        if (count > of.length) refuseCount(build, { count, length: of.length, path: [...path, "count"] });
        return { count, parts: readParts(build, of, [...path, "of"]) };
      },
      complete: (build, settings, place) => complete(build, { kind: "at-least", settings }, place),
    }),
  };
}

function refuseCount(build: Build, { count, length, path }: { count: number; length: number; path: Path }): void {
  const sentence = `at least ${count} can never be up, since there are only ${length} parts`;
  problem(build, path, { expected: `a number from 1 to ${length}`, sentence });
}

interface PartPlace<Word extends string> {
  readonly known: KnownKinds<Word>;
  readonly map: PartMap;
  readonly path: Path;
}

/** Null: reported. */
function readPart<Word extends string>(build: Build, { known, map: given, path }: PartPlace<Word>): Part | null {
  const words = known.words();
  const kinds = (Object.keys(words) as Word[]).filter((kind) => given[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    const found = kind === undefined ? "no probe" : kinds.join(" and ");
    const sentence = `a part is one probe, and here ${kinds.length > 1 ? "are" : "is"} ${found}`;
    problem(build, path, { found, expected: "one probe, such as {http: /}", sentence });
    return null;
  }
  const inner = [...path, kind];
  if (inner.filter((step) => step === "all" || step === "any" || step === "at-least").length > compositeDepthMax) {
    const sentence = `lists of probes lie at most ${compositeDepthMax} deep in each other`;
    problem(build, inner, { at: "key", expected: "fewer lists inside lists", sentence });
    return null;
  }
  return { words: words[kind], settings: words[kind].read(build, given[kind], inner), path: inner };
}

interface Wanted {
  readonly kind: CompositeProbe["kind"];
  readonly settings: CompositeSettings;
}

function complete(build: Build, { kind, settings }: Wanted, { host, path }: ProbePlace): CompositeProbe {
  const of = settings.parts.map((part) => part.words.complete(build, part.settings, { host, path: part.path }));
  const probe: CompositeProbe = kind === "at-least" ? { kind, count: settings.count ?? 1, of } : { kind, of };
  if (countProbes(probe) > compositeProbesMax) {
    const sentence = `a check is made of at most ${compositeProbesMax} probes, and here are ${countProbes(probe)}`;
    problem(build, path, { at: "key", found: `${countProbes(probe)} probes`, expected: "fewer probes", sentence });
  }
  return probe;
}

function countProbes({ of }: CompositeProbe): number {
  return of.reduce((sum, part) => sum + ("of" in part ? countProbes(part) : 1), 0);
}
