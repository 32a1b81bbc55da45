/**
 * A question or an update to one server and its answer, signed both ways when there is a key (RFC 8945), on a connection
 * that is kept. What went wrong becomes a cause, which says whether the server may have acted, and a clause for people.
 */
import type { KeyConfig, PeerConfig } from "../../../core/model.ts";
import { type Message } from "../../../dns/message.ts";
import { decodeMessage } from "../../../dns/message-read.ts";
import { textName } from "../../../dns/name.ts";
import { base64Octets } from "../../../dns/octets.ts";
import { signMessage, type TsigKey } from "../../../dns/tsig.ts";
import { verifyAnswer } from "../../../dns/tsig-stream.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { FailureCause } from "../../../roles/update-outlet-limits.ts";
import { KeptConnection } from "../../dns-client/kept-connection.ts";
import type { AskOutcome } from "../../dns-client/outcome.ts";
import { newMessageId } from "../../dns-client/query-id.ts";
import { nodeHmac } from "../../hmac.ts";

/** A server that is busy may take its time; one that is frozen is found so long after a request. */
const exchangeMsMax = 3000;

export type Exchanged =
  | { readonly kind: "answer"; readonly message: Message }
  | { readonly kind: "failed"; readonly cause: FailureCause; readonly reason: string };

function failed(cause: FailureCause, reason: string): Exchanged {
  return { kind: "failed", cause, reason };
}

export class Exchange {
  readonly #connection: KeptConnection;
  readonly #key: TsigKey | null;
  readonly #clock: Clock;
  /** Of requests under way: they share a connection, so each needs another. */
  readonly #ids = new Set<number>();

  constructor(server: PeerConfig, key: KeyConfig | null, clock: Clock) {
    this.#connection = new KeptConnection({ address: server.address, port: server.port });
    this.#key = key === null ? null : tsigKey(key);
    this.#clock = clock;
  }

  /** Never rejects. `encode` makes the message, unsigned, with the id that it is given. */
  async exchange(encode: (id: number) => Uint8Array): Promise<Exchanged> {
    const id = this.#newId();
    try {
      const { mac, octets } = this.#sign(encode(id));
      return this.#read(await this.#connection.ask(octets, { timeoutMs: exchangeMsMax }), mac);
    } finally {
      this.#ids.delete(id);
    }
  }

  close(): void {
    this.#connection.close();
  }

  #newId(): number {
    let id = newMessageId();
    while (this.#ids.has(id)) id = newMessageId();
    this.#ids.add(id);
    return id;
  }

  get #nowSeconds(): number {
    return this.#clock.now().wall / 1000;
  }

  #sign(message: Uint8Array): { octets: Uint8Array; mac: Uint8Array | null } {
    if (this.#key === null) return { octets: message, mac: null };
    const { key, nowSeconds } = { key: this.#key, nowSeconds: this.#nowSeconds };
    return signMessage({ message, key, hmac: nodeHmac, nowSeconds, requestMac: null });
  }

  #read(outcome: AskOutcome, requestMac: Uint8Array | null): Exchanged {
    if (outcome.kind === "silent") return failed("lost", outcome.reason);
    if (outcome.kind !== "answer") return failed("unreachable", outcome.reason);
    const verified = this.#verify(outcome.octets, requestMac);
    if (verified.kind === "refused") return failed("refused", verified.reason);
    const message = decodeMessage(verified.unsigned);
    if (!message.ok) return failed("refused", `its answer is malformed: ${message.error}`);
    return { kind: "answer", message: message.value };
  }

  #verify(message: Uint8Array, requestMac: Uint8Array | null): ReturnType<typeof verifyAnswer> {
    if (this.#key === null || requestMac === null) return { kind: "ok", signed: false, unsigned: message };
    return verifyAnswer({ key: this.#key, hmac: nodeHmac, requestMac, message, nowSeconds: this.#nowSeconds });
  }
}

function tsigKey({ algorithm, name, secret }: KeyConfig): TsigKey {
  return { name: textName(name), algorithm, secret: base64Octets(secret) ?? new Uint8Array(0) };
}
