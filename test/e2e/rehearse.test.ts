/** Rehearsals as an operator sees them: the program with real named, knotd and nsd as its secondaries, and real nginx. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rehearsalSchema } from "../../src/api/contract-rehearsals.ts";
import type { RehearsalView } from "../../src/core/rehearsal.ts";
import { rdataAddress } from "../../src/dns/rdata/index.ts";
import { freePort } from "../fakes/free-port.ts";
import type { Daemon } from "../interop/daemon.ts";
import { ask } from "../interop/dns-client.ts";
import { notifyKey, secondaryKinds, startSecondary } from "../interop/zone-cast.ts";
import { Program } from "./parts/program.ts";
import { until } from "./parts/wait.ts";
import { WebServer } from "./parts/web-server.ts";

const addresses = ["127.0.8.1", "127.0.8.2"] as const;
const [one, two] = addresses;
const both = `${one} ${two}`;
const canary = "canary.example.org";
const www = "www.example.org";

let web: WebServer[];
let program: Program;
let daemons: Daemon[];
let port: number;

function config(recovery: string, every = "Sun 03:00"): string {
  writeFileSync(join(program.folder, "transfer.key"), notifyKey.secret);
  const peers = daemons.map(({ endpoint }) => `{ address: 127.0.0.1, port: ${endpoint.port}, key: ${notifyKey.name} }`);
  const nameservers = daemons.map(
    ({ endpoint }, i) => `{ name: ns${i + 1}.example.net, address: "127.0.0.1:${endpoint.port}" }`,
  );
  return `
keys: { ${notifyKey.name}: { algorithm: ${notifyKey.algorithm}, secret: { file: transfer.key } } }
zones:
  example.org:
    nameservers: [${nameservers.join(", ")}]
    ttl: 4s
    ttl-min: 1s
    transfer: { to: [${peers.join(", ")}], allow: [127.0.0.0/8] }
pools:
  ${canary}:
    canary: true
    recovery: ${recovery}
    check: { http: { port: ${port} }, interval: 500ms, timeout: 2s, rise: 1 }
    members: [${addresses.join(", ")}]
  ${www}:
    check: { http: { port: ${port}, path: /index }, interval: 500ms, rise: 1 }
    members: [${addresses.join(", ")}]
rehearsals: [{ pool: ${canary}, every: "${every}", for: 20s }]
`;
}

beforeAll(async () => {
  port = await freePort("0.0.0.0");
  web = await Promise.all(addresses.map((address) => WebServer.start(address, port)));
  program = await Program.prepare("");
  const primary = { address: "127.0.0.1", port: program.dnsPort };
  daemons = await Promise.all(secondaryKinds.map((kind) => startSecondary(kind, primary, "answer")));
  program.configure(config("60s"));
  await program.launch();
  await served(both);
});

afterAll(async () => {
  await program.close();
  for (const daemon of daemons) await daemon.stop();
  for (const each of web) await each.close();
});

/** Waits until muster and every secondary answer with these addresses and nothing else. */
async function served(wanted: string): Promise<void> {
  await program.answers(canary, wanted);
  await until(`every secondary answers ${wanted}\n${program.output}`, async () => {
    const found = await Promise.all(
      daemons.map(async ({ endpoint }) => (await ask(endpoint, { name: canary, type: "A" })).answers),
    );
    const texts = found.map((records) =>
      records
        .map(({ rdata }) => rdataAddress(rdata))
        .toSorted()
        .join(" "),
    );
    return texts.every((text) => text === wanted) ? true : null;
  });
}

/** The log of a program that was asked from here is read a moment later. */
async function told(text: string): Promise<void> {
  await until(`it is told: ${text}`, () => program.output.includes(text) || null);
}

test("a canary fails on purpose, and every step to the last nameserver and back is measured", async () => {
  const { code, err, out } = program.cli("rehearse", canary, "--json");
  expect(err).toBe("");
  const found = rehearsalSchema.parse(JSON.parse(out));
  expect(found).toMatchObject({
    pool: canary,
    member: `${canary}/${one}`,
    verdict: "ok",
    ttlSeconds: 4,
    recoveryMs: 60_000,
  });
  expect(code).toBe(0);
  expect(found.servers.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["embedded", "ns1.example.net", "ns2.example.net", "ns3.example.net"]),
  );
  const served = found.servers.map(({ servedMs }) => servedMs ?? Number.NaN);
  expect(Math.min(...served)).toBeGreaterThanOrEqual(found.suspectedMs ?? Number.NaN);
  expect(found.totalMs).toBe(Math.max(found.decidedMs ?? 0, ...served) + 4000);
  await told('"rule":"rehearsal/begin"');
  await told("connection refused (a rehearsal of");
  await told('"rule":"rehearsal/ok"');
  expect(program.cli("rehearse").out).toContain("went through");
  const metrics = await (await fetch(`${program.api}/metrics`)).text();
  expect(metrics).toContain(`muster_rehearsal_seconds{pool="${canary}"} ${(found.totalMs ?? 0) / 1000}`);
  // Nothing else was touched.
  expect(await program.addresses(www)).toBe(both);
});

test("one that takes longer than the stated recovery is told as an alarm, and seen by `muster check` before", async () => {
  program.configure(config("3s"));
  expect(program.cli("check", program.file).out + program.cli("check", program.file).err).toContain(
    "a failure in canary",
  );
  expect(program.cli("reload").code).toBe(0);
  const { code, out } = program.cli("rehearse", `${canary}/${two}`, "--how", "silent");
  expect(out).toContain("longer than the stated recovery of 3.00 s");
  expect(code).toBe(1);
  await told('"kind":"trouble","rule":"rehearsal/slow"');
  await served(both);
});

test("what is no canary, or is not well, is left alone", async () => {
  const refused = program.cli("rehearse", www);
  expect(refused).toMatchObject({ code: 4, err: expect.stringContaining("is no canary") });
  expect(program.cli("rehearse", www, "--force").code).toBe(2);
  const nowhere = program.cli("rehearse", canary, "--at", "ns9");
  expect(nowhere).toMatchObject({ code: 4, err: expect.stringContaining('"ns9" is no nameserver that can be asked') });
  expect(program.cli("rehearse", canary, "--for", "11m").err).toContain("Expected a duration from 1s to 10m.");
  expect(program.cli("drain", `${canary}/${two}`).code).toBe(0);
  expect(program.cli("rehearse", canary)).toMatchObject({ code: 4, err: expect.stringContaining("is not well") });
  expect(program.cli("enable", `${canary}/${two}`).code).toBe(0);
  await served(both);
});

test("killed in the middle, muster starts without the fault, and the canary returns", async () => {
  // A server that nobody runs never leaves the member out: the fault would last for its whole limit.
  const nobody = `nobody@127.0.0.1:${await freePort()}`;
  const asking = fetch(`${program.api}/api/v1/rehearsals`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ subject: canary, forSeconds: 300, at: [nobody] }),
  }).catch(() => null);
  await served(two);
  await program.kill();
  expect(await asking).toBeNull();
  await program.launch().catch((error: unknown) => {
    throw new Error(`${String(error)}\n${program.output}`);
  });
  await served(both);
});

/** The last rehearsal of the canary, as the API shows it beside its pool. */
async function lastRehearsal(): Promise<RehearsalView | undefined> {
  return (await program.status()).pools.find(({ name }) => name === canary)?.rehearsal;
}

test("a rehearsal of the configuration begins by the clock; what came of it is shown, also after a restart", async () => {
  const minute = 60_000;
  const dueAt = Math.ceil((Date.now() + 5_000) / minute) * minute;
  program.configure(config("60s", `daily ${new Date(dueAt).toISOString().slice(11, 16)}`));
  expect(program.cli("reload").code).toBe(0);
  const isOwn = (view: RehearsalView | undefined) => (view?.owner === "configuration" ? view : null);
  const found = await until("the rehearsal is over", async () => isOwn(await lastRehearsal()), 2 * minute);
  expect(found).toMatchObject({ verdict: "ok", reason: "as configured", recoveryMs: 60_000 });
  expect(found.at).toBeGreaterThanOrEqual(dueAt);
  await told("configuration rehearses: the check of");
  expect(program.cli("status").out).toMatch(/ago: the rehearsal of \S+ went through: .* within the stated recovery/);
  program.signal("SIGTERM");
  await program.ended();
  await program.launch();
  expect(await lastRehearsal()).toEqual(found);
});
