/** What a state machine on another machine starts with: all that it looks at comes from the controller. */
import { loadConfig } from "../../config/load.ts";
import type { Config } from "../../core/model.ts";

/** A configuration with nothing in it. */
export function bareConfig(): Config {
  const loaded = loadConfig("zones: {watch.invalid: {nameservers: [ns.watch.invalid]}}", {
    file: "watch",
    readSecretFile: () => ({ ok: false, error: "nothing is read" }),
    isReadableByAll: () => false,
    env: () => undefined,
    servicePort: () => null,
    serviceNames: () => [],
  });
  if (!loaded.ok) throw new Error("the bare configuration of a watcher is wrong");
  return loaded.value.config;
}

export function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;
}
