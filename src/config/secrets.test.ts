/** A secret is used and never shown: not in the configuration as data, not in problems, not in printed lines. */
import { expect, test } from "vitest";
import { fakeSources } from "../../test/fakes/config-sources.ts";
import { loadConfig } from "./load.ts";
import { formatProblems } from "./problem.ts";

const zones = "zones: { example.org: { file: example.zone } }";

function loadApi(api: string) {
  return loadConfig(`${zones}\napi: ${api}\n`, fakeSources);
}

test.each(["{ listen: 0.0.0.0:8053, token: { env: MUSTER_TOKEN } }", "{ token: { file: token } }"])("%s", (api) => {
  const loaded = loadApi(api);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error.problems));
  const { config } = loaded.value;
  expect(config.api.token).toBe("0123456789abcdef-token");
  expect(JSON.stringify(config)).not.toContain("0123456789abcdef");
  expect(Object.keys(config.api)).toEqual(["listen"]);
});

test.each([
  "{ token: hunter2-hunter2-hunter2 }",
  "{ listen: nowhere, token: hunter2-hunter2-hunter2 }",
  "{ token: [hunter2-hunter2-hunter2], x: 1 }",
  "{ token: { value: hunter2-hunter2-hunter2 } }",
  "{ token: { file: short } }",
  "\n  token: |\n    hunter2-hunter2-hunter2",
  '\n  token: "hunter2-hunter2-hunter2\n  listen: x',
  "\n  token:\n    value: hunter2-hunter2-hunter2\n    valeu: hunter2-hunter2-hunter2",
])("nothing that is printed holds the secret: %j", (api) => {
  const loaded = loadApi(api);
  expect(loaded.ok).toBe(false);
  const problems = loaded.ok ? [] : loaded.error.problems;
  expect(JSON.stringify(problems)).not.toContain("hunter2");
  expect(formatProblems(problems, `${zones}\napi: ${api}\n`)).not.toContain("hunter2");
});

test.each([
  "{ xfr.Example.: { secret: { file: key } } }",
  "{ xfr.example: { algorithm: hmac-sha512, secret: { env: MUSTER_KEY } } }",
])("a key: %s", (keys) => {
  const loaded = loadConfig(`${zones}\nkeys: ${keys}\n`, fakeSources);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error.problems));
  const [key] = loaded.value.config.keys;
  expect(key?.name).toBe("xfr.example");
  expect(key?.secret).toBe("bXVzdGVyLXNlY3JldC0xNg==");
  expect(JSON.stringify(loaded.value)).not.toContain("bXVzdGVy");
  expect(loaded.value.warnings).toEqual([]);
});

const secret = "bXVzdGVyLXNlY3JldC0xNg==";

test.each([
  `keys: { xfr: ${secret} }`,
  `keys: { xfr: { secret: ${secret} } }`,
  `keys: { xfr: { secret: [${secret}] } }`,
  `keys: { xfr: { secrt: ${secret} } }`,
  `keys: { xfr: { secret: { value: ${secret} } } }`,
  `keys: { xfr: { secret: { file: bind-key } } }`,
  `keys: { xfr: { algorithm: ${secret}, secret: { file: key } } }`,
  `keys: { xfr: { secret: { env: "${secret}" } } }`,
  `keys:\n  xfr:\n    secret: >\n      ${secret}`,
  `keys: [${secret}]`,
  `catalog: { zone: c.example, to: [{ address: 192.0.2.1, key: "${secret}" }] }`,
])("nothing that is printed holds a key's secret: %j", (part) => {
  const text = `${zones}\n${part}\n`;
  const loaded = loadConfig(text, fakeSources);
  expect(loaded.ok).toBe(false);
  const problems = loaded.ok ? [] : loaded.error.problems;
  expect(JSON.stringify(problems)).not.toContain("bXVzdGVy");
  expect(formatProblems(problems, text)).not.toContain("bXVzdGVy");
});
