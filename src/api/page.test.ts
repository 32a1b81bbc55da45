/** The live page's files, and nothing but them. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createFakeOperator } from "../../test/fakes/operator.ts";
import { createApi } from "./app.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "muster-page-"));
  await mkdir(join(folder, "web", "assets"), { recursive: true });
  await writeFile(join(folder, "secret.txt"), "secret");
  await writeFile(join(folder, "web", "index.html"), "<!doctype html>");
  await writeFile(join(folder, "web", "assets", "main-abc.js"), "1;");
  await symlink(join(folder, "secret.txt"), join(folder, "web", "link.txt"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function get(path: string, pageDir: string | null = join(folder, "web")): Promise<Response> {
  const api = createApi({ operator: createFakeOperator(), token: "t", version: "1", pageDir, log: silent });
  return api.request(path);
}

test("files come with their type, a strict policy, and are kept when they cannot change", async () => {
  const index = await get("/");
  expect(await index.text()).toBe("<!doctype html>");
  expect(index.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(index.headers.get("content-security-policy")).toContain("default-src 'none'; script-src 'self'");
  expect(index.headers.get("cache-control")).toBe("no-cache");
  const script = await get("/assets/main-abc.js");
  expect(script.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
  expect(script.headers.get("cache-control")).toContain("immutable");
});

test.each([
  "/../secret.txt",
  "/%2e%2e/secret.txt",
  "/..%2fsecret.txt",
  "/assets/..%2f..%2fsecret.txt",
  "/%2fetc/passwd",
  "/link.txt",
  "/assets",
  "/assets/",
  "/x%00.js",
  "/%",
  "/nothing.js",
])("nothing else is served: %s", async (path) => {
  const reply = await get(path);
  expect(reply.status).toBe(404);
  expect(await reply.text()).not.toBe("secret");
});

test("a page that is not built says how to build it", async () => {
  const reply = await get("/", null);
  expect(reply.status).toBe(200);
  expect(await reply.text()).toContain("npm run build");
});
