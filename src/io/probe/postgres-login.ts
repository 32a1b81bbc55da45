/**
 * From a new connection to PostgreSQL to the moment at which it takes questions: TLS if so configured (asked for by a
 * request of its own), the startup message, and the password in the form that the server asks for. A password leaves in
 * clear over TLS only.
 */
import { createHash } from "node:crypto";
import type { DatabaseProbe } from "../../core/model.ts";
import { readSecretPlace } from "../secret-place.ts";
import { down } from "./dialogue.ts";
import { PacketReply } from "./packets.ts";
import { explainPostgres } from "./postgres-errors.ts";
import { bodyOf, int32, letterOf, message, postgresFormat, readError, sslRequest, startup } from "./postgres-wire.ts";
import { quoteBytes } from "./quote.ts";
import { type SaltedPasswords, Scram, type ScramProof } from "./scram.ts";
import type { Judgement, Reply } from "./script.ts";

const authenticated = 0;
const clearPassword = 3;
const md5Password = 5;
const saslBegins = 10;
const saslGoesOn = 11;
const saslEnds = 12;

export function loginToPostgres(
  probe: DatabaseProbe,
  passwords: SaltedPasswords,
  then: () => Judgement,
): Judgement | Reply {
  const { database, password, tls, user } = probe;
  const secret = password === null ? null : readSecretPlace(password);
  if (secret !== null && !secret.ok) return unknown(`password: ${secret.error}`);
  const login = new PostgresLogin({ user, password: secret?.value ?? null, isSecure: tls !== null }, passwords, then);
  const settings = {
    user,
    application_name: "muster",
    client_encoding: "UTF8",
    ...(database === null ? {} : { database }),
  };
  const begin = (): Judgement => login.say(startup(settings));
  if (tls === null) return begin();
  const reply = new TlsAnswer({ kind: "secure", tls, secured: begin });
  return { kind: "say", what: "answer to the request for TLS", bytes: sslRequest, reply };
}

/** One octet; more would be said in clear and heard as if under TLS. */
class TlsAnswer implements Reply {
  readonly #secure: Judgement;

  constructor(secure: Judgement) {
    this.#secure = secure;
  }

  take(bytes: Buffer): Judgement {
    if (bytes.length === 1 && bytes[0] === 0x53) return this.#secure;
    if (bytes[0] === 0x4e) return down("does not offer TLS", "tls");
    if (bytes[0] === 0x45) return explainPostgres(readError(bytes));
    return down(`answer is not PostgreSQL: ${quoteBytes(bytes)}`);
  }

  end(): Judgement {
    return down("closed the connection before answering", "reset");
  }
}

interface Credentials {
  readonly user: string;
  readonly password: string | null;
  readonly isSecure: boolean;
}

class PostgresLogin {
  readonly #credentials: Credentials;
  readonly #passwords: SaltedPasswords;
  readonly #then: () => Judgement;
  #scram: Scram | null = null;
  #proof: ScramProof | null = null;
  #isServerProven = false;

  constructor(credentials: Credentials, passwords: SaltedPasswords, then: () => Judgement) {
    this.#credentials = credentials;
    this.#passwords = passwords;
    this.#then = then;
  }

  say(bytes: Buffer): Judgement {
    return { kind: "say", what: "answer to the login", bytes, reply: new PacketReply(postgresFormat, this.#hear) };
  }

  readonly #hear = (packet: Buffer): Judgement | null => {
    switch (letterOf(packet)) {
      case "R":
        return this.#authenticate(packet);
      case "E":
        return explainPostgres(readError(packet));
      case "Z":
        return this.#then();
      // Parameters, the key for cancelling, notices, another minor version of the protocol.
      case "S":
      case "K":
      case "N":
      case "v":
        return null;
      default:
        return down(`answer is not PostgreSQL: ${quoteBytes(packet)}`);
    }
  };

  #authenticate(packet: Buffer): Judgement | null {
    const body = bodyOf(packet);
    const method = body.int(4);
    if (body.broken) return down("broken answer to the login");
    if (method === authenticated) return this.#welcomed();
    const { password } = this.#credentials;
    if (password === null) return unknown("the server asks for a password, and none is configured");
    if (method === clearPassword) return this.#sayInClear(password);
    if (method === md5Password) return this.#sayPassword(this.#md5(password, body.bytes(4)));
    if (method === saslBegins) return this.#beginScram(password, body.rest().toString("latin1"));
    if (method === saslGoesOn) return this.#goOnWithScram(body.rest().toString("utf8"));
    if (method === saslEnds) return this.#endScram(body.rest().toString("utf8"));
    return unknown(`the server asks for a login of a kind that muster does not have (${method})`);
  }

  /** A server that began SCRAM must have proven that it knows the password itself. */
  #welcomed(): Judgement | null {
    if (this.#scram === null || this.#isServerProven) return null;
    return down("server did not prove that it knows the password", "login-refused");
  }

  #sayInClear(password: string): Judgement {
    if (this.#credentials.isSecure) return this.#sayPassword(password);
    return unknown("the server asks for the password in clear, which goes over TLS only (tls: true)");
  }

  #sayPassword(password: string): Judgement {
    return this.say(message("p", Buffer.from(`${password}\0`, "utf8")));
  }

  #md5(password: string, salt: Buffer): string {
    const inner = md5(Buffer.from(password + this.#credentials.user, "utf8"));
    return `md5${md5(Buffer.concat([Buffer.from(inner, "latin1"), salt]))}`;
  }

  #beginScram(password: string, mechanisms: string): Judgement {
    if (!mechanisms.split("\0").includes("SCRAM-SHA-256")) return unknown("the server offers no login that muster has");
    this.#scram = new Scram(password, this.#passwords);
    const first = Buffer.from(this.#scram.first, "utf8");
    return this.say(message("p", Buffer.concat([Buffer.from("SCRAM-SHA-256\0"), int32(first.length), first])));
  }

  #goOnWithScram(serverFirst: string): Judgement {
    this.#proof = this.#scram?.prove(serverFirst) ?? null;
    if (this.#proof === null) return down("broken answer to the login (SCRAM)");
    return this.say(message("p", Buffer.from(this.#proof.message, "utf8")));
  }

  #endScram(serverLast: string): Judgement | null {
    this.#isServerProven = this.#proof?.isServer(serverLast) ?? false;
    return this.#isServerProven ? null : down("server does not know the password that it asks for", "login-refused");
  }
}

function md5(bytes: Buffer): string {
  return createHash("md5").update(bytes).digest("hex");
}

function unknown(reason: string): Judgement {
  return { kind: "unknown", reason };
}
