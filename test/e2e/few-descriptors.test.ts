/** A process that may open few files: probes leave enough of them, and what cannot be looked at is not taken for broken. */
import { spawnSync } from "node:child_process";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { Program } from "./parts/program.ts";
import { until } from "./parts/wait.ts";

const filesMax = 200;
/** Node may raise the soft limit as far as the hard one. */
const limited = ["prlimit", `--nofile=${filesMax}:${filesMax}`];
const members = Array.from({ length: 400 }, (_, i) => `127.2.${Math.floor(i / 200)}.${1 + (i % 200)}`);

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Answers late at first, so that more connections are wanted than there may be. */
let answerAfterMs = 400;

async function startServer(): Promise<Server> {
  const server = createServer((_request, response) => {
    setTimeout(() => response.end("well"), answerAfterMs);
  });
  ends.push(() => server.closeAllConnections());
  ends.push(() => server.close());
  await once(server.listen(0, "0.0.0.0"), "listening");
  return server;
}

test("T1 four hundred members and two hundred descriptors: all are judged, none is taken for down, and it is told once", async () => {
  const { port } = (await startServer()).address() as AddressInfo;
  const program = await Program.prepare(`
zones: { example.org: { nameservers: [ns1.example.net, ns2.example.com] } }
pools:
  www.example.org: { check: { http: { port: ${port}, path: / }, interval: 500ms }, members: [${members.join(", ")}] }
`);
  ends.push(() => program.close());
  program.through = limited;
  await program.launch();
  const told = (): string[] => program.output.split("\n").filter((line) => line.includes("150 connections open"));
  await until("it is told", () => told()[0] ?? null);
  answerAfterMs = 0;
  await until("all members are up", async () => {
    const [pool] = (await program.status()).pools;
    return pool?.members.every(({ health }) => health === "up") === true ? pool : null;
  });
  const lines = program.output.split("\n");
  expect(lines.filter((line) => /is down|own network lost|cannot be saved/.test(line))).toEqual([]);
  expect(told()).toHaveLength(1);
  expect(program.cli("status").code).toBe(0);
});

test("T1 with no descriptor left the own interfaces are what they were", () => {
  const script = `
    import { openSync } from "node:fs";
    import { watchOwnLinks } from ${JSON.stringify(join(import.meta.dirname, "../../src/io/own-links.ts"))};
    let changes = 0;
    watchOwnLinks().onChange((links) => console.log(++changes, links.length > 0));
    try { for (;;) openSync("/dev/null"); } catch (error) { console.log(error.code); }
    setTimeout(() => process.exit(0), 2500);
  `;
  const words = [...limited.slice(1), process.execPath, "--input-type=module", "-e", script];
  const { status, stderr, stdout } = spawnSync("prlimit", words, { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(stdout).toBe("1 true\nEMFILE\n");
  expect(status).toBe(0);
});

test("M14 with no descriptor left a message by a program waits, and muster goes on", () => {
  const script = `
    import { openSync, closeSync } from "node:fs";
    import { createExecNotifier } from ${JSON.stringify(join(import.meta.dirname, "../../src/io/notify/exec-channel.ts"))};
    const notifier = createExecNotifier({ kind: "exec", name: "pager", timeoutMs: 2000, command: ["/bin/true"] });
    const message = { id: "1", createdAt: 0, severity: "info", lines: [], omitted: 0, dropped: 0, details: null };
    const deliver = () => notifier.deliver(message, new AbortController().signal);
    const files = [];
    try { for (;;) files.push(openSync("/dev/null")); } catch (error) { console.log(error.code); }
    const { kind, reason } = await deliver();
    for (const file of files) closeSync(file);
    console.log(kind, reason);
    console.log((await deliver()).kind);
  `;
  const words = [...limited.slice(1), process.execPath, "--input-type=module", "-e", script];
  const { status, stderr, stdout } = spawnSync("prlimit", words, { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(stdout).toBe("EMFILE\nfailed `/bin/true` cannot be started: no file descriptor is left\ndelivered\n");
  expect(status).toBe(0);
});
