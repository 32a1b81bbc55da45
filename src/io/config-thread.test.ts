import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readConfigFile } from "./config-file.ts";
import { readConfigInThread } from "./config-thread.ts";

let folder: string;
const token = "0123456789abcdef-token";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "muster-config-"));
  writeFileSync(join(folder, "token"), token);
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(text: string): string {
  const file = join(folder, "muster.yaml");
  writeFileSync(file, text);
  return file;
}

const good = `
zones: { example.org: { nameservers: [ns1.example.net] } }
pools: { www.example.org: { check: { http: / }, members: [192.0.2.1] } }
`;

test("a thread reads what the file says, frozen", async () => {
  const file = write(good);
  const threaded = await readConfigInThread(file);
  expect(threaded).toEqual(await readConfigFile(file));
  expect(threaded.ok && Object.isFrozen(threaded.value.config.pools[0]?.members[0])).toBe(true);
});

test("a key's secret survives the way from the thread, and stays hidden", async () => {
  const secret = "bXVzdGVyLXNlY3JldC0xNg==";
  writeFileSync(join(folder, "key"), `${secret}\n`, { mode: 0o644 });
  const read = await readConfigInThread(write(`${good}keys: { xfr: { secret: { file: key } } }\n`));
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  const { config, warnings } = read.value;
  expect(config.keys.map((key) => [key.name, key.algorithm, key.secret])).toEqual([["xfr", "hmac-sha256", secret]]);
  expect(JSON.stringify(read)).not.toContain(secret);
  expect(warnings.map(({ sentence }) => sentence)).toContain(
    `the secret's file "key" can be read by every user of this machine`,
  );
});

test("a token survives the way from the thread, and stays hidden", async () => {
  const read = await readConfigInThread(write(`${good}api: { listen: 0.0.0.0:8053, token: { file: token } }\n`));
  expect(read.ok && read.value.config.api.token).toBe(token);
  expect(JSON.stringify(read)).not.toContain(token);
});

test("mistakes come with their lines, as from the file itself", async () => {
  const file = write("zones: { example.org: { nameserver: [a] } }\n");
  const threaded = await readConfigInThread(file);
  expect(threaded.ok).toBe(false);
  expect(threaded).toEqual(await readConfigFile(file));
});
