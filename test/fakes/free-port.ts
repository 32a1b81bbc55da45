/**
 * Ports that a started program may listen on, over TCP and UDP. They lie below the range from which the kernel takes
 * ports for connections (Linux: 32768 and up), so that no connection of another test sits on one before it is used.
 */
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

const portMin = 20_000;
const portMax = 32_767;
const triesMax = 100;

/** An address of all interfaces stands for every address: the port is then free on each. */
export async function freePort(address = "127.0.0.1"): Promise<number> {
  for (let tries = 0; tries < triesMax; tries++) {
    const port = randomInt(portMin, portMax + 1);
    if (await isFree(port, address)) return port;
  }
  throw new Error(`none of ${triesMax} ports from ${portMin} to ${portMax} is free on ${address}`);
}

async function isFree(port: number, address: string): Promise<boolean> {
  const server = createServer().listen(port, address);
  const socket = createSocket("udp4");
  try {
    await once(server, "listening");
    socket.bind(port, address);
    await once(socket, "listening");
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  }
}
