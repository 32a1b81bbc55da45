/** The small texts of notifications: times of day, days, time zones, URLs, mail servers and addresses, patterns. */
import { ok, type Result } from "../base/result.ts";
import { localTime, weekdays } from "../core/local-time.ts";
import { wall } from "../base/time.ts";
import { parseAddress } from "./address.ts";
import { type Hint, refuse } from "./hint.ts";
import { chooseWord, parseName } from "./scalars.ts";

/** Minutes after midnight; `24:00` is the end of the day. */
export function parseTimeOfDay(text: string): Result<number, Hint> {
  const expected = 'a time of day such as "07:30"';
  const match = /^(\d{1,2}):(\d\d)$/.exec(text);
  if (match === null) return refuse({ expected });
  const minutes = Number(match[1]) * 60 + Number(match[2]);
  if (Number(match[2]) > 59 || minutes > 1_440) return refuse({ expected, complaint: "is no time of day" });
  return ok(minutes);
}

/** 0 is Sunday. */
export function parseWeekday(text: string): Result<number, Hint> {
  const day = chooseWord(text.toLowerCase().slice(0, 3), weekdays);
  return day.ok && /^[a-z]+$/i.test(text)
    ? ok(weekdays.indexOf(day.value))
    : refuse({ expected: "mon, tue, wed, thu, fri, sat or sun" });
}

export function parseTimeZone(text: string): Result<string, Hint> {
  const expected = "a time zone such as Europe/Berlin or UTC";
  try {
    localTime(wall(0), text);
    return ok(text);
  } catch {
    return refuse({ expected, complaint: "is no time zone that this machine knows" });
  }
}

/** Where something is sent by HTTP. */
export function parseHttpUrl(text: string): Result<string, Hint> {
  const expected = "a URL such as https://hooks.example.org/muster";
  const url = /\s/.test(text) ? null : URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return refuse({ expected });
  if (url.username !== "" || url.password !== "")
    return refuse({
      expected,
      complaint: "has a name or password in it; put the whole URL into a file: url: {file: PATH}",
    });
  return ok(text);
}

export interface MailServer {
  readonly host: string;
  readonly port: number | null;
}

export function parseMailServer(text: string): Result<MailServer, Hint> {
  const expected = "the name of a mail server, such as smtp.example.org or smtp.example.org:587";
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text);
  const port = match?.[2] === undefined ? null : Number(match[2]);
  if (port !== null && (port === 0 || port > 65_535))
    return refuse({ expected, complaint: "has no port from 1 to 65535" });
  const address = parseAddress(match?.[1] ?? text) ?? parseAddress(text);
  if (address !== null) return ok({ host: address.text, port });
  const name = parseName(match?.[1] ?? text);
  return name.ok ? ok({ host: name.value, port }) : refuse({ ...name.error, expected });
}

/** `ops@example.org`; no names beside it. */
export function parseMailAddress(text: string): Result<string, Hint> {
  const expected = "a mail address such as ops@example.org";
  const at = text.lastIndexOf("@");
  const domain = text.slice(at + 1);
  if (at < 1 || !/^[\w.!#$%&'*+/=?^`{|}~-]{1,64}$/.test(text.slice(0, at))) return refuse({ expected });
  return domain === "localhost" || parseName(domain).ok ? ok(text) : refuse({ expected });
}

export function parsePattern(text: string): Result<string, Hint> {
  const expected = "a name, or a pattern with * such as *.example.org or health/*";
  return text.length <= 300 && !/[\p{Cc}]/u.test(text) ? ok(text) : refuse({ expected });
}

/** What people see of a URL: the rest of it may be a secret. */
export function placeOf(url: string): string {
  return URL.parse(url)?.origin ?? "an address that cannot be read";
}
