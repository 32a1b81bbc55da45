/**
 * What muster looks up. Nameservers of which the configuration has the name only: a drain waits for them, too. Public names
 * elsewhere that should be CNAMEs to pools: an audit says which are not.
 * muster runs with a resolv.conf of its own, which leads to a muster that plays the resolver; the nameserver is a knotd.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { textName } from "../../src/dns/name.ts";
import { parseZone } from "../../src/dns/zone-file/parse.ts";
import { type EmbeddedDns, startEmbeddedDns } from "../../src/io/dns/embedded.ts";
import { freePort } from "../fakes/free-port.ts";
import { silentLog } from "../fakes/silent-log.ts";
import { Secondary } from "../interop/secondaries.ts";
import { Program } from "./parts/program.ts";
import { until } from "./parts/wait.ts";
import { WebServer } from "./parts/web-server.ts";

const zone = "example.org";
const [one, two] = ["127.0.21.1", "127.0.21.2"] as const;
/** Nameservers that are looked up are asked at DNS's own port. */
const follower = { address: "127.0.21.53", port: 53 } as const;
const resolver = { address: "127.0.21.54", port: 53 } as const;

const closes: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0).reverse()) await close();
});

/** Knows `ns2.example.net` only, or nothing yet: then it answers SERVFAIL or REFUSED, as one that is out of order. */
async function startResolver(): Promise<EmbeddedDns> {
  const dns = await startEmbeddedDns({ listen: [resolver], nsid: null, threads: 1, log: silentLog });
  closes.push(() => dns.close());
  return dns;
}

async function know(dns: EmbeddedDns, record: string): Promise<void> {
  const origin = textName("example.net");
  const text = `$TTL 60\n@ SOA ns host 1 3600 600 86400 60\n@ NS ns\nns A ${resolver.address}\n${record}\n`;
  const { rrsets } = parseZone({ origin, text, file: "zone" });
  await dns.loadZone({ origin, rrsets });
  await dns.openZone({ origin, serial: 1, past: null });
}

async function startProgram(): Promise<Program> {
  const port = await freePort("0.0.0.0");
  for (const address of [one, two]) {
    const web = await WebServer.start(address, port);
    closes.push(() => web.close());
  }
  const program = await Program.prepare("");
  closes.push(() => program.close());
  program.configure(`
audit: { interval: 10s, lag: 500ms }
zones:
  ${zone}:
    nameservers: [{ name: ns1.example.net, address: "127.0.0.1:${program.dnsPort}" }, ns2.example.net]
    ttl: 2s
    ttl-min: 1s
    transfer: { allow: [127.0.0.0/8] }
pools:
  www.${zone}:
    aliases: [www.example.net, old.example.net, none.example.net]
    check: { tcp: ${port}, interval: 300ms }
    members: [${one}, ${two}]
`);
  const own = join(program.folder, "resolv.conf");
  writeFileSync(own, `nameserver ${resolver.address}\noptions timeout:1 attempts:1\n`);
  const become = 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"';
  program.through = ["unshare", "--mount", "sh", "-c", become, "sh", own];
  return program;
}

test("a drain waits for a nameserver that is known by its name only, until it has followed", async () => {
  const dns = await startResolver();
  await know(dns, `ns2 A ${follower.address}`);
  const program = await startProgram();
  const primary = { address: "127.0.0.1", port: program.dnsPort };
  const knot = await Secondary.start("knot", { origin: zone, primary, listen: follower });
  closes.push(() => knot.close());
  await program.launch();
  const inStep = (): Promise<true> =>
    until(`ns2 is in step\n${knot.log}\n${program.output}`, async () => {
      await knot.notify();
      const { nameservers } = await program.status();
      const found = nameservers.find(({ name }) => name === "ns2.example.net");
      return found?.state === "in-step" && found.endpoint === `${follower.address}:53` ? true : null;
    });
  await inStep();
  // Nobody tells knotd of the change: muster has it in no list.
  const drained = program.cli("drain", one, "--reason", "new disk");
  expect(drained.out).toContain("ns2.example.net (127.0.21.53:53) may still answer with it");
  const waiting = program.run("drain", one, "--reason", "new disk", "--wait");
  await inStep();
  expect(await waiting).toMatchObject({ code: 0, out: expect.stringMatching(/: safe to stop$/m) });
});

test("M1 an audit by the controller's word finds public names that are no CNAMEs to their pool", async () => {
  const dns = await startResolver();
  await know(dns, `www CNAME www.${zone}.\nold A 192.0.2.1`);
  const program = await startProgram();
  await program.launch();
  const env = { ...process.env, MUSTER_API: program.api, NO_COLOR: "1" };
  const main = join(import.meta.dirname, "../../src/main.ts");
  const words = [...program.through, process.execPath, main, "audit", zone];
  const child = spawn(words[0] as string, words.slice(1), { env, stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  child.stdout.on("data", (bytes) => (out += String(bytes)));
  await once(child, "close");
  expect(child.exitCode).toBe(1);
  expect(out).toContain(`old.example.net: it should be a CNAME to www.${zone}. and has no CNAME`);
  expect(out).toContain(`none.example.net: it should be a CNAME to www.${zone}. and does not exist`);
  expect(out).not.toContain("www.example.net:");
});

test("a drain waits for a lookup that has no outcome, and no longer once it has failed often enough", async () => {
  await startResolver();
  const program = await startProgram();
  await program.launch();
  const ended = await program.run("drain", one, "--reason", "new disk", "--wait");
  expect(ended).toMatchObject({ code: 0, out: expect.stringMatching(/: safe to stop$/m) });
  expect(ended.err).toContain("waits for ns2.example.net, which may still answer with it");
  expect(program.output).toContain("the nameserver ns2.example.net cannot be watched");
});
