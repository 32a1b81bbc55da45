import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freePort } from "../fakes/free-port.ts";
import { makeScene, runProbe, targetOf, wordsOf } from "./probe-scene.ts";
import { serve } from "./probe-server.ts";
import { startProgram, untilAccepting } from "./spawned.ts";

const scene = makeScene();

test("P2 the banner of a real sshd, with and without a fragment that is expected", async () => {
  const folder = mkdtempSync(join(tmpdir(), "muster-ssh-"));
  scene.after.push(() => rmSync(folder, { recursive: true }));
  const port = await freePort();
  const key = join(folder, "key");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  writeFileSync(join(folder, "conf"), `ListenAddress 127.0.0.1:${port}\nHostKey ${key}\nPidFile none\nUsePAM no\n`);
  // Where sshd, started as root, confines the part of it that strangers talk to.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const sshd = startProgram("/usr/sbin/sshd", ["-D", "-e", "-f", join(folder, "conf")]);
  scene.after.push(() => sshd.stop());
  await untilAccepting(sshd, port);
  const prober = scene.prober();
  const find = async (expect: string | null): Promise<string> =>
    wordsOf(await runProbe(prober, targetOf({ kind: "ssh", port, expect })));
  expect(await find(null)).toMatch(/^up: banner 'SSH-2\.0-OpenSSH/);
  expect(await find("OpenSSH")).toMatch(/^up: /);
  expect(await find("dropbear")).toMatch(/^down: banner 'SSH-2\.0-OpenSSH.*' lacks 'dropbear'$/);
  await sshd.stop();
  expect(await find(null)).toBe("down: connection refused");
});

const hostile: readonly (readonly [string, (socket: net.Socket) => void, string])[] = [
  ["speaks another protocol", (socket) => socket.end("220 mail ESMTP\r\n"), "down: '220 mail ESMTP' is no SSH banner"],
  ["is too old", (socket) => socket.write("SSH-1.5-x\r\n"), "down: banner 'SSH-1.5-x' is not SSH 2"],
  ["takes old clients too", (socket) => socket.write("hello\r\nSSH-1.99-x\n"), "up: banner 'SSH-1.99-x'"],
  ["says nothing", () => {}, "down: no answer within 300 ms"],
  ["closes", (socket) => socket.end(), "down: closed the connection before its banner"],
  [
    "never comes to the point",
    (socket) => socket.write("x\r\n".repeat(9_000)),
    "down: 'x' is no SSH banner within 8192 bytes",
  ],
  ["writes to the terminal", (socket) => socket.write("SSH-2.0-\x1b[31m\x07\r\n"), "up: banner 'SSH-2.0-.[31m.'"],
];

test.each(hostile)("a server that %s", async (_title, treat, expected) => {
  const server = await serve(treat);
  scene.after.push(() => server.stop());
  const target = targetOf({ kind: "ssh", port: server.port, expect: null });
  expect(wordsOf(await runProbe(scene.prober(), target, 300))).toBe(expected);
  await expect.poll(() => server.sockets.size).toBe(0);
});
