/**
 * DNS cookies (RFC 7873) in the interoperable form of RFC 9018: version 1, a time, and SipHash-2-4 over client cookie,
 * time and the client's address under a secret. Servers that share the secret accept one another's cookies.
 *
 * SipHash works on 64-bit words; here each is two 32-bit halves in an Int32Array, since BigInt would cost more than the
 * rest of the answer.
 */
export const clientCookieOctets = 8;
export const serverCookieOctets = 16;
/** RFC 7873, 4.2: a server cookie has 8 to 32 octets. */
export const serverCookieOctetsMin = 8;
export const serverCookieOctetsMax = 32;
export const cookieSecretOctets = 16;

/**
 * RFC 9018, 4.3: a cookie is valid for an hour and five minutes into the future, and one older than half an hour is
 * to be replaced. Nothing is refused for want of a cookie here, so only the replacing matters.
 */
const ageSecondsMax = 1800;
const aheadSecondsMax = 300;

/** v0 to v3, each as low and high half. */
const state = new Int32Array(8);

function addRotateXor(a: number, b: number, turn: number): void {
  const lowSum = ((state[a] as number) >>> 0) + ((state[b] as number) >>> 0);
  state[a] = lowSum;
  state[a + 1] = (state[a + 1] as number) + (state[b + 1] as number) + (lowSum > 0xffffffff ? 1 : 0);
  const low = state[b] as number;
  const high = state[b + 1] as number;
  state[b] = ((low << turn) | (high >>> (32 - turn))) ^ state[a];
  state[b + 1] = ((high << turn) | (low >>> (32 - turn))) ^ (state[a + 1] as number);
}

/** Rotation by 32 is a swap of halves. */
function swapHalves(word: number): void {
  const low = state[word] as number;
  state[word] = state[word + 1] as number;
  state[word + 1] = low;
}

function round(): void {
  addRotateXor(0, 2, 13);
  swapHalves(0);
  addRotateXor(4, 6, 16);
  addRotateXor(0, 6, 21);
  addRotateXor(4, 2, 17);
  swapHalves(4);
}

function little32(bytes: Uint8Array, at: number): number {
  const low = ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)) >>> 0;
  return low | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

function absorb(low: number, high: number): void {
  state[6] = (state[6] as number) ^ low;
  state[7] = (state[7] as number) ^ high;
  round();
  round();
  state[0] = (state[0] as number) ^ low;
  state[1] = (state[1] as number) ^ high;
}

/** SipHash-2-4 of `message` under a key of 16 octets, as 8 octets in little-endian order (Aumasson, Bernstein 2012). */
export function sipHash24(key: Uint8Array, message: Uint8Array): Uint8Array {
  const k = [little32(key, 0), little32(key, 4), little32(key, 8), little32(key, 12)] as const;
  const initial = [0x70736575, 0x736f6d65, 0x6e646f6d, 0x646f7261, 0x6e657261, 0x6c796765, 0x79746573, 0x74656462];
  for (let at = 0; at < 8; at++) state[at] = (initial[at] as number) ^ (k[at % 4] as number);
  const whole = message.length & ~7;
  for (let at = 0; at < whole; at += 8) absorb(little32(message, at), little32(message, at + 4));
  const rest = new Uint8Array(8);
  rest.set(message.subarray(whole));
  rest[7] = message.length & 0xff;
  absorb(little32(rest, 0), little32(rest, 4));
  state[4] = (state[4] as number) ^ 0xff;
  for (let turn = 0; turn < 4; turn++) round();
  const out = new Uint8Array(8);
  for (let half = 0; half < 2; half++) {
    const word =
      (state[half] as number) ^ (state[half + 2] as number) ^ (state[half + 4] as number) ^ (state[half + 6] as number);
    for (let at = 0; at < 4; at++) out[half * 4 + at] = word >>> (8 * at);
  }
  return out;
}

export interface CookieContext {
  readonly secret: Uint8Array;
  /** The client's address, 4 or 16 octets. */
  readonly address: Uint8Array;
  readonly nowSeconds: number;
}

function cookieHash(context: CookieContext, client: Uint8Array, head: Uint8Array): Uint8Array {
  const input = new Uint8Array(16 + context.address.length);
  input.set(client.subarray(0, clientCookieOctets));
  input.set(head, clientCookieOctets);
  input.set(context.address, 16);
  return sipHash24(context.secret, input);
}

/** The server cookie for a client cookie (RFC 9018, 4). */
export function makeServerCookie(context: CookieContext, client: Uint8Array): Uint8Array {
  const cookie = new Uint8Array(serverCookieOctets);
  cookie[0] = 1;
  new DataView(cookie.buffer).setUint32(4, context.nowSeconds >>> 0);
  cookie.set(cookieHash(context, client, cookie.subarray(0, 8)), 8);
  return cookie;
}

/** True for a server cookie that this secret made for this client and address in the last half hour. */
export function isServerCookieFresh(context: CookieContext, client: Uint8Array, server: Uint8Array): boolean {
  if (server.length !== serverCookieOctets || server[0] !== 1) return false;
  const made = new DataView(server.buffer, server.byteOffset).getUint32(4);
  // Serial number arithmetic, since the time wraps in 2106 (RFC 9018, 4.3).
  const age = ((context.nowSeconds >>> 0) - made) | 0;
  if (age > ageSecondsMax || age < -aheadSecondsMax) return false;
  const expected = cookieHash(context, client, server.subarray(0, 8));
  let difference = 0;
  for (let at = 0; at < 8; at++) difference |= (expected[at] as number) ^ (server[8 + at] as number);
  return difference === 0;
}
