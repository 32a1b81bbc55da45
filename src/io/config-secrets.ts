/**
 * Secrets of a configuration on their way between threads. In a `Config` they are hidden properties, so that neither
 * JSON nor a log shows them, and a message would lose them.
 */
import type { Config } from "../core/model.ts";

export interface ConfigSecrets {
  readonly token: string | null;
  /** By the name of the key. */
  readonly keys: ReadonlyMap<string, string>;
}

export function secretsOf({ api, keys }: Config): ConfigSecrets {
  return { token: api.token, keys: new Map(keys.map(({ name, secret }) => [name, secret])) };
}

/** The configuration as it was before the message. */
export function withSecrets(config: Config, { keys, token }: ConfigSecrets): Config {
  const api = Object.defineProperty({ ...config.api, token }, "token", { enumerable: false });
  const whole = config.keys.map((key) => {
    return Object.defineProperty({ ...key, secret: keys.get(key.name) ?? "" }, "secret", { enumerable: false });
  });
  return { ...config, api, keys: whole };
}
