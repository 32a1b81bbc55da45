/** What secondaries hear when muster starts: nothing before it can give what it tells of. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { freePort } from "../fakes/free-port.ts";
import { Program } from "./parts/program.ts";
import { until } from "./parts/wait.ts";

const closes: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0).reverse()) await close();
});

/** A secondary that comes for the zone as soon as it is told, and notes whether somebody was there. */
async function startSecondary(primaryPort: () => number): Promise<{ port: number; found: boolean[] }> {
  const found: boolean[] = [];
  const socket: Socket = createSocket("udp4");
  socket.on("message", (message, { address, port }) => {
    const transfer = connect(primaryPort(), "127.0.0.1");
    transfer.once("connect", () => found.push(true));
    transfer.once("error", () => found.push(false));
    transfer.once("connect", () => transfer.destroy());
    // The same with QR: the NOTIFY has arrived.
    message.writeUInt16BE(message.readUInt16BE(2) | 0x8000, 2);
    socket.send(message, port, address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  closes.push(() => void socket.close());
  return { port: socket.address().port, found };
}

/** Takes connections and says nothing. */
async function startSilent(): Promise<number> {
  const port = await freePort();
  const server: Server = createServer((client) => client.on("error", () => undefined));
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  closes.push(() => void server.close());
  return port;
}

test("M3 nobody is told of a zone before muster answers, so that whoever comes at once finds it", async () => {
  let primaryPort = 0;
  const { found, port } = await startSecondary(() => primaryPort);
  const silent = await startSilent();
  const program = await Program.prepare("");
  closes.push(() => program.close());
  primaryPort = program.dnsPort;
  writeFileSync(
    join(program.folder, "still.zone"),
    "$TTL 60\n@ SOA ns1.example.net. h.example.net. 1 3600 600 86400 60\n@ NS ns1.example.net.\n@ NS ns2.example.net.\n",
  );
  // The pool keeps muster from answering for as long as nothing is known of its member.
  program.configure(`zones:
  still.test: { file: still.zone, transfer: { to: { address: 127.0.0.1, port: ${port} } } }
  slow.test: { nameservers: [ns1.example.net, ns2.example.net] }
pools:
  www.slow.test: { check: { tcp: { port: ${silent}, expect: "x" }, timeout: 5s, interval: 10s }, members: [127.0.0.1] }
`);
  await program.launch();
  await until("the secondary is told", () => found.length > 0 || null);
  expect(found[0]).toBe(true);
});

test("whoever hears that muster is ready finds its DNS server, also while a large zone is read", async () => {
  const program = await Program.prepare("zones: { large.test: { file: large.zone } }\n");
  closes.push(() => program.close());
  const head = "$TTL 60\n@ SOA ns1.example.net. h.example.net. 1 3600 600 86400 60\n@ NS ns1.example.net.\n";
  const hosts = Array.from({ length: 100_000 }, (_, i) => `h${i} A 192.0.2.1\n`);
  writeFileSync(join(program.folder, "large.zone"), head + hosts.join(""));
  program.spawn();
  await until("muster is ready", async () => (await fetch(`${program.api}/healthz`).catch(() => null))?.ok || null);
  expect(await program.addresses("h7.large.test")).toBe("192.0.2.1");
});
