/**
 * Who may talk to the API. With a token: whoever knows it. Without one: only clients on this machine, and since
 * a browser on this machine carries strangers' pages, the Host header must be loopback too (else a name that is
 * re-bound to 127.0.0.1 would make any page same-origin), and what changes something must not come from
 * another origin. A request that a proxy forwarded is refused, because its peer says nothing about its sender.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { BlockList, isIP } from "node:net";
import type { Context, MiddlewareHandler } from "hono";
import { ApiError } from "./errors.ts";

/** What the HTTP server hands over with each request; the part that is read here. */
export interface ApiEnv {
  Bindings: { readonly incoming?: { readonly socket: { readonly remoteAddress?: string | undefined } } };
}

const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
const proxyHeaders = ["forwarded", "x-forwarded-for", "x-real-ip", "via"] as const;
/** Open with a token configured: they hold nothing secret, and the page must load before a token can be typed. */
const guardedPrefixes = ["/api/", "/metrics"] as const;

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

export function guard(token: string | null): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    if (token === null) requireLocal(c);
    else if (guardedPrefixes.some((prefix) => c.req.path.startsWith(prefix))) requireToken(c, token);
    await next();
  };
}

function requireToken(c: Context<ApiEnv>, token: string): void {
  const given = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  if (given === undefined || !sameSecret(given, token)) throw new ApiError("unauthorized");
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** Hashing first makes both sides the same length, so that comparing takes the same time whatever was given. */
function sameSecret(given: string, secret: string): boolean {
  return timingSafeEqual(digest(given), digest(secret));
}

function requireLocal(c: Context<ApiEnv>): void {
  if (!isLoopbackAddress(c.env?.incoming?.socket.remoteAddress)) throw new ApiError("peer_refused");
  if (proxyHeaders.some((name) => c.req.header(name) !== undefined)) throw new ApiError("proxy_refused");
  const host = c.req.header("host");
  if (host === undefined || !isLoopbackHost(host)) throw new ApiError("host_refused");
  const origin = c.req.header("origin");
  if (!safeMethods.has(c.req.method) && origin !== undefined && origin !== `http://${host}`)
    throw new ApiError("origin_refused");
}

export function isLoopbackAddress(address: string | undefined): boolean {
  if (address === undefined) return false;
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
  const version = isIP(plain);
  return version !== 0 && loopback.check(plain, version === 4 ? "ipv4" : "ipv6");
}

/** `host` as the header carries it: with or without a port, IPv6 in brackets. */
export function isLoopbackHost(host: string): boolean {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/.exec(host);
  const name = match?.[1] ?? match?.[2];
  return name !== undefined && (name.toLowerCase() === "localhost" || isLoopbackAddress(name));
}
