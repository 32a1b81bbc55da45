/** What a new configuration changes in who is told of what. Secrets are only ever "changed". */
import type { ChannelConfig, NotifyConfig } from "../core/notify.ts";

export function describeNotify(old: NotifyConfig | null, next: NotifyConfig | null): string[] {
  const before = new Map(old?.channels.map((channel) => [channel.name, channel]));
  const after = new Map(next?.channels.map((channel) => [channel.name, channel]));
  const removed = [...before.keys()].filter((name) => !after.has(name)).map((name) => `notify: ${name} removed`);
  const others = [...after].flatMap(([name, channel]) => {
    const known = before.get(name);
    if (known === undefined) return [`notify: ${name} added`];
    return textOf(known) === textOf(channel) ? [] : [`notify: ${name} changed`];
  });
  const rest = restOf(old) === restOf(next) ? [] : ["notify: who is told of what changed"];
  return [...removed, ...others, ...rest];
}

function textOf(channel: ChannelConfig): string {
  return JSON.stringify([channel, channel.secrets]);
}

function restOf(config: NotifyConfig | null): string {
  return config === null ? "" : JSON.stringify([{ ...config, channels: [] }, config.heartbeat?.secrets]);
}
