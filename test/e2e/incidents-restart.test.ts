/**
 * Incidents over a restart: an outlet, a file, a primary, a zone's file and an audit's finding are in trouble, muster is
 * stopped, and what was wrong is mended, or leaves the configuration, before it is started again. Whoever was told of the
 * beginning is told of the end.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { freePort } from "../fakes/free-port.ts";
import { Primary, primaryZone } from "../interop/primaries.ts";
import { startUpdatable, type UpdatableServer, updateKey } from "../interop/update-servers.ts";
import { Program } from "./parts/program.ts";
import { until } from "./parts/wait.ts";
import { WebServer } from "./parts/web-server.ts";

const closes: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0).reverse()) await close();
});

/** What stands before a nameserver and passes UDP on, and TCP only once that is opened. */
class Relay {
  readonly port: number;
  readonly #to: number;
  readonly #udp: Socket = createSocket("udp4");
  #tcp: Server | null = null;

  constructor(port: number, to: number) {
    this.port = port;
    this.#to = to;
    this.#udp.on("message", (question, from) => {
      const asking = createSocket("udp4");
      asking.on("message", (answer) => this.#udp.send(answer, from.port, from.address, () => asking.close()));
      asking.on("error", () => asking.close());
      asking.send(question, this.#to, "127.0.0.1");
    });
    this.#udp.bind(port, "127.0.0.1");
  }

  async openTcp(): Promise<void> {
    this.#tcp = createServer((client) => {
      const server = connect(this.#to, "127.0.0.1");
      for (const end of [client, server]) end.on("error", () => end.destroy());
      client.pipe(server).pipe(client);
    }).listen(this.port, "127.0.0.1");
    await once(this.#tcp, "listening");
  }

  close(): void {
    this.#udp.close();
    this.#tcp?.close();
  }
}

const fileZone = "$TTL 60\n@ SOA ns1.example.net. root.example.net. 7 3600 600 86400 60\n@ NS ns1.example.net.\n";

interface Scene {
  readonly program: Program;
  readonly relay: Relay;
  readonly primary: Primary;
  readonly updatable: UpdatableServer;
  /** With everything; with its pool, and nothing else of it; with nothing of it. */
  readonly configs: { readonly whole: string; readonly bare: string; readonly other: string };
}

async function startScene(): Promise<Scene> {
  const web = await WebServer.start("127.0.23.2", await freePort("0.0.0.0"));
  closes.push(() => web.close());
  const program = await Program.prepare("");
  closes.push(() => program.close());
  const notify = { address: "127.0.0.1", port: program.dnsPort };
  const primary = await Primary.start("knot", { zone: primaryZone(1), notify });
  closes.push(() => primary.close());
  const updatable = await startUpdatable("bind");
  closes.push(() => updatable.close());
  const relay = new Relay(await freePort(), program.dnsPort);
  closes.push(() => relay.close());
  writeFileSync(join(program.folder, "update.key"), updateKey.secret, { mode: 0o600 });
  const common = `
audit: { interval: 10s, lag: 1s }
notify:
  group: 100ms
  channels: { file: { exec: { command: [/usr/bin/tee, -a, ${program.folder}/told] } } }
  routes: [{ to: file, severity: warning }]
keys: { ${updateKey.name}: { algorithm: ${updateKey.algorithm}, secret: { file: update.key } } }
`;
  const whole = `${common}
zones:
  example.org:
    primaries: [{ address: 127.0.0.1, port: ${primary.endpoint.port} }]
    nameservers: [{ name: ns1.example.net, address: "127.0.0.1:${relay.port}" }]
    ttl: 2s
    publish:
      - embedded
      - update: { servers: [{ address: 127.0.0.1, port: ${updatable.endpoint.port} }], key: ${updateKey.name} }
      - file: { path: ${program.folder}/out/zone }
  file.example:
    file: file.zone
pools:
  www.example.org: { check: { tcp: ${web.port} }, members: [127.0.23.2] }
`;
  const bare = `${common}
zones: { example.org: { nameservers: [{ name: ns1.example.net, address: "127.0.0.1:${program.dnsPort}" }] } }
pools: { www.example.org: { check: { tcp: ${web.port} }, members: [127.0.23.2] } }
`;
  const other = `${common}
zones: { other.example: { nameservers: [ns1.example.net] } }
pools: { www.other.example: { check: { tcp: ${web.port} }, members: [127.0.23.2] } }
`;
  return { program, relay, primary, updatable, configs: { whole, bare, other } };
}

/** States by key, the newest last. */
function told({ folder }: Program): ReadonlyMap<string, string> {
  const text = readFileSync(join(folder, "told"), { encoding: "utf8", flag: "a+" });
  const lines = [...text.matchAll(/\{[^{}]*"key":"[^{}]*\}/g)].map(([line]) => {
    return JSON.parse(line) as { key: string; state: string };
  });
  return new Map(lines.map(({ key, state }) => [key.replaceAll(folder, "FOLDER").replaceAll(/\d{4,}/g, "N"), state]));
}

const beginnings = [
  "audit example.org ns1.example.net (127.0.0.1:N, TCP): it cannot be asked: nothing listens on port N of 127.0.0.1",
  "nameserver example.org update server (127.0.0.1:N)",
  "outlet example.org file FOLDER/out/zone",
  "outlet example.org update 127.0.0.1:N",
  "secondary example.org",
  "zone/refused file.example",
];

async function waitForAll(program: Program, state: string): Promise<void> {
  const open = (): readonly string[] => beginnings.filter((key) => told(program).get(key) !== state);
  await until(`all is told as ${state}`, () => (open().length === 0 ? true : null), 60_000).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${JSON.stringify([...told(program)], null, 1)}\n${program.output}`, {
      cause: error,
    });
  });
}

/** Until everything is in trouble, and muster is stopped. */
async function fail({ configs, primary, program, updatable }: Scene): Promise<void> {
  const broken = join(program.folder, "file.zone");
  writeFileSync(broken, fileZone);
  program.configure(configs.whole);
  await updatable.stop();
  await program.launch();
  await primary.stop();
  writeFileSync(broken, `${fileZone}www A 192.0.2.300\n`);
  program.signal("SIGHUP");
  await waitForAll(program, "problem");
  program.signal("SIGTERM");
  await program.ended();
}

test("M12 P4 trouble that is mended while muster is stopped is told as over at the next start", async () => {
  const scene = await startScene();
  const { primary, program, relay, updatable } = scene;
  await fail(scene);
  writeFileSync(join(program.folder, "file.zone"), fileZone);
  mkdirSync(join(program.folder, "out"));
  await primary.run(primaryZone(2));
  await updatable.start();
  await relay.openTcp();
  await program.launch();
  await waitForAll(program, "resolved");
  expect([...told(program).values()]).not.toContain("problem");
});

test("M12 P4 trouble of what leaves the configuration while muster is stopped is told as over at the next start", async () => {
  const scene = await startScene();
  await fail(scene);
  rmSync(join(scene.program.folder, "file.zone"));
  scene.program.configure(scene.configs.other);
  await scene.program.launch();
  await waitForAll(scene.program, "resolved");
});

test("M12 P4 trouble of what leaves the configuration by a reload is told as over", async () => {
  const scene = await startScene();
  await fail(scene);
  await scene.program.launch();
  scene.program.configure(scene.configs.bare);
  scene.program.signal("SIGHUP");
  await waitForAll(scene.program, "resolved");
});
