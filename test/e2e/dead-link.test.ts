/**
 * Links that are dead and do not say so: a relay between a watcher, an agent and their controller goes on taking what comes,
 * and passes nothing on, as a NAT that has forgotten a connection does, or a line on which TCP waits longer and longer.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../fakes/free-port.ts";
import { Program } from "./parts/program.ts";
import { until } from "./parts/wait.ts";

const main = join(import.meta.dirname, "../../src/main.ts");
const backMsMax = 60_000;

/** Connections that are open now can be made to swallow all that comes; later ones are passed on. */
class Relay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #swallowed = new WeakSet<Socket>();

  constructor(to: number) {
    this.#server = createServer((near) => {
      const far = connect(to, "127.0.0.1");
      this.#join(near, far);
      this.#join(far, near);
    });
  }

  #join(from: Socket, onto: Socket): void {
    this.#sockets.add(from);
    from.on("error", () => undefined);
    from.on("data", (chunk) => this.#swallowed.has(from) || onto.write(chunk));
    from.on("close", () => this.#swallowed.has(from) || onto.destroy());
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", () => resolve()));
    return (this.#server.address() as AddressInfo).port;
  }

  swallow(): void {
    for (const socket of this.#sockets) this.#swallowed.add(socket);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

let program: Program;
let relay: Relay;
const children: ChildProcess[] = [];

beforeAll(async () => {
  const port = await freePort();
  program = await Program.start(`
zones: { example.org: { nameservers: [ns1.example.net, ns2.example.com] } }
watch: { listen: "127.0.0.1:${port}" }
watchers: { fra: {} }
agents: { web1: 127.0.0.2 }
pools: { www.example.org: { check: { tcp: 9 }, members: [127.0.0.2] } }
`);
  relay = new Relay(port);
  const at = `127.0.0.1:${await relay.listen()}`;
  for (const [verb, name] of [
    ["watch", "fra"],
    ["agent", "web1"],
  ] as const) {
    const { code, err, out } = await program.run(verb, "enrol", name, program.file);
    expect(code, err).toBe(0);
    const token = join(program.folder, `${name}.token`);
    writeFileSync(token, out, { mode: 0o600 });
    const words = [main, verb, "--controller", at, "--folder", join(program.folder, name), "--token-file", token];
    children.push(spawn(process.execPath, words, { stdio: "ignore" }));
  }
  await until("both have reported", async () => ((await heardAt()).every((at) => at > 0) ? true : null));
});

afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  relay?.close();
  await program?.close();
});

/** When each of them was heard last; 0: never. */
async function heardAt(): Promise<readonly number[]> {
  const { agents, watchers } = await program.status();
  return [...agents, ...watchers].map((one) => one.heardAt ?? 0);
}

test("P9 W9 a connection that takes everything and passes nothing on is given up for a new one", async () => {
  relay.swallow();
  const swallowedAt = Date.now();
  // What had been passed on by then has arrived a second later.
  await until(
    "both are heard again",
    async () => ((await heardAt()).every((at) => at > swallowedAt + 1_000) ? true : null),
    backMsMax,
  );
});
