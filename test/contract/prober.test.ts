import { once } from "node:events";
import net from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { createProber } from "../../src/io/probe/prober.ts";
import { portOf } from "./prober-port.ts";
import { type ProberServer, type ProberWorld, proberContract } from "./prober.contract.ts";

/** A small web server on real sockets, whose process is played by its sockets: stopping it closes them all. */
async function startServer(): Promise<ProberServer> {
  const sockets = new Set<net.Socket>();
  let accepted = 0;
  let isFrozen = false;
  const server = net.createServer((socket) => {
    accepted++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => {});
    socket.on("data", () => {
      if (!isFrozen) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nWelcome");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: "127.0.0.1",
    port: portOf(server),
    accepted: () => accepted,
    open: () => sockets.size,
    freeze: () => {
      isFrozen = true;
    },
    stop: async () => {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function until(isDone: () => boolean, limitMs: number): Promise<void> {
  const endsAtMs = performance.now() + limitMs;
  while (!isDone()) {
    if (performance.now() > endsAtMs) throw new Error(`nothing happened within ${limitMs} ms`);
    await wait(2);
  }
}

proberContract("sockets", async (): Promise<ProberWorld> => {
  const prober = createProber();
  const servers: ProberServer[] = [];
  return {
    prober,
    until,
    startServer: async () => {
      const server = await startServer();
      servers.push(server);
      return server;
    },
    close: async () => {
      await prober.close();
      for (const server of servers) await server.stop();
    },
  };
});
