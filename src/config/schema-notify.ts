/**
 * The shape of `notify`: channels, who is told of what, when not, and what is sent by itself. As in `schema-publish.ts`
 * the entries of lists are judged one by one; the whole is for editors.
 */
import { z } from "zod";
import type { HistoryKind } from "../core/model.ts";
import { severities } from "../core/notify.ts";
import { withHint } from "./hint.ts";
import { channelsMax, entriesMax } from "./limits.ts";
import {
  parseHttpUrl,
  parseMailAddress,
  parseMailServer,
  parsePattern,
  parseTimeOfDay,
  parseTimeZone,
  parseWeekday,
} from "./notify-scalars.ts";
import { durationMs, integer, list, map, oneOf, oneOrMany, text, textOf, word } from "./schema-parts.ts";
import { secretMap } from "./schema-publish.ts";

const timeout = durationMs({ min: "100ms", max: "1m" })
  .optional()
  .describe("How long one attempt may take. Default 10s.");
const url = oneOf("a URL, {file: PATH} or {env: NAME}", [textOf(parseHttpUrl, "a URL"), secretMap("url")]);
const hiddenUrl = secretMap("url");
const address = textOf(parseMailAddress, "a mail address such as ops@example.org");

const mail = map("the settings of mail", {
  to: oneOrMany(address, { what: "a list of mail addresses", max: 64 }).describe("Who gets it."),
  from: address.describe("Who it is from."),
  server: textOf(parseMailServer, "the name of a mail server").optional().describe("Default localhost."),
  security: word(["tls", "starttls", "none"])
    .optional()
    .describe(
      "tls from the first octet, or starttls, which the server must offer. Default starttls; none on the loopback.",
    ),
  ca: text("a path", 1_024).optional().describe("PEM file of authorities that may vouch for it. Default the system's."),
  user: text("a user's name", 256).optional().describe("Login. Default none."),
  password: secretMap("password").optional().describe("Needed with user."),
  timeout,
});

const webhook = map("the settings of webhook", {
  url: url.describe("Where JSON is posted."),
  secret: secretMap("secret").optional().describe("Signs each request (HMAC-SHA256). Default not signed."),
  timeout,
});

const chat = map("the settings of a chat", {
  url: hiddenUrl.describe("The incoming webhook, which is a secret."),
  timeout,
});

const ntfy = map("the settings of ntfy", {
  url: url.describe("Server and topic, such as https://ntfy.sh/my-topic."),
  token: secretMap("token").optional().describe("Access token. Default none."),
  timeout,
});

const exec = map("the settings of exec", {
  command: list(text("a text", 1_024), { what: "a list of a program and its arguments", max: 64 }).describe(
    "Program and arguments; the message is JSON on its input.",
  ),
  timeout,
});

export const channelKinds = { mail, webhook, slack: chat, mattermost: chat, ntfy, exec } as const;
export type ChannelKind = keyof typeof channelKinds;

const channelWhole = map("a channel", {
  mail: mail.optional(),
  webhook: webhook.optional(),
  slack: chat.optional(),
  mattermost: chat.optional(),
  ntfy: ntfy.optional(),
  exec: exec.optional(),
});

/** The kind's own map is judged when its secrets were looked at. */
export const channelSchema = map("a channel", {
  mail: z.unknown().optional(),
  webhook: z.unknown().optional(),
  slack: z.unknown().optional(),
  mattermost: z.unknown().optional(),
  ntfy: z.unknown().optional(),
  exec: z.unknown().optional(),
});

const channelName = text("the name of a channel", 64);
const to = oneOrMany(channelName, { what: "a list of channels", max: channelsMax });
const pattern = textOf(parsePattern, "a pattern");
const patterns = oneOrMany(pattern, { what: "a list of patterns", max: entriesMax });
const severity = word(severities as readonly ["info", "warning", "critical"]);
const kinds: readonly HistoryKind[] = [
  "start",
  "stop",
  "reload",
  "suspicion",
  "cleared",
  "health",
  "answer",
  "override",
  "diagnosis",
  "trouble",
];

export const routeSchema = map("a route", {
  to: to.describe("Channels that are told."),
  severity: severity.optional().describe("This or worse. Default warning."),
  kinds: oneOrMany(word(kinds), { what: "a list of kinds", max: 16 })
    .optional()
    .describe("Kinds of events. Default all."),
  rules: patterns.optional().describe("Rules that decided, such as health/*. Default all."),
  subjects: patterns.optional().describe("Members, pools or zones. Default all."),
  digest: durationMs({ min: "1m", max: "7d" }).optional().describe("Collected for so long. Default told at once."),
});
export const routesText = { what: "a list of routes", max: entriesMax } as const;

const timeOfDay = textOf(parseTimeOfDay, "a time of day");
const weekday = textOf(parseWeekday, "a day such as mon");

export const quietSchema = map("quiet hours", {
  from: timeOfDay.describe("When they begin."),
  to: timeOfDay.describe("When they end; at or before from: on the next day."),
  days: oneOrMany(weekday, { what: "a list of days", max: 7 })
    .optional()
    .describe("Days on which they begin. Default all."),
});
export const quietText = { what: "a list of quiet hours", max: 32 } as const;

export const escalationSchema = map("an escalation", {
  after: durationMs({ min: "1s", max: "7d" }).describe("How long it may last."),
  to: to.describe("Channels that are told then."),
  severity: severity.optional().describe("This or worse. Default critical."),
});
export const escalationsText = { what: "a list of escalations", max: 16 } as const;

export const reportSchema = map("a report", {
  every: word(["daily", "weekly"]).describe("How often."),
  at: timeOfDay.optional().describe('When. Default "07:00".'),
  day: weekday.optional().describe("Of a weekly one. Default mon."),
  to: to.describe("Channels that get it."),
});
export const reportsText = { what: "a list of reports", max: 16 } as const;

export const heartbeatSchema = map("the settings of heartbeat", {
  url: url.describe("Asked for as long as muster can decide."),
  every: durationMs({ min: "5s", max: "24h" }).optional().describe("Default 1m."),
});

const shape = {
  group: durationMs({ min: "0s", max: "1h" })
    .optional()
    .describe("What happens within so long goes into one message. Default 10s."),
  repeats: integer(1, 1_000)
    .optional()
    .describe("How often one thing is told to one channel within an hour. Default 4."),
  "time-zone": textOf(parseTimeZone, "a time zone").optional().describe("Of texts, quiet hours, reports. Default UTC."),
};

export const notifySchema = map("the settings of notify", {
  channels: z.unknown().optional(),
  routes: z.unknown().optional(),
  ...shape,
  "quiet-hours": z.unknown().optional(),
  escalate: z.unknown().optional(),
  reports: z.unknown().optional(),
  heartbeat: z.unknown().optional(),
});

const channelsHint = withHint({ expected: "a map of channels by name" });

export const wholeNotifySchema = map("the settings of notify", {
  channels: z.record(z.string(), channelWhole, channelsHint).optional().describe("Ways to people, by name."),
  routes: oneOrMany(routeSchema, routesText).optional().describe("Who is told of what. Default all warnings to all."),
  ...shape,
  "quiet-hours": oneOrMany(quietSchema, quietText).optional().describe("When only what is critical is told."),
  escalate: oneOrMany(escalationSchema, escalationsText).optional().describe("Who is told of what lasts."),
  reports: oneOrMany(reportSchema, reportsText).optional().describe("Who was out, how long, why."),
  heartbeat: heartbeatSchema.optional().describe("A URL that is asked for while muster works."),
});
