/**
 * How a password is proven to MariaDB or MySQL, one way for each authentication plugin. None of them tells it to whoever
 * listens, but for `mysql_clear_password` and the second half of `caching_sha2_password`, which go over TLS only.
 */
import { createHash } from "node:crypto";
import { signWithPassword } from "./ed25519.ts";

export interface Challenge {
  readonly password: string;
  readonly scramble: Buffer;
  readonly isSecure: boolean;
}

/** The proof; or why there is none. */
export function provePassword(plugin: string, { isSecure, password, scramble }: Challenge): Buffer | string {
  if (password === "") return Buffer.alloc(0);
  switch (plugin) {
    case "mysql_native_password":
      return mixNative(password, scramble);
    case "caching_sha2_password":
      return mixSha2(password, scramble);
    case "client_ed25519":
      return signWithPassword(Buffer.from(password, "utf8"), scramble);
    case "mysql_clear_password":
      return isSecure ? clearPassword(password) : clearRefused;
    default:
      return `the server asks for a login of a kind that muster does not have (${plugin.slice(0, 60)})`;
  }
}

export const clearRefused = "the server asks for the password in clear, which goes over TLS only (tls: true)";

export function clearPassword(password: string): Buffer {
  return Buffer.from(`${password}\0`, "utf8");
}

/** SHA1(password) xor SHA1(scramble, SHA1(SHA1(password))) */
function mixNative(password: string, scramble: Buffer): Buffer {
  const once = hash("sha1", Buffer.from(password, "utf8"));
  return xor(once, hash("sha1", scramble, hash("sha1", once)));
}

/** SHA256(password) xor SHA256(SHA256(SHA256(password)), scramble) */
function mixSha2(password: string, scramble: Buffer): Buffer {
  const once = hash("sha256", Buffer.from(password, "utf8"));
  return xor(once, hash("sha256", hash("sha256", once), scramble));
}

function hash(algorithm: "sha1" | "sha256", ...parts: readonly Buffer[]): Buffer {
  const state = createHash(algorithm);
  for (const part of parts) state.update(part);
  return state.digest();
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((octet, index) => octet ^ (b[index] ?? 0)));
}
