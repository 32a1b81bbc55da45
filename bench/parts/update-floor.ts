/**
 * The least that an update can cost: a message that is ready when the clock starts, written to an open connection, and
 * a look at the code in the answer. Its octets are made by muster's codec beforehand; nothing else here is muster's.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { KeyConfig } from "../../src/core/model.ts";
import { textName } from "../../src/dns/name.ts";
import { base64Octets } from "../../src/dns/octets.ts";
import { signMessage } from "../../src/dns/tsig.ts";
import { encodeUpdate } from "../../src/dns/update/encode.ts";
import { nodeHmac } from "../../src/io/hmac.ts";
import type { Server } from "./dns-client.ts";
import { origin } from "./service.ts";

const typeA = 1;

export interface BareUpdater {
  /** Resolves with the time of the answer. The message is made before `go` is called. */
  prepare(name: string, addresses: readonly string[]): { go(): Promise<number> };
  close(): void;
}

export async function openBareUpdater(server: Server, key: KeyConfig | null): Promise<BareUpdater> {
  const socket = connect({ host: server.address, port: server.port, noDelay: true });
  await once(socket, "connect");
  let id = 0;
  return {
    prepare: (name, addresses) => {
      id = (id + 1) & 0xffff;
      const message = signed(updateOf(id, name, addresses), key);
      const frame = Buffer.concat([Buffer.of(message.length >> 8, message.length & 255), message]);
      return { go: () => send(socket, frame) };
    },
    close: () => socket.destroy(),
  };
}

/** The set anew, without any prerequisite. */
function updateOf(id: number, name: string, addresses: readonly string[]): Uint8Array {
  const set = { owner: textName(name), type: typeA };
  const adds = addresses.map((address) => ({
    kind: "add" as const,
    ...set,
    ttlSeconds: 60,
    rdata: Uint8Array.from(address.split(".").map(Number)),
  }));
  const changes = [{ kind: "delete-set" as const, ...set }, ...adds];
  return encodeUpdate({ id, origin: textName(origin), prerequisites: [], changes });
}

function signed(message: Uint8Array, key: KeyConfig | null): Uint8Array {
  if (key === null) return message;
  const secret = base64Octets(key.secret) ?? new Uint8Array(0);
  const tsig = { name: textName(key.name), algorithm: key.algorithm, secret };
  const request = { message, key: tsig, hmac: nodeHmac, nowSeconds: Date.now() / 1000, requestMac: null };
  return signMessage(request).octets;
}

async function send(socket: Socket, frame: Buffer): Promise<number> {
  const answered = once(socket, "data");
  socket.write(frame);
  const [chunk] = (await answered) as [Buffer];
  const at = performance.now();
  const code = chunk.readUInt8(5) & 15;
  if (code !== 0) throw new Error(`the bare update was refused with code ${code}`);
  return at;
}
