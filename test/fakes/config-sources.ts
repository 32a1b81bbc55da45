/** A small world for tests of the loader: a few secrets, two variables, four services. */
import { fail, ok } from "../../src/base/result.ts";
import type { ConfigSources } from "../../src/config/load.ts";

const services: Readonly<Record<string, number>> = { http: 80, https: 443, postgresql: 5432, smtp: 25 };
/** Sixteen octets in base64. */
const secret = "bXVzdGVyLXNlY3JldC0xNg==";
const files: Readonly<Record<string, string>> = {
  token: "0123456789abcdef-token\n",
  short: "hunter2\n",
  key: `${secret}\n`,
  "open-key": `${secret}\n`,
  "other-key": "YW5vdGhlci1zZWNyZXQtMTY=\n",
  "long-key": `${"A".repeat(64)}\n${"A".repeat(22)}==\n`,
  "short-key": "c2hvcnQ=\n",
  "bind-key": `key "xfr" { algorithm hmac-sha256; secret "${secret}"; };\n`,
};
const variables: Readonly<Record<string, string>> = { MUSTER_TOKEN: "0123456789abcdef-token", MUSTER_KEY: secret };

export const fakeSources: ConfigSources = {
  file: "muster.yaml",
  readSecretFile: (path) => {
    const text = files[path];
    return text === undefined ? fail("there is no such file") : ok(text);
  },
  isReadableByAll: (path) => path === "open-key",
  env: (name) => variables[name],
  servicePort: (name) => services[name] ?? null,
  serviceNames: () => Object.keys(services),
};
