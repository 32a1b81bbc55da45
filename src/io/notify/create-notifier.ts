/** The adapter of each kind of channel. */
import type { ChannelConfig } from "../../core/notify.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Notifier } from "../../ports/notifier.ts";
import { createExecNotifier } from "./exec-channel.ts";
import { createHttpNotifier } from "./http-channel.ts";
import { createMailNotifier } from "./mail-channel.ts";

export interface NotifierParts {
  readonly clock: Clock;
  readonly timeZone: string;
}

export function createNotifier(channel: ChannelConfig, parts: NotifierParts): Notifier {
  switch (channel.kind) {
    case "mail":
      return createMailNotifier(channel, parts);
    case "exec":
      return createExecNotifier(channel);
    case "webhook":
    case "slack":
    case "mattermost":
    case "ntfy":
      return createHttpNotifier(channel, parts);
  }
}
