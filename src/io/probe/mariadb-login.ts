/**
 * From the handshake of a MariaDB or MySQL server to the moment at which it takes questions: the server speaks first and
 * says what a password is mixed with; TLS if so configured, which a short first answer asks for; then the login, and as
 * many further answers as the server's way of checking passwords wants.
 */
import type { DatabaseProbe } from "../../core/model.ts";
import { readSecretPlace } from "../secret-place.ts";
import { down } from "./dialogue.ts";
import { explainMariadb } from "./mariadb-errors.ts";
import { clearPassword, clearRefused, provePassword } from "./mariadb-passwords.ts";
import {
  bodyOf,
  eofMark,
  errorMark,
  type Handshake,
  hello,
  mariadbFormat,
  markOf,
  moreMark,
  numberOf,
  okMark,
  packetOf,
  readError,
  readHandshake,
  tlsHello,
} from "./mariadb-wire.ts";
import { PacketReply } from "./packets.ts";
import { quoteBytes } from "./quote.ts";
import type { Judgement, Reply } from "./script.ts";

/** Second half of caching_sha2_password: the server knows the proof, or wants the password itself. */
const proofSuffices = 0x03;
const passwordWanted = 0x04;

export function loginToMariadb(probe: DatabaseProbe, then: () => Judgement): Reply | Judgement {
  const secret = probe.password === null ? null : readSecretPlace(probe.password);
  if (secret !== null && !secret.ok) return unknown(`password: ${secret.error}`);
  const login = new MariadbLogin(probe, secret?.value ?? "", then);
  return new PacketReply(mariadbFormat, login.hearHandshake);
}

class MariadbLogin {
  readonly #probe: DatabaseProbe;
  readonly #password: string;
  readonly #then: () => Judgement;

  constructor(probe: DatabaseProbe, password: string, then: () => Judgement) {
    this.#probe = probe;
    this.#password = password;
    this.#then = then;
  }

  readonly hearHandshake = (packet: Buffer): Judgement => {
    if (markOf(packet) === errorMark) return explainMariadb(readError(packet));
    const handshake = readHandshake(packet);
    if (handshake === null) return down(`answer is not MariaDB: ${quoteBytes(packet)}`);
    const { database, tls } = this.#probe;
    if (tls === null) return this.#sayHello(handshake, 1);
    if (!handshake.offersTls) return down("does not offer TLS", "tls");
    // Nothing answers the request for TLS but TLS itself.
    return { kind: "secure", tls, before: tlsHello(database), secured: () => this.#sayHello(handshake, 2) };
  };

  #sayHello({ plugin, scramble }: Handshake, number: number): Judgement {
    const { database, tls, user } = this.#probe;
    // A way that is not known here is left for the server to change.
    const proven = this.#prove(plugin, scramble);
    const proof = typeof proven === "string" ? Buffer.alloc(0) : proven;
    return this.#say(hello({ number, user, database, tls: tls !== null, plugin, proof }), scramble);
  }

  #prove(plugin: string, scramble: Buffer): Buffer | string {
    return provePassword(plugin, { password: this.#password, scramble, isSecure: this.#probe.tls !== null });
  }

  #say(bytes: Buffer, scramble: Buffer): Judgement {
    const reply = new PacketReply(mariadbFormat, (packet) => this.#hear(packet, scramble));
    return { kind: "say", what: "answer to the login", bytes, reply };
  }

  #hear(packet: Buffer, scramble: Buffer): Judgement | null {
    switch (markOf(packet)) {
      case okMark:
        return this.#then();
      case errorMark:
        return explainMariadb(readError(packet));
      case eofMark:
        return this.#changePlugin(packet);
      case moreMark:
        return this.#goOn(packet, scramble);
      default:
        return down(`broken answer to the login: ${quoteBytes(packet.subarray(mariadbFormat.headBytes))}`);
    }
  }

  #changePlugin(packet: Buffer): Judgement {
    const body = bodyOf(packet);
    const plugin = body.text();
    const scramble = Buffer.from(body.rest());
    // 20 octets end with a zero that is none of them; other challenges (32 octets) may end with a zero of their own.
    const fresh = scramble.length === 21 ? scramble.subarray(0, 20) : scramble;
    const proof = this.#prove(plugin, fresh);
    return typeof proof === "string" ? unknown(proof) : this.#say(packetOf(numberOf(packet) + 1, proof), fresh);
  }

  #goOn(packet: Buffer, scramble: Buffer): Judgement | null {
    const wish = bodyOf(packet).byte();
    if (wish === proofSuffices) return null;
    if (wish !== passwordWanted) return down("broken answer to the login");
    if (this.#probe.tls === null) return unknown(clearRefused);
    return this.#say(packetOf(numberOf(packet) + 1, clearPassword(this.#password)), scramble);
  }
}

function unknown(reason: string): Judgement {
  return { kind: "unknown", reason };
}
