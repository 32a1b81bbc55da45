import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { assert } from "../base/assert.ts";
import { isConfigUnchanged, readConfigFile } from "./config-file.ts";
import { parseServices, readServices } from "./services.ts";

const folder = mkdtempSync(join(tmpdir(), "muster-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test("bytes that are not UTF-8 are placed", async () => {
  const read = await readConfigFile(
    write("latin1.yaml", Uint8Array.from(Buffer.from("zones:\n  a\xe9: {}\n", "latin1"))),
  );
  expect(read.ok ? null : read.error.problems).toMatchObject([
    { line: 2, column: 4, found: "bytes that are not UTF-8" },
  ]);
});

test("a byte order mark is no mistake", async () => {
  const read = await readConfigFile(write("bom.yaml", "\ufeffzones: { example.org: { file: x.zone } }\n"));
  expect(read.ok && read.value.config.zones[0]?.file).toBe(join(folder, "x.zone"));
});

test("a secret from a file beside the configuration", async () => {
  write("api-token", "0123456789abcdef-token\n");
  const path = write("secret.yaml", "zones: { example.org: { file: x } }\napi: { token: { file: api-token } }\n");
  const read = await readConfigFile(path);
  expect(read.ok && read.value.config.api.token).toBe("0123456789abcdef-token");
});

test("it is unchanged until somebody touches it, or a file that holds a secret of it", async () => {
  const secret = write("token", "0123456789abcdef-token\n");
  const path = write("touched.yaml", "zones: { example.org: { file: x } }\napi: { token: { file: token } }\n");
  const read = await readConfigFile(path);
  assert(read.ok, "it has no mistake");
  expect(await isConfigUnchanged(path, read.value)).toBe(true);
  write("token", "0123456789abcdef-other\n");
  expect(await isConfigUnchanged(path, read.value)).toBe(false);
  const again = await readConfigFile(path);
  assert(again.ok, "it has no mistake");
  expect(await isConfigUnchanged(path, again.value)).toBe(true);
  rmSync(secret);
  expect(await isConfigUnchanged(path, again.value)).toBe(false);
  expect(await isConfigUnchanged(path, { ...again.value, secretFiles: new Map() })).toBe(true);
  write("touched.yaml", "zones: { example.org: { file: y } }\n");
  expect(await isConfigUnchanged(path, { ...again.value, secretFiles: new Map() })).toBe(false);
});

test("whether it is unchanged is no when the file system does not say so in time", async () => {
  const path = write("hung.yaml", "zones: { example.org: { file: x } }\n");
  const read = await readConfigFile(path);
  assert(read.ok, "it has no mistake");
  rmSync(path);
  execFileSync("mkfifo", [path]);
  expect(await isConfigUnchanged(path, read.value)).toBe(false);
  // Somebody opens it after all, so that the thread that waits for that is free.
  writeFileSync(path, "");
});

test("services from a file, with aliases, over the usual names", () => {
  const path = write("services", "# names\nwww\t8080/tcp http web # the web\nodd 99/udp\nbroken\n");
  const services = readServices(path);
  expect(["http", "web", "www", "odd", "smtp"].map((name) => services.port(name, "tcp"))).toEqual([
    8080,
    8080,
    8080,
    null,
    25,
  ]);
  expect(services.port("odd", "udp")).toBe(99);
  expect([...parseServices("a 1/tcp\na 2/tcp\n")]).toEqual([["a/tcp", 1]]);
});

test("without the file, the usual names", () => {
  expect(readServices(join(folder, "missing")).port("postgresql", "tcp")).toBe(5432);
});
