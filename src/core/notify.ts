/**
 * Words of notifications: who is told of what, where and when, and the messages that go there. An event of the history
 * becomes a line; lines that come together become one message; a message goes to one channel. What has an end is an
 * incident: it is opened by one event and closed by another, whose line says what it resolves.
 */
import type { Wall } from "../base/time.ts";
import type { HistoryKind, ToldDiagnosis } from "./model.ts";

/** `critical`: nobody answers as wanted, or muster cannot work. `warning`: something is broken. `info`: the story. */
export type Severity = "info" | "warning" | "critical";

export const severities: readonly Severity[] = ["info", "warning", "critical"];

export interface NotifyConfig {
  readonly channels: readonly ChannelConfig[];
  readonly routes: readonly RouteConfig[];
  /** What happens within so long after the first goes into one message. */
  readonly groupMs: number;
  /** How often one thing is told to one channel within an hour. */
  readonly repeatsMax: number;
  /** IANA name; texts, quiet hours and reports follow it. */
  readonly timeZone: string;
  readonly quietHours: readonly QuietHours[];
  readonly escalate: readonly EscalationConfig[];
  readonly reports: readonly ReportConfig[];
  readonly heartbeat: HeartbeatConfig | null;
}

/** Hidden in a `Config`, as all secrets are: neither JSON nor a log shows them. */
export interface ChannelSecrets {
  /** Where it is sent, since such URLs are secrets themselves; null: a mail, or a program. */
  readonly url: string | null;
  /** Password, token, or what webhooks are signed with; null: none. */
  readonly key: string | null;
}

export type ChannelConfig = MailChannel | HttpChannel | ExecChannel;

interface ChannelBase {
  readonly name: string;
  readonly timeoutMs: number;
  readonly secrets: ChannelSecrets;
}

export interface MailChannel extends ChannelBase {
  readonly kind: "mail";
  readonly to: readonly string[];
  readonly from: string;
  readonly host: string;
  readonly port: number;
  /** `tls`: from the first octet. `starttls`: the server must offer it. `none`: in clear. */
  readonly security: "tls" | "starttls" | "none";
  /** PEM file of the authorities that may vouch for the server; null: those of the system. */
  readonly ca: string | null;
  /** Null: without login. */
  readonly user: string | null;
}

export interface HttpChannel extends ChannelBase {
  readonly kind: "webhook" | "slack" | "mattermost" | "ntfy";
  /** Scheme and host, for people. */
  readonly place: string;
}

export interface ExecChannel extends ChannelBase {
  readonly kind: "exec";
  /** Program and arguments. */
  readonly command: readonly string[];
}

/** Every part must fit; an empty list fits all. */
export interface RouteConfig {
  /** Names of channels. */
  readonly to: readonly string[];
  /** This or worse. */
  readonly severity: Severity;
  readonly kinds: readonly HistoryKind[];
  /** Patterns with `*`, such as `health/*`. */
  readonly rules: readonly string[];
  /** Patterns for the subject, or the member's, pool's or zone's name. */
  readonly subjects: readonly string[];
  /** Collected for so long; critical lines do not wait. Null: told at once. */
  readonly digestMs: number | null;
}

export interface QuietHours {
  /** Minutes after midnight. An end at or before the beginning is on the next day. */
  readonly fromMinute: number;
  readonly toMinute: number;
  /** Days on which it begins, 0 (Sunday) to 6; empty: every day. */
  readonly days: readonly number[];
}

export interface EscalationConfig {
  /** An incident that is neither over nor acknowledged after so long ... */
  readonly afterMs: number;
  /** ... and at least so bad ... */
  readonly severity: Severity;
  /** ... is told here too. */
  readonly to: readonly string[];
}

export interface ReportConfig {
  readonly every: "daily" | "weekly";
  /** Minutes after midnight. */
  readonly atMinute: number;
  /** Of a weekly one: 0 (Sunday) to 6. */
  readonly day: number;
  readonly to: readonly string[];
}

export interface HeartbeatConfig {
  readonly everyMs: number;
  /** Scheme and host, for people. */
  readonly place: string;
  readonly secrets: ChannelSecrets;
}

/** `problem`: it began. `still`: it goes on. `resolved`: it is over. `news`: it has no end. */
export type LineState = "problem" | "still" | "resolved" | "news";

/** One event, as it is told. */
export interface Line {
  /** Id of the event in the history; 0: not from there. */
  readonly event: number;
  readonly at: Wall;
  readonly state: LineState;
  readonly severity: Severity;
  readonly rule: string;
  readonly subject: string;
  /** What it is about, the same from beginning to end. */
  readonly key: string;
  /** The most important words first, without line breaks. */
  readonly text: string;
  /** Of what is down, or what several have in common. */
  readonly diagnosis?: ToldDiagnosis;
}

/** What goes to one channel at once. */
export interface Message {
  /** Never reused. */
  readonly id: string;
  readonly channel: string;
  readonly createdAt: Wall;
  readonly severity: Severity;
  readonly lines: readonly Line[];
  /** Lines that did not fit. */
  readonly omitted: number;
  /** Messages to this channel that were dropped before it, because the queue was full. */
  readonly dropped: number;
  /** Ids of messages that told of what this one resolves or repeats. */
  readonly references: readonly string[];
  /** Of a report: its text; null: made from the lines. */
  readonly details: string | null;
  /** Recipients that still lack it; null: all. */
  readonly left: readonly string[] | null;
}

export function isAtLeast(severity: Severity, least: Severity): boolean {
  return severities.indexOf(severity) >= severities.indexOf(least);
}

export function worst(lines: readonly Pick<Line, "severity">[]): Severity {
  return lines.reduce<Severity>((so, { severity }) => (isAtLeast(severity, so) ? severity : so), "info");
}
