/** Small servers on loopback that treat each connection as a test says, and the probes that meet them. */
import { once } from "node:events";
import net from "node:net";
import type { HttpProbe, ProbeConfig, Target } from "../../src/core/model.ts";
import { portOf } from "../contract/prober-port.ts";
import { defaultProbe, targetAt } from "../contract/prober.contract.ts";

export interface TestServer {
  readonly port: number;
  accepted(): number;
  sockets: Set<net.Socket>;
  stop(): Promise<void>;
}

export async function serve(treat: (socket: net.Socket) => void): Promise<TestServer> {
  const sockets = new Set<net.Socket>();
  let accepted = 0;
  const server = net.createServer((socket) => {
    accepted++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => {});
    treat(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: portOf(server),
    accepted: () => accepted,
    sockets,
    stop: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

export function httpTargetAt(port: number, changes: Partial<HttpProbe> = {}): Target {
  const base = targetAt({ address: "127.0.0.1", port });
  return withProbe(base, { ...defaultProbe, port, ...changes });
}

export function tcpTargetAt(port: number, send: string | null, expect: string | null): Target {
  const base = targetAt({ address: "127.0.0.1", port });
  return withProbe(base, { kind: "tcp", port, send, expect, replyBytesMax: 1_024 });
}

function withProbe(base: Target, probe: ProbeConfig): Target {
  const check = { ...base.check, probe };
  return { ...base, id: `${base.address} ${JSON.stringify(probe)}`, check };
}
