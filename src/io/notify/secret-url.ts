/**
 * A URL may have a name and a password in it, which no request may carry there (WHATWG Fetch, 5.4): they go into a header
 * (RFC 7617), and the text of a fault never shows them.
 */
import { Buffer } from "node:buffer";

export interface OpenUrl {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Throws for what is no URL. */
export function openUrl(text: string): OpenUrl {
  const url = new URL(text);
  const { password, username } = url;
  if (username === "" && password === "") return { url: text, headers: {} };
  url.username = "";
  url.password = "";
  const login = Buffer.from(`${decodePart(username)}:${decodePart(password)}`).toString("base64");
  return { url: url.href, headers: { authorization: `Basic ${login}` } };
}

/** A percent sign that stands for itself leaves the text as it is. */
export function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
