/** HMAC by OpenSSL, for the TSIG of `dns/tsig.ts`. */
import { createHmac } from "node:crypto";
import type { Hmac } from "../dns/tsig.ts";

export const nodeHmac: Hmac = (algorithm, key, data) =>
  new Uint8Array(createHmac(algorithm.slice("hmac-".length), key).update(data).digest());
