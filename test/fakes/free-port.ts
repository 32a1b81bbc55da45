/**
 * Ports that a started program may listen on, over TCP and UDP. They lie below the range from which the kernel takes
 * ports for connections (Linux: 32768 and up), so that no connection of another test sits on one before it is used. Each
 * of the workers that run tests side by side has a share of its own, and goes through it in order: between the moment in
 * which a port is found free and the one in which its program listens, nobody else is given it.
 */
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

const portMin = 20_000;
const portMax = 32_767;
const triesMax = 100;
const shares = 8;
const portsPerShare = Math.floor((portMax - portMin + 1) / shares);

const worker = Number(process.env["VITEST_POOL_ID"] ?? shares);
const firstPort = portMin + ((worker - 1) % shares) * portsPerShare;
let next = randomInt(portsPerShare);

/** An address of all interfaces stands for every address: the port is then free on each. */
export async function freePort(address = "127.0.0.1"): Promise<number> {
  for (let tries = 0; tries < triesMax; tries++) {
    const port = firstPort + next;
    next = (next + 1) % portsPerShare;
    if (await isFree(port, address)) return port;
  }
  throw new Error(`none of ${triesMax} ports before ${firstPort + next} is free on ${address}`);
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
