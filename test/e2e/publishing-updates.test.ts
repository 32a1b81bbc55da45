/**
 * Updates through the whole program: nsupdate changes a zone of muster's, and kill -9 loses nothing of it; decisions go to
 * two named by UPDATE and into a third one's file; plans, resets and reloads that remove too much.
 */
import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { rcode } from "../../src/dns/message.ts";
import { textName } from "../../src/dns/name.ts";
import { rdataText } from "../../src/dns/rdata/index.ts";
import { signMessage } from "../../src/dns/tsig.ts";
import { encodeUpdate } from "../../src/dns/update/encode.ts";
import { nodeHmac } from "../../src/io/hmac.ts";
import { freePort } from "../fakes/free-port.ts";
import { commitsIn } from "../fakes/write-ahead-log.ts";
import { exchangeTcp } from "../interop/dns-client.ts";
import { startFileServer } from "../interop/file-servers.ts";
import { startUpdatable, updateKey, updateZone, type UpdatableServer } from "../interop/update-servers.ts";
import { Program } from "./parts/program.ts";
import { addressesAt, serialAt } from "./parts/publishing-scene.ts";
import { until } from "./parts/wait.ts";
import { WebServer } from "./parts/web-server.ts";

const addresses = ["127.0.7.1", "127.0.7.2"] as const;
const [one, two] = addresses;
const www = "www.example.org";
const mail = "mail.example.org";

const closes: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0).reverse()) await close();
});

interface Stage {
  readonly program: Program;
  readonly web: readonly WebServer[];
  /** Writes the configuration; `zone` are lines of four spaces, `pools` of two. */
  readonly configure: (zone: string, pools?: string) => void;
}

async function stage(): Promise<Stage> {
  const port = await freePort("0.0.0.0");
  const web = await Promise.all(addresses.map((address) => WebServer.start(address, port)));
  for (const each of web) closes.push(() => each.close());
  const program = await Program.prepare("");
  closes.push(() => program.close());
  writeFileSync(join(program.folder, "update.key"), updateKey.secret, { mode: 0o600 });
  const members = `[${addresses.join(", ")}]`;
  const configure = (zone: string, pools = `  ${www}: { check: web, members: ${members} }`): void =>
    program.configure(`keys: { ${updateKey.name}: { algorithm: ${updateKey.algorithm}, secret: { file: update.key } } }
checks: { web: { http: { port: ${port}, path: /, status: 200 }, interval: 300ms } }
zones:
  example.org:
    nameservers: [ns1.example.org, { name: ns2.example.net, address: 127.0.0.1:${program.dnsPort} }]
    ttl: 2s
    ttl-min: 1s
    transfer: { allow: [127.0.0.0/8] }
${zone}
pools:
  ns1.example.org: { check: { tcp: ${port} }, members: [127.0.7.1], last-resort: all }
${pools}
`);
  return { program, web, configure };
}

/** Resolves with the exit code: 0 means that muster has said NOERROR; null that `signal` ended the client before. */
async function nsupdate(
  port: number,
  line: string,
  signal?: AbortSignal,
): Promise<{ code: number | null; said: string }> {
  const { algorithm, name, secret } = updateKey;
  const child = spawn("nsupdate", ["-y", `${algorithm}:${name}:${secret}`]);
  // After SIGTERM nsupdate ends with 0, as if all were well.
  signal?.addEventListener("abort", () => child.kill("SIGKILL"), { once: true });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stdin.end(`${[`server 127.0.0.1 ${port}`, "zone example.org", line, "send"].join("\n")}\n`);
  await new Promise((resolve) => child.once("close", resolve));
  return { code: child.exitCode, said };
}

test("nothing that was acknowledged to nsupdate is lost by kill -9 at once after, and names of pools are refused", async () => {
  const { configure, program } = await stage();
  configure(`    updates: [{ key: ${updateKey.name}, names: ["*.example.org"] }]`);
  await program.launch();
  const refused = await nsupdate(program.dnsPort, `update add ${www} 60 A 192.0.2.66`);
  expect([refused.code, refused.said]).toEqual([2, expect.stringContaining("REFUSED")]);
  const acknowledged: string[] = [];
  let serial = 0;
  for (let round = 0; round < 8; round++) {
    const { code, said } = await nsupdate(program.dnsPort, `update add n${round}.example.org 60 TXT "there"`);
    expect([code, said]).toEqual([0, ""]);
    acknowledged.push(`n${round}.example.org`);
    // One more is on its way when muster dies.
    const stop = new AbortController();
    const late = nsupdate(program.dnsPort, `update add late${round}.example.org 60 TXT "there"`, stop.signal);
    await program.kill();
    stop.abort();
    if ((await late).code === 0) acknowledged.push(`late${round}.example.org`);
    await program.launch();
    const after = (await serialAt(program.dnsPort)) ?? 0;
    expect(after).toBeGreaterThanOrEqual(serial);
    serial = after;
    for (const each of acknowledged) expect([each, await texts(program, each)]).toEqual([each, ['"there"']]);
  }
  expect(program.cli("reload").code).toBe(0);
  expect(await texts(program, "n7.example.org")).toEqual(['"there"']);
});

test("an update that is acknowledged has cost one commit, beside one for what was told of it", async () => {
  const { configure, program } = await stage();
  configure(`    updates: [{ key: ${updateKey.name}, names: ["*.example.org"] }]`);
  await program.launch();
  const database = join(program.folder, "state.sqlite");
  const before = commitsIn(database);
  const rounds = 20;
  for (let round = 0; round < rounds; round++) {
    const { code } = await nsupdate(program.dnsPort, `update add n${round}.example.org 60 TXT "there"`);
    expect(code).toBe(0);
  }
  // With room for what probes may have found meanwhile.
  const commits = commitsIn(database) - before;
  expect(commits).toBeGreaterThanOrEqual(rounds);
  expect(commits).toBeLessThan(2.25 * rounds);
});

/** TXT "there" */
const thereRdata = Buffer.from("\x05there");

/**
 * Sends updates over `connections` connections, each its next when it is answered, until muster is gone. Resolves with the
 * names that muster has said NOERROR to; `count` sees them as they come.
 */
async function sendUntilGone(
  port: number,
  { connections, count, prefix }: { connections: number; count: (acknowledged: number) => void; prefix: string },
): Promise<readonly string[]> {
  const acknowledged: string[] = [];
  const lane = async (at: number): Promise<void> => {
    for (let next = 0; ; next++) {
      const name = `${prefix}-${at}-${next}.example.org`;
      const code = await sendUpdate(port, name).catch(() => null);
      if (code === null) return;
      expect([name, code]).toEqual([name, rcode.NOERROR]);
      count(acknowledged.push(name));
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, at) => lane(at)));
  return acknowledged;
}

/** Adds a text by a signed update over TCP; resolves with the rcode, and fails when the connection does. */
async function sendUpdate(port: number, name: string): Promise<number> {
  const add = {
    kind: "add",
    owner: textName(name),
    type: 16,
    ttlSeconds: 60,
    rdata: Uint8Array.from(thereRdata),
  } as const;
  const update = encodeUpdate({ id: 1, origin: textName("example.org"), prerequisites: [], changes: [add] });
  const key = { ...updateKey, name: textName(updateKey.name), secret: Buffer.from(updateKey.secret, "base64") };
  const how = { key, hmac: nodeHmac, nowSeconds: Date.now() / 1000, requestMac: null };
  const [answer] = await exchangeTcp({ address: "127.0.0.1", port }, [signMessage({ message: update, ...how }).octets]);
  if (answer === undefined) throw new Error("no answer");
  return (answer[3] ?? 0) & 15;
}

test("kill -9 amid many updates at once loses none that was acknowledged, and they went together in few serials", async () => {
  const { configure, program } = await stage();
  configure(`    updates: [{ key: ${updateKey.name}, names: ["*.example.org"] }]`);
  await program.launch();
  const acknowledged: string[] = [];
  for (let round = 0; round < 4; round++) {
    const before = (await serialAt(program.dnsPort)) ?? 0;
    const enough = Promise.withResolvers<void>();
    const count = (so: number): void => (so === 100 ? enough.resolve() : undefined);
    const sending = sendUntilGone(program.dnsPort, { connections: 20, count, prefix: `r${round}` });
    await enough.promise;
    // One serial each would be a hundred; the time is a part of what there is.
    expect(((await serialAt(program.dnsPort)) ?? 0) - before).toBeLessThan(60);
    await program.kill();
    acknowledged.push(...(await sending));
    await program.launch();
    for (const each of acknowledged) expect([each, await texts(program, each)]).toEqual([each, ['"there"']]);
  }
  expect(acknowledged.length).toBeGreaterThanOrEqual(400);
});

async function texts(program: Program, name: string): Promise<string[]> {
  const { answers } = await program.ask(name, "TXT");
  return answers.map(({ type, rdata }) => rdataText(type, rdata));
}

/** Waits until the server answers the name with these addresses and nothing else. */
async function serves(server: UpdatableServer, wanted: readonly string[], name: string = www): Promise<void> {
  const text = wanted.join(" ");
  await until(`${server.name} answers ${name} with ${text}`, async () =>
    (await addressesAt(server.endpoint.port, name)) === text ? true : null,
  );
}

async function updatable(): Promise<UpdatableServer> {
  const server = await startUpdatable("bind");
  closes.push(() => server.close());
  return server;
}

function publishTo(servers: readonly UpdatableServer[], more = ""): string {
  const peers = servers.map(({ endpoint: { address, port } }) => `"${address}:${port}"`).join(", ");
  return `    publish: [embedded, { update: { servers: [${peers}], key: ${updateKey.name} } }${more}]`;
}

test("P4 W10 decisions go to two named by UPDATE and into the file of a third; one that was down gets what it missed", async () => {
  const pair = [await updatable(), await updatable()] as const;
  const filed = await startFileServer("bind", updateZone);
  closes.push(() => filed.daemon.stop());
  const { configure, program, web } = await stage();
  const file = `, { file: { path: ${filed.file}, reload: ${JSON.stringify(filed.reload)} } }`;
  configure(publishTo(pair, file));
  await program.launch();
  const fileServes = (wanted: string): Promise<true> =>
    until(`the server with the file answers ${wanted}`, async () =>
      (await addressesAt(filed.daemon.endpoint.port, www)) === wanted ? true : null,
    );
  for (const server of pair) await serves(server, addresses);
  await fileServes(`${one} ${two}`);
  await pair[1].stop();
  await web[0]?.stop();
  await serves(pair[0], [two]);
  await fileServes(two);
  await until("the one that is down is shown", async () => {
    const { outlets } = await program.status();
    return outlets.some(({ name, state }) => name.endsWith(`:${pair[1].endpoint.port}`) && state === "unreachable")
      ? true
      : null;
  });
  // It never hears of what came and went meanwhile.
  await web[0]?.run();
  await serves(pair[0], addresses);
  await web[1]?.stop();
  await serves(pair[0], [one]);
  await pair[1].start();
  await serves(pair[1], [one]);
  await fileServes(one);
  await until("all outlets are in step", async () => {
    const { outlets } = await program.status();
    return outlets.length === 3 && outlets.every(({ state }) => state === "in-step") ? true : null;
  });
  const checked = spawnSync("named-checkzone", ["example.org", filed.file], { encoding: "utf8" });
  expect([checked.status, checked.stdout]).toEqual([0, expect.stringContaining("OK")]);
  // Foreign records are left alone.
  expect(await pair[1].records("foreign.example.org", "A")).toEqual(["3600 192.0.2.99"]);
});

test("P7 the normal state is shown as a plan, and put in force in one transaction; too much removal must be forced", async () => {
  const server = await updatable();
  const { configure, program } = await stage();
  const members = `[${addresses.join(", ")}]`;
  const both = `  ${www}: { check: web, members: ${members} }\n  ${mail}: { check: web, members: ${members} }`;
  configure(publishTo([server]), both);
  await program.launch();
  for (const name of [www, mail]) await serves(server, addresses, name);
  for (const name of [www, mail]) expect(program.cli("drain", `${name}/${one}`).code).toBe(0);
  for (const name of [www, mail]) await serves(server, [two], name);
  const [before, outside] = [await serialAt(program.dnsPort), await serialAt(server.endpoint.port)];
  const plan = program.cli("reset", "--to-normal");
  expect(plan.code).toBe(0);
  expect(plan.out).toContain(`+ ${www}. 2 IN A ${one}`);
  expect(plan.out).toContain(`+ ${mail}. 2 IN A ${one}`);
  expect(plan.out).toContain("nothing has changed; add --yes to do it");
  expect(await serialAt(program.dnsPort)).toBe(before);
  const reset = program.cli("reset", "--to-normal", "--yes", "--reason", "after the exercise");
  expect(reset.code).toBe(0);
  for (const name of [www, mail]) await serves(server, addresses, name);
  expect([differences(program.dnsPort, before), differences(server.endpoint.port, outside)]).toEqual([1, 1]);

  for (const name of [www, mail]) expect(program.cli("pin", name, "192.0.2.77").code).toBe(0);
  for (const name of [www, mail]) await serves(server, ["192.0.2.77"], name);
  expect(program.cli("reset", "--to-normal").out).toContain("nothing has changed; add --yes and --reason to do it");
  const hasty = program.cli("reset", "--to-normal", "--yes");
  expect([hasty.code, hasty.err]).toEqual([4, expect.stringContaining("it would remove 2 of 3 records")]);
  for (const name of [www, mail]) await serves(server, ["192.0.2.77"], name);
  const meant = program.cli("reset", "--to-normal", "--yes", "--owner", "ops", "--reason", "the pins are old");
  expect([meant.code, meant.out]).toEqual([0, expect.stringContaining("forced by ops: the pins are old")]);
  expect(meant.out).not.toContain("refused");
  for (const name of [www, mail]) await serves(server, addresses, name);

  const bad = join(program.folder, "next.yaml");
  writeFileSync(bad, "zones:\n  example.org: { nameserver: [ns1.example.net] }\n");
  const mistaken = program.cli("plan", bad);
  expect([mistaken.code, mistaken.err]).toEqual([4, expect.stringContaining(`${bad}:2:`)]);

  configure(publishTo([server]), "");
  const planned = program.cli("plan");
  expect(planned.out).toContain(`- ${www}. 2 IN A ${one}`);
  expect(planned.out).toContain("refused: it would remove 4 of 5");
  const refused = program.cli("reload");
  expect(refused.code).toBe(4);
  await serves(server, addresses);
  expect(program.cli("reload", "--force", "these services have moved").code).toBe(0);
  for (const name of [www, mail]) await serves(server, [], name);
  await until("the force is told", () => (program.output.includes("these services have moved") ? true : null));
});

/** How many differences lie between a serial and now: each has its old and its new SOA, within the first and the last. */
function differences(port: number, from: number | null): number {
  const args = ["@127.0.0.1", "-p", String(port), "example.org", `IXFR=${from}`, "+noall", "+answer"];
  const { stdout } = spawnSync("dig", args, { encoding: "utf8", timeout: 10_000 });
  return (stdout.split("\n").filter((line) => /\sIN\s+SOA\s/.test(line)).length - 2) / 2;
}
