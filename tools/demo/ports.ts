/** Finds out early whether the demo's ports are free, and names the option that moves one which is not. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

export interface WantedPort {
  readonly protocol: "tcp" | "udp";
  readonly address: string;
  readonly port: number;
  readonly option: string;
}

/** A sentence for each port that is taken. */
export async function findTaken(wanted: readonly WantedPort[]): Promise<readonly string[]> {
  const taken = await Promise.all(wanted.map(async (one) => ((await isFree(one)) ? [] : [describe(one)])));
  return taken.flat();
}

function describe({ address, option, port, protocol }: WantedPort): string {
  return `${protocol.toUpperCase()} port ${port} on ${address} is taken by another program (see: ss -lnp 'sport = :${port}'); move the demo with: npm start -- ${option} ${port + 1000}`;
}

async function isFree({ address, port, protocol }: WantedPort): Promise<boolean> {
  try {
    if (protocol === "udp") {
      const socket = createSocket("udp4").bind(port, address);
      await once(socket, "listening");
      socket.close();
    } else {
      const server = createServer().listen(port, address);
      await once(server, "listening");
      server.close();
      await once(server, "close");
    }
    return true;
  } catch {
    return false;
  }
}
