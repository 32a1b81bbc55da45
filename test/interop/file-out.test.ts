/**
 * Zone files that the real program writes for servers which are there already: BIND, Knot, NSD and PowerDNS. A web server
 * dies, and what they serve follows; the checkers of three houses take every file.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, expect, test } from "vitest";
import type { Endpoint } from "../../src/core/model.ts";
import { rdataText } from "../../src/dns/rdata/index.ts";
import { typeNumber } from "../../src/dns/rr-types.ts";
import { Program } from "../e2e/parts/program.ts";
import { until } from "../e2e/parts/wait.ts";
import { WebServer } from "../e2e/parts/web-server.ts";
import { freePort } from "../fakes/free-port.ts";
import { ask } from "./dns-client.ts";
import { type FileServer, fileServerNames, startFileServer } from "./file-servers.ts";
import { Secondary } from "./secondaries.ts";

const [one, two] = ["127.0.5.1", "127.0.5.2"];
const stale = "$TTL 60\n@ SOA ns1 host 1 7200 900 1209600 300\n@ NS ns1\nns1 A 192.0.2.1\n";
const byHand = `; kept by hand\n$TTL 3600\n@\tIN SOA ns1 host (\n\t2026010101 ; serial\n\t7200 900 1209600 300 )\n  NS ns1\nns1 A 192.0.2.1
; muster begins
; muster ends
mail  600  A  192.0.2.25 ; stays\n`;

const closes: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0).reverse()) await close();
});

let port = 0;
beforeAll(async () => {
  port = await freePort("0.0.0.0");
});

async function startWeb(address: string): Promise<WebServer> {
  const web = await WebServer.start(address, port);
  closes.push(() => web.close());
  return web;
}

async function startServer(...args: Parameters<typeof startFileServer>): Promise<FileServer> {
  const server = await startFileServer(...args);
  closes.push(() => server.daemon.stop());
  return server;
}

async function startProgram(files: readonly { path: string; reload?: readonly string[]; block?: boolean }[]) {
  const publish = JSON.stringify(["embedded", ...files.map((file) => ({ file }))]);
  const program = await Program.start(`
zones:
  example.org: { nameservers: [ns1.example.net, ns2.example.com], ttl: 20s, ttl-min: 2s, publish: ${publish} }
pools:
  www.example.org: { check: { tcp: ${port} }, members: [${one}, ${two}] }
`);
  closes.push(() => program.close());
  return program;
}

async function recordsAt(endpoint: Endpoint, name: string, type: string): Promise<string> {
  const { answers } = await ask(endpoint, { name, type, tcp: true });
  const number = typeNumber(type);
  return answers
    .filter((record) => record.type === number)
    .map((record) => rdataText(record.type, record.rdata))
    .sort()
    .join(" ");
}

async function serves(endpoint: Endpoint, wanted: string, described: () => unknown): Promise<void> {
  await until(`www.example.org is ${wanted}`, async () => {
    const seen = await recordsAt(endpoint, "www.example.org", "A").catch(() => "");
    return seen === wanted || null;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${String(described())}`, { cause: error });
  });
}

const checkers = [
  ["named-checkzone", ["-i", "local", "example.org"]],
  ["kzonecheck", ["-o", "example.org"]],
  ["/usr/sbin/nsd-checkzone", ["example.org"]],
] as const;

function expectClean(path: string): void {
  for (const [program, args] of checkers) {
    const done = spawnSync(program, [...args, path], { encoding: "latin1" });
    expect([program, done.status, done.status === 0 ? "" : `${done.stdout}${done.stderr}`]).toEqual([program, 0, ""]);
  }
}

test.each(fileServerNames)("M13 %s reads what is written when a member changes", async (name) => {
  const first = await startWeb(one);
  await startWeb(two);
  const server = await startServer(name, stale);
  const { endpoint } = server.daemon;
  const program = await startProgram([{ path: server.file, reload: server.reload }]);
  const described = (): string => `${program.output}\n${server.daemon.printed()}`;
  await serves(endpoint, `${one} ${two}`, described);
  expectClean(server.file);
  await first.stop();
  await serves(endpoint, two, described);
  await until("the status says so", async () => {
    const { outlets, zones } = await program.status();
    const [outlet] = outlets;
    return (outlet?.state === "in-step" && outlet.serial === zones[0]?.serial) || null;
  });
  expectClean(server.file);
  const { answers } = await ask(endpoint, { name: "example.org", type: "SOA", tcp: true });
  const { answers: own } = await program.ask("example.org", "SOA");
  expect(answers[0]?.rdata).toEqual(own[0]?.rdata);
  expect(statSync(server.file).mode & 0o777).toBe(0o640);
  expect(program.output).not.toContain("outlet/trouble");
});

test("M9 M13 a restart writes nothing anew, and a zone file that is read again is followed", async () => {
  await startWeb(one);
  await startWeb(two);
  const folder = mkdtempSync(join(tmpdir(), "muster-file-"));
  closes.push(() => rmSync(folder, { recursive: true, force: true }));
  const [base, path] = [join(folder, "base"), join(folder, "out")];
  writeFileSync(base, stale);
  const program = await Program.start(`
zones: { example.org: { file: ${base}, publish: [{ file: { path: ${path} } }] } }
pools: { www.example.org: { check: { tcp: ${port} }, members: [${one}, ${two}] } }
`);
  closes.push(() => program.close());
  const inStep = async (): Promise<true | null> => {
    const { outlets, zones } = await program.status();
    return (outlets[0]?.state === "in-step" && outlets[0].serial === zones[0]?.serial) || null;
  };
  await until("all members are in the file", () => readFile(path).split(/www\.example\.org\.\t/).length === 3 || null);
  await until("it is in step", inStep);
  const before = statSync(path);
  program.signal("SIGTERM");
  await program.ended();
  await program.launch();
  await until("it is in step again", inStep);
  expect(statSync(path).ino).toBe(before.ino);
  writeFileSync(base, `${stale}new A 192.0.2.77\n`);
  expect(program.cli("reload").code).toBe(0);
  await until("the new record is in the file", () => readFile(path).includes("192.0.2.77") || null);
  expectClean(path);
});

function readFile(path: string): string {
  return existsSync(path) ? readFileSync(path, "latin1") : "";
}

test.each(["knot", "nsd", "powerdns"] as const)("W10 %s serves the file that people and muster keep", async (name) => {
  const first = await startWeb(one);
  await startWeb(two);
  const server = await startServer(name, byHand);
  const { endpoint } = server.daemon;
  const program = await startProgram([{ path: server.file, reload: server.reload, block: true }]);
  const described = (): string => `${program.output}\n${server.daemon.printed()}`;
  await serves(endpoint, `${one} ${two}`, described);
  await first.stop();
  await serves(endpoint, two, described);
  expect(await recordsAt(endpoint, "mail.example.org", "A")).toBe("192.0.2.25");
  expectClean(server.file);
});

test("W10 M10 M13 the block in a hand-kept file of BIND follows, and so does its secondary", async () => {
  const first = await startWeb(one);
  await startWeb(two);
  const server = await startServer("bind", byHand);
  const secondary = await Secondary.start("bind", { origin: "example.org", primary: server.daemon.endpoint });
  closes.push(() => secondary.close());
  const also = `also-notify { 127.0.0.1 port ${secondary.endpoint.port}; };`;
  const conf = `${server.daemon.folder}/named.conf`;
  writeFileSync(conf, readFileSync(conf, "utf8").replace(/also-notify [^;]*; };/, also));
  const reconfigure = [...server.reload.slice(0, -2), "reconfig"];
  expect(spawnSync(reconfigure[0] ?? "", reconfigure.slice(1), { encoding: "utf8" }).status).toBe(0);
  const program = await startProgram([{ path: server.file, reload: server.reload, block: true }]);
  const described = (): string => `${program.output}\n${server.daemon.printed()}\n${secondary.log}`;
  await serves(secondary.endpoint, `${one} ${two}`, described);
  await first.stop();
  await serves(server.daemon.endpoint, two, described);
  await serves(secondary.endpoint, two, described);
  expect(await recordsAt(secondary.endpoint, "mail.example.org", "A")).toBe("192.0.2.25");
  expectClean(server.file);
  const text = readFileSync(server.file, "latin1");
  const [before = "", after = ""] = text.split(/; muster begins[^]*; muster ends\n/);
  expect(before.replace(/\d{10}/, "2026010101")).toBe(byHand.split("; muster begins")[0]);
  expect(after).toBe("mail  600  A  192.0.2.25 ; stays\n");

  // M10: while muster is away, nobody changes the file for more than a day.
  const serialAt = async ({ endpoint }: { endpoint: Endpoint }): Promise<number> =>
    Number((await recordsAt(endpoint, "example.org", "SOA").catch(() => "")).split(" ")[2]);
  const quiet = await serialAt(server.daemon);
  program.signal("SIGTERM");
  await program.ended();
  utimesSync(server.file, new Date(), new Date(Date.now() - 25 * 3_600_000));
  await program.launch();
  await until(`M10 the secondary has a newer serial\n${described()}`, async () =>
    (await serialAt(secondary)) > quiet && (await serialAt(server.daemon)) > quiet ? true : null,
  );
  expect(readFileSync(server.file, "latin1").replace(/\d{10}/, "")).toBe(text.replace(/\d{10}/, ""));
});

test("M11 a zone that takes over a file whose serial is a date goes on above it", async () => {
  await startWeb(one);
  await startWeb(two);
  const server = await startServer("bind", stale.replace("host 1 ", "host 2099123101 "));
  const program = await startProgram([{ path: server.file, reload: server.reload }]);
  const described = (): string => `${program.output}\n${server.daemon.printed()}`;
  await serves(server.daemon.endpoint, `${one} ${two}`, described);
  const soa = await recordsAt(server.daemon.endpoint, "example.org", "SOA");
  expect(Number(soa.split(" ")[2])).toBeGreaterThan(2_099_123_101);
  expect(program.output).toContain(`file ${server.file} has serial 2099123101 of zone example.org, above muster's`);
});

test("M7 M13 killed between write and reload: BIND reads the file as soon as muster runs again", async () => {
  const first = await startWeb(one);
  await startWeb(two);
  const server = await startServer("bind", stale);
  const mark = join(server.daemon.folder, "may-reload");
  writeFileSync(mark, "");
  const words = server.reload.map((word) => `'${word}'`).join(" ");
  const command = `test -e '${mark}' && exec ${words}; kill -9 $PPID`;
  const program = await startProgram([{ path: server.file, reload: ["sh", "-c", command] }]);
  const described = (): string => `${program.output}\n${server.daemon.printed()}`;
  await serves(server.daemon.endpoint, `${one} ${two}`, described);
  await until("it is in step", async () => (await program.status()).outlets[0]?.state === "in-step" || null);
  rmSync(mark);
  await first.stop();
  expect(await program.ended()).toBeNull();
  const serialIn = (records: string): number => Number(records.split(" ")[2]);
  const written = serialIn(readFile(server.file).split("\tSOA\t")[1] ?? "");
  expect(serialIn(await recordsAt(server.daemon.endpoint, "example.org", "SOA"))).toBeLessThan(written);
  expectClean(server.file);
  writeFileSync(mark, "");
  await program.launch();
  await serves(server.daemon.endpoint, two, described);
  expect(serialIn(await recordsAt(server.daemon.endpoint, "example.org", "SOA"))).toBeGreaterThanOrEqual(written);
});
