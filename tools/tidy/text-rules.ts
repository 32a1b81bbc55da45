/** Words and links: what no file of the project may hold, and where links in its pages lead. */
import { posix } from "node:path";
import { type Finding, lineAt } from "./source.ts";

export interface Page {
  readonly path: string;
  readonly text: string;
}

/** Written in pieces, so that this file does not hold them itself. */
const forbidden: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  { pattern: words(["TO", "DO"], ["FIX", "ME"], ["XX", "X"]), why: "finish it, or open an issue" },
  { pattern: new RegExp(`@ts-(${"ign"}ore|${"no"}check|${"expect"}-error)`), why: "make the types say it" },
  {
    pattern: new RegExp(`(${"oxlint"}|${"eslint"}|${"biome"})-(disable|ignore)`),
    why: "obey the rule or change it for all",
  },
  { pattern: new RegExp(`\\b(test|it|describe)\\.${"only"}\\(`), why: "the other tests would not run" },
  { pattern: new RegExp(`\\b(test|it|describe)\\.${"sk"}ip\\(`), why: "a test that cannot run must fail and say why" },
  {
    pattern: new RegExp(`(^|[\\s"'\`(=])/(${"wo"}rk|${"fa"}rm|${"ro"}ot|${"ho"}me)/`),
    why: "this path exists on one machine only",
  },
  { pattern: new RegExp(`https?://registry\\.|\\b${"reg"}istry\\.[a-z]+\\.(org|com)`), why: "no registry is named" },
];

function words(...list: readonly (readonly string[])[]): RegExp {
  return new RegExp(`\\b(${list.map((parts) => parts.join("")).join("|")})\\b`);
}

export function checkWords({ path, text }: Page): Finding[] {
  return text.split("\n").flatMap((line, index) =>
    forbidden.flatMap(({ pattern, why }) => {
      const found = pattern.exec(line)?.[0]?.trim();
      return found === undefined ? [] : [{ path, line: index + 1, rule: "words", message: `"${found}": ${why}` }];
    }),
  );
}

/** Links to files of the project must lead somewhere; `exists` knows every file and folder. */
export function checkLinks({ path, text }: Page, exists: (path: string) => boolean): Finding[] {
  return [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)\s#]+)(#[^)\s]*)?\)/g)].flatMap((match) => {
    const target = posix.join(posix.dirname(path), decodeURI(match[1] ?? ""));
    if (exists(target)) return [];
    return [{ path, line: lineAt(text, match.index), rule: "links", message: `${match[1]} does not exist` }];
  });
}

/** Folders and files that a page names in backticks, such as `src/core`, must exist. */
export function checkNamedPaths({ path, text }: Page, exists: (path: string) => boolean): Finding[] {
  const named = /`((?:src|web|sim|bench|test|tools|docs|examples|\.ci)(?:\/[\w.-]+)*)\/?`/g;
  return [...text.matchAll(named)].flatMap((match) => {
    if (exists(match[1] ?? "")) return [];
    return [{ path, line: lineAt(text, match.index), rule: "named-paths", message: `${match[1]} does not exist` }];
  });
}
