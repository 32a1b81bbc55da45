/**
 * The narrow waist between answers and datagrams. A socket calls `answer` for each datagram with a buffer to write the
 * reply into, and sends what was written. An implementation may receive and send one at a time or in batches; whoever
 * answers cannot tell.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { Endpoint } from "../../core/model.ts";
import { type AnswerDatagram, type DatagramPeer, replyOctetsMax, type TakeDatagram } from "./datagram.ts";
import { openHandle } from "./udp-handle.ts";
import { listenFailure } from "../listen-failure.ts";

/** What the kernel may hold while the thread is busy elsewhere; the kernel's own limit may be lower. */
const receiveBufferOctets = 4 << 20;
const sendBufferOctets = 4 << 20;

export interface DatagramSocket {
  readonly endpoint: Endpoint;
  close(): Promise<void>;
}

/** Asks for larger buffers; a system that gives less is no reason not to serve. */
function enlargeBuffers(socket: Socket): void {
  try {
    socket.setRecvBufferSize(receiveBufferOctets);
    socket.setSendBufferSize(sendBufferOctets);
  } catch {
    return;
  }
}

interface Serve {
  readonly answer: AnswerDatagram;
  readonly handOver: (query: Uint8Array, peer: DatagramPeer) => void;
}

/** Sends replies by the public interface. One buffer a reply, since a send may be pending when the next is written. */
function serveByPublicInterface(socket: Socket, { answer, handOver }: Serve): void {
  socket.on("message", (query, peer) => {
    // Nothing can be sent to port 0, which only a forged datagram comes from; to try would throw.
    if (peer.port === 0) return;
    const out = Buffer.allocUnsafe(replyOctetsMax);
    const length = answer(query, out, peer.address);
    if (length > 0) socket.send(out, 0, length, peer.port, peer.address, () => undefined);
    else if (length < 0) handOver(query, peer);
  });
}

async function bind(socket: Socket, endpoint: Endpoint): Promise<void> {
  const listening = once(socket, "listening");
  socket.bind({ address: endpoint.address, port: endpoint.port, exclusive: true });
  await listening;
}

/** Fails with `ListenFailure` when an endpoint is in use, even by a socket that would share it. */
export async function checkEndpointsFree(endpoints: readonly Endpoint[]): Promise<void> {
  for (const endpoint of endpoints) {
    const isIpv6 = endpoint.address.includes(":");
    const socket = createSocket({ type: isIpv6 ? "udp6" : "udp4", ipv6Only: isIpv6 });
    try {
      await bind(socket, endpoint);
    } catch (cause) {
      throw listenFailure({ endpoint, transport: "udp", cause });
    } finally {
      socket.close();
    }
  }
}

/** Opens a UDP socket. Fails with `ListenFailure` when the endpoint cannot be had. */
export async function openDatagramSocket(options: {
  readonly endpoint: Endpoint;
  /** Several threads share the port; the kernel spreads the clients over them. */
  readonly shared: boolean;
  readonly answer: AnswerDatagram;
  readonly take: TakeDatagram;
}): Promise<DatagramSocket> {
  const { endpoint, answer, take } = options;
  const isIpv6 = endpoint.address.includes(":");
  const socket = createSocket({
    type: isIpv6 ? "udp6" : "udp4",
    ipv6Only: isIpv6,
    reusePort: options.shared,
    lookup: (host, _options, done) => done(null, host, isIpv6 ? 6 : 4),
  });
  try {
    await bind(socket, endpoint);
  } catch (cause) {
    socket.close();
    throw listenFailure({ endpoint, transport: "udp", cause });
  }
  enlargeBuffers(socket);
  // Errors of single sends concern single clients.
  socket.on("error", () => undefined);
  let closing = false;
  const serve: Serve = {
    answer,
    handOver: (query, peer) =>
      take(query, peer, (octets) => {
        if (!closing) socket.send(octets, peer.port, peer.address, () => undefined);
      }),
  };
  if (!openHandle(socket, isIpv6, serve)) serveByPublicInterface(socket, serve);
  const { address, port } = socket.address();
  return {
    endpoint: { address, port },
    close: async () => {
      closing = true;
      const closed = once(socket, "close");
      socket.close();
      await closed;
    },
  };
}
