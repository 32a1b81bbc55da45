import { once } from "node:events";
import net from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { createPrng } from "../../src/base/prng.ts";
import { mono, wall } from "../../src/base/time.ts";
import { Agenda } from "../../sim/agenda.ts";
import { createProber as createSimulatedProber } from "../../sim/prober.ts";
import { World } from "../../sim/world.ts";
import { createProber } from "../../src/io/probe/prober.ts";
import { portOf } from "./prober-port.ts";
import { type ProberServer, type ProberWorld, proberContract } from "./prober.contract.ts";

/** A small web server on real sockets, whose process is played by its sockets: stopping it closes them all. */
async function startSocketServer(): Promise<ProberServer> {
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
      const server = await startSocketServer();
      servers.push(server);
      return server;
    },
    close: async () => {
      await prober.close();
      for (const server of servers) await server.stop();
    },
  };
});

/** The simulator's members over simulated time: a wait is a jump from one thing that happens to the next. */
proberContract("simulated", async (): Promise<ProberWorld> => {
  const agenda = new Agenda();
  const world = new World(agenda, createPrng(7), wall(0));
  const prober = createSimulatedProber(world, world.home);
  const turn = (address: string, condition: "stopped" | "frozen"): void =>
    world.setCondition(address, condition, (targetId) => prober.trip(targetId));
  let servers = 0;
  return {
    prober,
    until: async (isDone, limitMs) => {
      const endsAt = agenda.now + limitMs;
      while (!isDone()) {
        if (agenda.now > endsAt) throw new Error(`nothing happened within ${limitMs} ms`);
        agenda.runUntil(mono(agenda.now + 1));
      }
    },
    startServer: async () => {
      const address = `192.0.2.${++servers}`;
      const member = world.member(address);
      return {
        address,
        port: 80,
        accepted: () => member.accepted,
        open: () => member.kept.size,
        freeze: () => turn(address, "frozen"),
        stop: async () => turn(address, "stopped"),
      };
    },
    close: () => prober.close(),
  };
});
