/** A small world for tests of the loader: two secrets, one variable, four services. */
import { fail, ok } from "../../src/base/result.ts";
import type { ConfigSources } from "../../src/config/load.ts";

const services: Readonly<Record<string, number>> = { http: 80, https: 443, postgresql: 5432, smtp: 25 };
const files: Readonly<Record<string, string>> = { token: "0123456789abcdef-token\n", short: "hunter2\n" };

export const fakeSources: ConfigSources = {
  file: "muster.yaml",
  readSecretFile: (path) => {
    const text = files[path];
    return text === undefined ? fail("there is no such file") : ok(text);
  },
  env: (name) => (name === "MUSTER_TOKEN" ? "0123456789abcdef-token" : undefined),
  servicePort: (name) => services[name] ?? null,
  serviceNames: () => Object.keys(services),
};
