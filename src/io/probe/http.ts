/**
 * The `http` probe: one request, and what the answer must be. The connection always goes to the member's address,
 * whatever Host, SNI or a redirect say. Redirects are followed only when asked for, and only to the same host.
 */
import type { HttpProbe, TlsConfig } from "../../core/model.ts";
import { Conversation } from "./conversation.ts";
import { down } from "./dialogue.ts";
import type { Head } from "./http-head.ts";
import { HttpReply, type JudgeBody, makeJudgeBody } from "./http-reply.ts";
import { makeRequest } from "./http-request.ts";
import type { ProbeKind } from "./kind.ts";
import type { Judgement, Script } from "./script.ts";

export const httpKind: ProbeKind<HttpProbe> = {
  open: (target, probe, surroundings) => new Conversation(target, makeHttpScript(probe), surroundings),
};

interface Course {
  /** How many redirects led here. */
  readonly followed: number;
  readonly judgeBody: JudgeBody | null;
}

export function makeHttpScript(
  probe: HttpProbe,
  course: Course = { followed: 0, judgeBody: makeJudgeBody(probe.body) },
): Script {
  const redirect = (head: Head): Judgement | null => followRedirect(probe, course, head);
  const expectation = { probe, judgeBody: course.judgeBody, redirect };
  return {
    port: probe.port,
    tls: probe.tls,
    request: makeRequest(probe, "keep-alive"),
    lastRequest: makeRequest(probe, "close"),
    opened: () => new HttpReply(expectation),
  };
}

function followRedirect(probe: HttpProbe, { followed, judgeBody }: Course, head: Head): Judgement | null {
  if (![301, 302, 303, 307, 308].includes(head.status) || head.location === null) return null;
  if (probe.redirectsMax === 0) return null;
  if (followed === probe.redirectsMax) return down(`more than ${probe.redirectsMax} redirects`);
  const next = resolveRedirect(probe, head.location);
  if (typeof next === "string") return down(next);
  return { kind: "next", script: makeHttpScript(next, { followed: followed + 1, judgeBody }) };
}

/** The probe that a Location leads to, or why it is not followed. */
export function resolveRedirect(probe: HttpProbe, location: string): HttpProbe | string {
  const base = `${probe.tls === null ? "http" : "https"}://${hostName(probe.host)}:${probe.port}${probe.path}`;
  const url = URL.canParse(location, base) ? new URL(location, base) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) return "redirect to something that is not a web address";
  const known = new URL(base).hostname;
  if (url.hostname !== known) return `redirect to another host, ${url.hostname.slice(0, 100)}`;
  const secure = url.protocol === "https:";
  const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
  return { ...probe, port, tls: secure ? tlsOf(probe, known) : null, path: `${url.pathname}${url.search}` };
}

function tlsOf(probe: HttpProbe, host: string): TlsConfig {
  return probe.tls ?? { serverName: host.replace(/^\[|\]$/g, ""), verify: true };
}

/** A Host field without its port; an IPv6 address keeps its brackets. */
function hostName(host: string): string {
  return host.includes("]") || host.indexOf(":") === host.lastIndexOf(":") ? host.replace(/:\d*$/, "") : `[${host}]`;
}
