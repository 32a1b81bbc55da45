/** The adapter of each kind of channel. */
import type { ChannelConfig } from "../../core/notify.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Delivery, Notifier } from "../../ports/notifier.ts";
import { createExecNotifier } from "./exec-channel.ts";
import { faultText } from "./faults.ts";
import { createHttpNotifier } from "./http-channel.ts";

export interface NotifierParts {
  readonly clock: Clock;
  readonly timeZone: string;
}

export function createNotifier(channel: ChannelConfig, parts: NotifierParts): Notifier {
  const notifier = createKind(channel, parts);
  return { deliver: (message, signal) => notifier.deliver(message, signal).catch(failed) };
}

/** A library that cannot be loaded, a process without a descriptor left: no message is worth the end of muster. */
function failed(thrown: unknown): Delivery {
  return { kind: "failed", reason: faultText(thrown), afterMs: null, left: null };
}

function createKind(channel: ChannelConfig, parts: NotifierParts): Notifier {
  switch (channel.kind) {
    case "mail":
      return createLoadedNotifier(
        import("./mail-channel.ts").then(({ createMailNotifier }) => createMailNotifier(channel, parts)),
      );
    case "exec":
      return createExecNotifier(channel);
    case "webhook":
    case "slack":
    case "mattermost":
    case "ntfy":
      return createHttpNotifier(channel, parts);
  }
}

/** A channel whose libraries take some MiB: they are loaded where it is configured, and only there. */
function createLoadedNotifier(loading: Promise<Notifier>): Notifier {
  return { deliver: async (message, signal) => (await loading).deliver(message, signal) };
}
