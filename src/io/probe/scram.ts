/**
 * SCRAM-SHA-256 without channel binding (RFC 5802, RFC 7677): client and server prove to each other that they know the
 * password, and nobody who listens learns it. The salted password is what costs time; it is kept as long as salt and
 * rounds stay the same, which they do until the password is changed.
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";
import { passwordRoundsMax } from "./limits.ts";

export interface ScramProof {
  /** The client's last message. */
  readonly message: string;
  /** Whether the server's last message proves that it knows the password too. */
  isServer(lastMessage: string): boolean;
}

export class SaltedPasswords {
  #key = "";
  #salted: Buffer = Buffer.alloc(0);

  get(password: string, salt: Buffer, rounds: number): Buffer {
    const key = createHash("sha256")
      .update(`${rounds} ${salt.toString("hex")} ${password}`)
      .digest("hex");
    if (key !== this.#key) {
      this.#salted = pbkdf2Sync(password.normalize("NFKC"), salt, rounds, 32, "sha256");
      this.#key = key;
    }
    return this.#salted;
  }
}

export class Scram {
  readonly #nonce = randomBytes(18).toString("base64");
  readonly #password: string;
  readonly #passwords: SaltedPasswords;

  constructor(password: string, passwords: SaltedPasswords) {
    this.#password = password;
    this.#passwords = passwords;
  }

  /** The name goes into the startup message and stays empty here, as PostgreSQL wants it. */
  get first(): string {
    return `n,,${this.#bare}`;
  }

  get #bare(): string {
    return `n=,r=${this.#nonce}`;
  }

  /** Null: the server's message is none that may be answered. */
  prove(serverFirst: string): ScramProof | null {
    const [, nonce = "", salt = "", count = ""] = /^r=([^,]+),s=([^,]+),i=(\d{1,9})(?:,|$)/.exec(serverFirst) ?? [];
    const rounds = Number(count);
    if (!nonce.startsWith(this.#nonce) || nonce === this.#nonce) return null;
    if (rounds < 1 || rounds > passwordRoundsMax) return null;
    const salted = this.#passwords.get(this.#password, Buffer.from(salt, "base64"), rounds);
    const unsigned = `c=biws,r=${nonce}`;
    const all = `${this.#bare},${serverFirst},${unsigned}`;
    const clientKey = hmac(salted, "Client Key");
    const signature = hmac(createHash("sha256").update(clientKey).digest(), all);
    const proof = Buffer.from(clientKey.map((octet, index) => octet ^ (signature[index] ?? 0)));
    const expected = hmac(hmac(salted, "Server Key"), all);
    return {
      message: `${unsigned},p=${proof.toString("base64")}`,
      isServer: (lastMessage) => {
        const given = Buffer.from(/^v=([^,]+)/.exec(lastMessage)?.[1] ?? "", "base64");
        return given.length === expected.length && timingSafeEqual(given, expected);
      },
    };
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
