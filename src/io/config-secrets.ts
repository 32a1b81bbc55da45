/**
 * Secrets of a configuration on their way between threads. In a `Config` they are hidden properties, so that neither
 * JSON nor a log shows them, and a message would lose them.
 */
import { withChannelSecrets } from "../config/build-channel-secrets.ts";
import type { Config } from "../core/model.ts";
import type { ChannelSecrets, NotifyConfig } from "../core/notify.ts";

export interface ConfigSecrets {
  readonly token: string | null;
  /** By the name of the key. */
  readonly keys: ReadonlyMap<string, string>;
  /** In the order of the channels. */
  readonly channels: readonly ChannelSecrets[];
  readonly heartbeat: ChannelSecrets | null;
}

export function secretsOf({ api, keys, notify }: Config): ConfigSecrets {
  return {
    token: api.token,
    keys: new Map(keys.map(({ name, secret }) => [name, secret])),
    channels: notify?.channels.map(({ secrets }) => secrets) ?? [],
    heartbeat: notify?.heartbeat?.secrets ?? null,
  };
}

/** The configuration as it was before the message. */
export function withSecrets(config: Config, { keys, token, ...ofNotify }: ConfigSecrets): Config {
  const api = Object.defineProperty({ ...config.api, token }, "token", { enumerable: false });
  const whole = config.keys.map((key) => {
    return Object.defineProperty({ ...key, secret: keys.get(key.name) ?? "" }, "secret", { enumerable: false });
  });
  return { ...config, api, keys: whole, notify: withNotifySecrets(config.notify, ofNotify) };
}

function withNotifySecrets(
  notify: NotifyConfig | null,
  secrets: Pick<ConfigSecrets, "channels" | "heartbeat">,
): NotifyConfig | null {
  if (notify === null) return null;
  const none = { url: null, key: null };
  const channels = notify.channels.map((channel, at) => withChannelSecrets(channel, secrets.channels[at] ?? none));
  const heartbeat = notify.heartbeat === null ? null : withChannelSecrets(notify.heartbeat, secrets.heartbeat ?? none);
  return { ...notify, channels, heartbeat };
}
