/** The file beside this one that a thread starts with: TypeScript as it is, or what it was compiled to. */
export function threadFile(name: string): URL {
  return new URL(`./${name}${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);
}
