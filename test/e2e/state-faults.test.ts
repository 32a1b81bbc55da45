/** The started program whose database has no room, or is taken away: it goes on, says so everywhere, and recovers by itself. */
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../fakes/free-port.ts";
import { Program } from "./parts/program.ts";
import { until } from "./parts/wait.ts";
import { WebServer } from "./parts/web-server.ts";

const [one, two] = ["127.0.78.1", "127.0.78.2"] as const;
const www = "www.example.org";
let web: WebServer[];
let program: Program;

beforeAll(async () => {
  const port = await freePort("0.0.0.0");
  web = await Promise.all([one, two].map((address) => WebServer.start(address, port)));
  program = await Program.prepare("");
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "muster-test", program.folder]);
  program.configure(`
zones: { example.org: { nameservers: [ns1.example.net, ns2.example.net], ttl: 2s, ttl-min: 1s } }
pools:
  ${www}:
    check: { http: { port: ${port} }, interval: 500ms }
    members: [{ address: ${one}, name: web1 }, { address: ${two}, name: web2 }]
`);
  await program.launch();
  await program.answers(www, `${one} ${two}`);
});

afterAll(async () => {
  program.signal("SIGTERM");
  await program.ended();
  execFileSync("umount", ["--lazy", program.folder]);
  await program.close();
  for (const each of web) await each.close();
});

async function metric(): Promise<string | undefined> {
  const metrics = await (await fetch(`${program.api}/metrics`)).text();
  return /^muster_unsaved (\d)$/m.exec(metrics)?.[1];
}

test("M7 a full disk: orders are in force and said to be unsaved; with room again nothing of them is lost", async () => {
  expect([program.cli("status").code, await metric()]).toEqual([0, "0"]);
  const filler = join(program.folder, "filler");
  expect(() => writeFileSync(filler, Buffer.alloc(4 * 1024 * 1024))).toThrow("ENOSPC");
  const drained = program.cli("drain", "web1", "--reason", "new disk");
  expect(drained.out).toContain("this is in force, but could not be saved yet: a restart before that forgets it");
  await program.answers(www, two);
  const { code, out } = program.cli("status");
  expect(out).toContain("decisions are not saved, and a restart would forget them: the disk is full");
  expect([code, await metric()]).toEqual([1, "1"]);
  expect(program.cli("events").out).toContain("new disk");
  rmSync(filler);
  await until("all is saved", async () => (await program.status()).unsaved === undefined || null);
  expect([program.cli("status").code, await metric()]).toEqual([0, "0"]);
  await program.kill();
  await program.launch();
  expect((await program.status()).pools[0]?.members[0]?.override).toMatchObject({ reason: "new disk" });
});

test("M7 a database that is removed meanwhile is written again, and holds what was acknowledged", async () => {
  for (const name of ["state.sqlite", "state.sqlite-wal"]) rmSync(join(program.folder, name));
  expect(program.cli("drain", "web2", "--reason", "after the removal").out).not.toContain("could not be saved");
  expect(program.cli("enable", "web1").code).toBe(0);
  await program.kill();
  await program.launch();
  const members = (await program.status()).pools[0]?.members ?? [];
  expect(members.map(({ override }) => override?.reason)).toEqual([undefined, "after the removal"]);
  expect(program.cli("events").out).toContain("new disk");
});
