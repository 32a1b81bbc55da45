/** A UDP server on loopback that treats each datagram as a test says. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";

export interface UdpServer {
  readonly port: number;
  readonly received: Buffer[];
  stop(): Promise<void>;
}

export async function serveUdp(treat: (socket: Socket, message: Buffer, from: RemoteInfo) => void): Promise<UdpServer> {
  const socket = createSocket("udp4");
  const received: Buffer[] = [];
  socket.on("message", (message, from) => {
    received.push(message);
    treat(socket, message, from);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    port: socket.address().port,
    received,
    stop: async () => {
      const closed = once(socket, "close");
      socket.close();
      await closed;
    },
  };
}
