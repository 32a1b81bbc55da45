/** The started program whose log goes nowhere: onto a full disk, to nobody, or to somebody who does not read. It goes on. */
import { execFileSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createClient } from "../../src/api/client.ts";
import { freePort } from "../fakes/free-port.ts";
import { Program } from "./parts/program.ts";
import { until } from "./parts/wait.ts";
import { WebServer } from "./parts/web-server.ts";

const address = "127.0.79.1";
const after: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of after.splice(0).reverse()) await end();
});

/** muster with its standard output at `place`, ready. */
async function start(style: string, place: (program: Program) => string) {
  const web = await WebServer.start(address, await freePort(address));
  after.push(() => web.close());
  const program = await Program.prepare(`
zones: { example.org: { nameservers: [ns1.example.net, ns2.example.net], ttl: 2s, ttl-min: 1s } }
pools: { www.example.org: { check: { tcp: ${web.port} }, members: [{ address: ${address}, name: web1 }] } }
`);
  after.push(() => program.kill());
  program.through = ["sh", "-c", `MUSTER_LOG=${style}; export MUSTER_LOG; exec "$@" > ${place(program)}`, "sh"];
  program.spawn();
  const client = createClient({ url: new URL(program.api), token: null });
  await until("muster is ready", async () => (await client.status().catch(() => null))?.ready || null);
  const act = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) {
      await client.setOverride({ member: "web1", kind: "drain", reason: "x".repeat(400), owner: "ann" });
      await client.clearOverride("web1", { owner: "ann", reason: "x".repeat(400) });
    }
  };
  return { program, act, client };
}

function fifo(program: Program): string {
  const path = join(program.folder, "log");
  execFileSync("mkfifo", [path]);
  return path;
}

test.each(["text", "json"])("a log that cannot be written keeps nobody from deciding: %s", async (style) => {
  const { act, client, program } = await start(style, () => "/dev/full");
  await act(5);
  expect((await client.status()).pools[0]?.answer.addresses).toEqual([address]);
  program.signal("SIGTERM");
  expect(await program.ended()).toBe(0);
});

test.each(["text", "json"])("nor does one that nobody reads, or whose reader leaves: %s", async (style) => {
  let reader = -1;
  const { act, client, program } = await start(style, (started) => {
    const path = fifo(started);
    reader = openSync(path, "r+");
    return path;
  });
  // More than a pipe holds.
  await act(100);
  expect((await client.status()).pools[0]?.answer.addresses).toEqual([address]);
  closeSync(reader);
  await act(5);
  program.signal("SIGTERM");
  expect(await program.ended()).toBe(0);
});
