/**
 * DNS over TCP (RFC 7766): many queries on one connection, answered in their order, each with two octets of length in
 * front. A client that is slow, silent, or never reads costs a bounded amount of memory for a bounded time: here are
 * the bounds on connections, in `tcp-connection.ts` those on one.
 */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { Endpoint } from "../../core/model.ts";
import type { Client, Responder } from "../../dns/answer/responder.ts";
import { addressOctets } from "./address-octets.ts";
import type { MessageTaker } from "./exchange/carrier.ts";
import { listenFailure } from "../listen-failure.ts";
import { type ConnectionParts, serveConnection } from "./tcp-connection.ts";

/** Connections of one thread on one endpoint; beyond, new ones are closed at once. */
export const connectionsMax = 1000;
/** Connections of one client address, so that one cannot take all. */
export const connectionsPerClientMax = 100;
const listenBacklog = 511;

export interface TcpListener {
  readonly endpoint: Endpoint;
  readonly connections: number;
  close(): Promise<void>;
}

/** Connections by client, and all of them. */
class Census {
  private readonly byClient = new Map<string, number>();
  readonly sockets = new Set<Socket>();

  /** True when one more of this client is welcome. */
  admit(socket: Socket, address: string): boolean {
    const own = this.byClient.get(address) ?? 0;
    if (this.sockets.size >= connectionsMax || own >= connectionsPerClientMax) return false;
    this.byClient.set(address, own + 1);
    this.sockets.add(socket);
    socket.once("close", () => {
      this.sockets.delete(socket);
      const left = (this.byClient.get(address) ?? 1) - 1;
      if (left === 0) this.byClient.delete(address);
      else this.byClient.set(address, left);
    });
    return true;
  }
}

type Serving = Pick<ConnectionParts, "responder" | "taker" | "long">;

function accept(socket: Socket, census: Census, serving: Serving): void {
  const address = socket.remoteAddress ?? "";
  if (!census.admit(socket, address)) {
    socket.destroy();
    return;
  }
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  const client: Client = { transport: "tcp", address: () => addressOctets(address), reserved: 0 };
  serveConnection({ socket, client, address, ...serving });
}

async function listen(server: Server, endpoint: Endpoint, shared: boolean): Promise<void> {
  const listening = once(server, "listening");
  server.listen({
    host: endpoint.address,
    port: endpoint.port,
    ipv6Only: endpoint.address.includes(":"),
    reusePort: shared,
    exclusive: true,
    backlog: listenBacklog,
  });
  await listening;
}

/** Listens for DNS over TCP. Fails with `ListenFailure` when the endpoint cannot be had. */
export async function openTcpListener(options: {
  readonly endpoint: Endpoint;
  readonly shared: boolean;
  readonly responder: Responder;
  readonly taker: MessageTaker;
}): Promise<TcpListener> {
  const { endpoint, responder, taker } = options;
  const census = new Census();
  const serving: Serving = { responder, taker, long: { count: 0 } };
  const server = createServer({ allowHalfOpen: true }, (socket) => accept(socket, census, serving));
  try {
    await listen(server, endpoint, options.shared);
  } catch (cause) {
    throw listenFailure({ endpoint, transport: "tcp", cause });
  }
  // Running out of descriptors while accepting passes; clients that wait are accepted afterwards.
  server.on("error", () => undefined);
  return {
    endpoint,
    get connections() {
      return census.sockets.size;
    },
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of census.sockets) socket.destroy();
      await closed;
    },
  };
}
