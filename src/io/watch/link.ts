/** The connections of a watcher or agent: one to enrol, then one that stays. Both know the controller by its authority alone. */
import { createPublicKey } from "node:crypto";
import { connect, type TLSSocket } from "node:tls";
import { controllerName, hashOf, publicKeyOf, type Token } from "./authority.ts";
import { Frames } from "./frames.ts";
import { type Identity, makeKeys } from "./identity.ts";
import { messageOctetsMax, patienceMs, protocolVersion } from "./limits.ts";
import { readFromController } from "./messages.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The other end is not who it should be, or refuses; trying again as it is will not help. */
export class WatchRefused extends Error {
  readonly code = "REFUSED";
}

/** Shows a token, and gets a certificate for a new key. The token says which authority is the right one. */
export async function enrolAt(to: Address, token: Token): Promise<Identity> {
  const socket = await secured(connect({ ...to, minVersion: "TLSv1.3", rejectUnauthorized: false }));
  verifyController(socket, token);
  const { key, publicKey } = makeKeys();
  const request = { v: protocolVersion, kind: "enrol", name: token.name, secret: token.secret, publicKey };
  return new Promise((resolve, reject) => {
    const frames = new Frames(socket, {
      octetsMax: messageOctetsMax,
      onMessage: (text) => {
        const message = readFromController(text);
        if (message?.kind === "certificate" && publicKeyOf(message.authority) === token.authorityKey) {
          const { authority, certificate } = message;
          resolve({ key, certificate, authority, tokenHash: hashOf(token.secret) });
        } else reject(new WatchRefused(message?.kind === "refused" ? message.why : "the answer is no certificate"));
        frames.finish("enrolled");
      },
      onEnd: (why) => reject(new Error(why)),
    });
    frames.send(request);
  });
}

/** The authority that the token names must vouch for the other end, before the secret is sent. */
function verifyController(socket: TLSSocket, { authorityKey }: Token): void {
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: authorityKey }, format: "jwk" });
  const leaf = socket.getPeerX509Certificate();
  if (leaf?.verify(key) === true && leaf.checkHost(controllerName) !== undefined) return;
  socket.destroy();
  throw new WatchRefused("what answers there is not the controller that made the token");
}

export interface Link {
  send(message: object): void;
  cut(why: string): void;
}

/** Connects with a certificate. Resolves when both ends have proved who they are. */
export async function openLink<M>(
  to: Address,
  identity: Identity,
  on: {
    /** Null: no such message. */
    readonly read: (text: string) => M | null;
    readonly take: (message: M) => unknown;
    readonly end: (why: string) => unknown;
    /** Ends the attempt; what came of it is the caller's to end. */
    readonly signal?: AbortSignal;
  },
): Promise<Link> {
  const { authority, certificate, key } = identity;
  const credentials = { ca: authority, cert: certificate, key, servername: controllerName } as const;
  const socket = await secured(connect({ ...to, ...credentials, minVersion: "TLSv1.3" }), on.signal);
  const frames = new Frames(socket, {
    octetsMax: messageOctetsMax,
    onMessage: (text) => {
      const message = on.read(text);
      if (message === null) frames.cut("the controller says something that this version does not understand");
      else on.take(message);
    },
    onEnd: on.end,
  });
  return frames;
}

function secured(socket: TLSSocket, signal?: AbortSignal): Promise<TLSSocket> {
  const stop = (): unknown => socket.destroy(new Error("it ends here"));
  const secure = new Promise<TLSSocket>((resolve, reject) => {
    socket.setTimeout(patienceMs, () => socket.destroy(new Error("no answer in time")));
    socket.once("error", reject);
    socket.once("secureConnect", () => {
      socket.setTimeout(0);
      socket.off("error", reject);
      resolve(socket);
    });
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted === true) stop();
  });
  return secure.finally(() => signal?.removeEventListener("abort", stop));
}
