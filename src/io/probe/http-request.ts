/**
 * The octets of an HTTP/1.1 request without a body (RFC 9112, 3). They are the same for every probe of a target,
 * so they are made once.
 */
import { assert } from "../../base/assert.ts";
import type { HttpProbe } from "../../core/model.ts";

export function makeRequest(probe: HttpProbe, connection: "close" | "keep-alive"): Buffer {
  const lines = [`${probe.method} ${probe.path} HTTP/1.1`, `Host: ${probe.host}`];
  const given = new Set(Object.keys(probe.headers).map((name) => name.toLowerCase()));
  if (!given.has("user-agent")) lines.push("User-Agent: muster");
  if (!given.has("accept")) lines.push("Accept: */*");
  if (connection === "close") lines.push("Connection: close");
  for (const [name, value] of Object.entries(probe.headers)) {
    if (!/^(host|connection)$/i.test(name)) lines.push(`${name}: ${value}`);
  }
  for (const line of lines) assert(!/[\r\n\0]/.test(line), "a request line holds no line end; the config refuses it");
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "utf8");
}
