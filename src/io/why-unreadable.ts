const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "permission denied",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is not a folder",
  ELOOP: "too many symbolic links",
};

/** Why a file cannot be read, in words. */
export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  if (code !== "") return reasons[code] ?? code;
  return error instanceof Error ? error.message : String(error);
}
