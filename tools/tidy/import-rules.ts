/** Imports that go up the house, and circles of them. */
import { roomOf } from "./rooms.ts";
import { type Finding, type Import, lineAt, type Source } from "./source.ts";

export function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || path.startsWith("test/");
}

export function checkDirections(source: Source): Finding[] {
  if (isTest(source.path)) return [];
  return source.imports.flatMap((imported) => {
    const message = refuseImport(source, imported);
    if (message === null) return [];
    return [{ path: source.path, line: lineAt(source.text, imported.start), rule: "direction", message }];
  });
}

function refuseImport(source: Source, imported: Import): string | null {
  const room = roomOf(source.path);
  if (room === null) return null;
  if (imported.path === null) {
    if (!room.pure || !imported.specifier.startsWith("node:")) return null;
    return `${room.path} is pure: ${imported.specifier} belongs in src/io`;
  }
  if (isTest(imported.path)) return room.path === "bench" || room.path === "tools" ? null : "a test is imported";
  const target = roomOf(imported.path);
  if (target === null || target === room || room.imports === "everything") return null;
  if (room.imports.includes(target.path)) return null;
  if (imported.typeOnly && room.types?.includes(target.path)) return null;
  return `${room.path} may not import ${target.path} (${imported.path})`;
}

/** Every circle once, told at its first file. Imports of types vanish at run time and make no circle. */
export function checkCycles(sources: readonly Source[]): Finding[] {
  const graph = new Map(
    sources.map(({ path, imports }) => [
      path,
      imports.flatMap((imported) => (imported.typeOnly || imported.path === null ? [] : [imported.path])),
    ]),
  );
  const finished = new Set<string>();
  const findings: Finding[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      const circle = [...trail.slice(at), path].join(" -> ");
      findings.push({ path, line: 1, rule: "cycle", message: `files import each other: ${circle}` });
      return;
    }
    if (finished.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    finished.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return findings;
}
