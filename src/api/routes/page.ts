/**
 * The live page under `/`: the built files of one folder, and nothing outside of it. Scripts and styles come from
 * here only (CSP), so a member's answer that is shown on the page can never run in it. File names with a hash in
 * them never change, so browsers may keep those.
 */
import { readFile, realpath } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import type { Context } from "hono";
import type { Api, ApiParts } from "../context.ts";
import type { ApiEnv } from "../guard.ts";

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};

export const PAGE_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const notBuilt =
  "The live page is not built. Run `npm run build` and start muster again.\n" +
  "The API is here: GET /api/v1/status, and GET /openapi.json lists the rest.\n";

export function addPageRoutes(api: Api, { pageDir }: ApiParts): void {
  api.get("/*", async (c, next) => {
    const path = c.req.path === "/" ? "/index.html" : c.req.path;
    const file = pageDir === null ? null : await readPageFile(pageDir, path);
    if (file !== null) return sendFile(c, path, file);
    return c.req.path === "/" ? c.text(notBuilt) : next();
  });
}

function sendFile(c: Context<ApiEnv>, path: string, file: Uint8Array<ArrayBuffer>): Response {
  const hashed = path.startsWith("/assets/");
  return c.body(file, 200, {
    "Content-Type": contentTypes[extname(path)] ?? "application/octet-stream",
    "Cache-Control": hashed ? "public, max-age=31536000, immutable" : "no-cache",
    "Content-Security-Policy": PAGE_CSP,
    "X-Frame-Options": "DENY",
  });
}

/** Null: no such file in the folder. Links are followed first, so one that leads out of it is no such file either. */
async function readPageFile(pageDir: string, path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    const root = await realpath(pageDir);
    const file = await realpath(join(root, decodeURIComponent(path)));
    return file.startsWith(root + sep) ? new Uint8Array(await readFile(file)) : null;
  } catch {
    // Missing, a folder, or a path that is not a path (bad escapes, a zero octet).
    return null;
  }
}
