/**
 * The sockets of one answering thread: UDP and TCP on every endpoint. Port 0 stands for a free port that both
 * transports can have.
 */
import type { Endpoint } from "../../core/model.ts";
import type { Client, Responder } from "../../dns/answer/responder.ts";
import { addressOctets } from "./address-octets.ts";
import type { Carrier, MessageTaker } from "./exchange/carrier.ts";
import { type DatagramSocket, openDatagramSocket } from "./socket.ts";
import { ListenFailure } from "../listen-failure.ts";
import { openTcpListener, type TcpListener } from "./tcp.ts";

/** Free UDP ports that are tried until one is free under TCP too. */
const freePortTriesMax = 20;

export interface Listeners {
  /** As bound, with real port numbers. */
  readonly endpoints: readonly Endpoint[];
  tcpConnections(): number;
  close(): Promise<void>;
}

interface Pair {
  readonly udp: DatagramSocket;
  readonly tcp: TcpListener;
}

interface OpenOptions {
  readonly listen: readonly Endpoint[];
  readonly shared: boolean;
  readonly responder: Responder;
  /** Gets what the responder hands over. */
  readonly taker: MessageTaker;
}

/** Datagrams need no waiting, and hold nothing open. */
function datagramCarrier(address: string, send: (octets: Uint8Array) => void): Carrier {
  return {
    transport: "udp",
    address,
    send,
    taken: () => Promise.resolve(true),
    hold: () => () => undefined,
    cut: () => undefined,
  };
}

async function openUdp(endpoint: Endpoint, options: OpenOptions): Promise<DatagramSocket> {
  const { responder, shared, taker } = options;
  let asking = "";
  const client: Client = { transport: "udp", address: () => addressOctets(asking), reserved: 0 };
  return openDatagramSocket({
    endpoint,
    shared,
    answer: (query, out, address) => {
      asking = address;
      return responder.respond(query, out, client);
    },
    take: (query, { address }, send) => taker.take(new Uint8Array(query), datagramCarrier(address, send)),
  });
}

async function openPair(endpoint: Endpoint, options: OpenOptions): Promise<Pair> {
  for (let tries = 1; ; tries++) {
    const udp = await openUdp(endpoint, options);
    try {
      const bound = { address: endpoint.address, port: udp.endpoint.port };
      return { udp, tcp: await openTcpListener({ endpoint: bound, ...options }) };
    } catch (error) {
      await udp.close();
      const taken = error instanceof ListenFailure && error.code === "listen/port-taken";
      if (!taken || endpoint.port !== 0 || tries >= freePortTriesMax) throw error;
    }
  }
}

/** Opens all endpoints, or none and fails with the first `ListenFailure`. */
export async function openListeners(options: OpenOptions): Promise<Listeners> {
  const pairs: Pair[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(pairs.flatMap(({ udp, tcp }) => [udp.close(), tcp.close()]));
  };
  try {
    for (const endpoint of options.listen) pairs.push(await openPair(endpoint, options));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    endpoints: pairs.map(({ udp }) => udp.endpoint),
    tcpConnections: () => pairs.reduce((sum, { tcp }) => sum + tcp.connections, 0),
    close,
  };
}
