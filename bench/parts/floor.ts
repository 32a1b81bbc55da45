/** The smallest responder that Node can be: what the socket layer alone costs. See `load/floor.ts`. */
import { fileURLToPath } from "node:url";
import { awaitAnswer, countAnswered } from "./dns-client.ts";
import { startProcess } from "./processes.ts";
import { fullName, type Service, type Started } from "./service.ts";

const program = fileURLToPath(new URL("../load/floor.ts", import.meta.url));

export async function startFloor(service: Service): Promise<Started> {
  const { server, core } = service;
  const args = [program, server.address, String(server.port)];
  const running = startProcess({ command: process.execPath, args, debian: "nodejs", core });
  await awaitAnswer(server, { name: fullName("ready"), accept: countAnswered(4), msMax: 10_000 });
  const settings = "a Node UDP socket that answers every query with the same bytes";
  return { subject: "floor", server, running, settings, reload: null };
}
