/**
 * What every builder shares: the findings, the way to the world outside the text, and short words for reporting.
 * The loader itself reads no file, no environment and no service table; whoever calls it says how.
 */
import type { Result } from "../base/result.ts";
import type { Finding, Findings } from "./findings.ts";
import type { Path } from "./problem.ts";

export interface ConfigSources {
  /** The file's name as it is shown in problems; relative paths in it start from its folder. */
  readonly file: string;
  /** That folder, when it is not what `file` says (a caller that knows the absolute path). */
  readonly folder?: string;
  /** The text of a file that holds a secret, or why it cannot be read. */
  readSecretFile(path: string): Result<string, string>;
  /** Whether every user of the machine may read that file. */
  isReadableByAll(path: string): boolean;
  env(name: string): string | undefined;
  /** Null: no such service. */
  servicePort(name: string, protocol: "tcp" | "udp"): number | null;
  /** Known service names, for suggestions. */
  serviceNames(): Iterable<string>;
}

export interface Build {
  readonly findings: Findings;
  readonly sources: ConfigSources;
}

type Report = Omit<Finding, "path" | "at"> & { readonly at?: "key" | "value" };

export function problem(build: Build, path: Path, report: Report): void {
  build.findings.problems.push({ path, at: "value", ...report });
}

export function warning(build: Build, path: Path, report: Report): void {
  build.findings.warnings.push({ path, at: "value", ...report });
}

/** Whether something there was reported already, so that what follows from it need not be. */
export function hasProblemBelow(build: Build, path: Path): boolean {
  return build.findings.problems.some((finding) => path.every((part, index) => finding.path[index] === part));
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A path of the file, from the folder that the file lies in. */
export function resolvePath({ sources }: Build, path: string): string {
  const { file, folder = file.includes("/") ? file.slice(0, file.lastIndexOf("/")) : "" } = sources;
  if (path.startsWith("/") || folder === "") return path;
  return normalizePath(`${folder}/${path}`);
}

/** Takes `.` and `x/..` out, as `path.posix.normalize` does. */
function normalizePath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") {
      const last = parts.at(-1);
      if (last !== undefined && last !== "..") parts.pop();
      else if (!path.startsWith("/")) parts.push(part);
    } else if (part !== "." && part !== "") parts.push(part);
  }
  return (path.startsWith("/") ? "/" : "") + parts.join("/");
}
