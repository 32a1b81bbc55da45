/**
 * The main job as a user sees it: real nginx servers, the real program, real DNS queries. Servers are stopped, frozen
 * and broken; the program is killed and started again.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { Program } from "./parts/program.ts";
import { freePort } from "../fakes/free-port.ts";
import { until } from "./parts/wait.ts";
import { WebServer } from "./parts/web-server.ts";

const addresses = ["127.0.3.1", "127.0.3.2", "127.0.3.3"] as const;
const [one, two, three] = addresses;
const all = addresses.join(" ");
const staticZone =
  "@ 60 SOA ns1.example.net. hostmaster 1 3600 600 86400 60\n@ 60 NS ns1.example.net.\nhost 60 A 192.0.2.7\n";
const www = "www.example.org";
const db = "db.example.org";

let web: WebServer[];
let port: number;
let program: Program;

function server(index: 0 | 1 | 2): WebServer {
  const found = web[index];
  if (found === undefined) throw new RangeError(`no web server ${index}`);
  return found;
}

function config(extra = "", members = all): string {
  return `
zones:
  example.org: { nameservers: [ns1.example.net], ttl: 20s, ttl-min: 2s }
pools:
  ${www}:
    check: { http: { port: ${port}, path: /, status: 200, body: Welcome } }
    members: [${members.replaceAll(" ", ", ")}]
  ${db}:
    policy: priority
    check: { tcp: { port: ${port}, send: "HEAD / HTTP/1.0\\r\\n\\r\\n", expect: "200 OK" } }
    members:
      - { address: ${one}, priority: 1 }
      - { address: ${two}, priority: 2 }
${extra}`;
}

beforeAll(async () => {
  port = await freePort("0.0.0.0");
  web = await Promise.all(addresses.map((address) => WebServer.start(address, port)));
});

afterAll(() => Promise.all(web.map((each) => each.close())));

beforeEach(async () => {
  program = await Program.start(config());
  await program.answers(www, all);
});

afterEach(() => program.close());

test("P1 P2 D1 a server that is stopped leaves every answer, and comes back by itself", async () => {
  await program.answers(db, one);
  await server(0).stop();
  await program.answers(www, `${two} ${three}`);
  await program.answers(db, two);
  await server(0).run();
  await program.answers(www, all);
  await program.answers(db, one);
});

test("D1 a server that is frozen leaves while it still accepts connections, and comes back when it goes on", async () => {
  server(1).freeze();
  await program.answers(www, `${one} ${three}`);
  server(1).thaw();
  await program.answers(www, all);
});

test("D5 a server whose page lacks the text leaves, though its status is 200", async () => {
  server(2).serve("Under maintenance");
  server(2).reload();
  await program.answers(www, `${one} ${two}`);
  const member = (await program.status()).pools[0]?.members[2];
  expect(member?.reason).toContain("Welcome");
  server(2).serve("Welcome");
  server(2).reload();
  await program.answers(www, all);
});

test("when all are down the last resort answers, marked in status, metrics and in the answer itself", async () => {
  await Promise.all(web.map((each) => each.stop()));
  const answer = await until("the last resort is marked", async () => {
    const message = await program.ask(www);
    return message.edns?.options.some((option) => option.code === 15) === true ? message : null;
  });
  expect(answer.answers.length).toBe(3);
  expect(answer.answers[0]?.ttlSeconds).toBe(2);
  const dig = execFileSync("dig", ["@127.0.0.1", "-p", String(program.dnsPort), www], { encoding: "utf8" });
  expect(dig).toContain("EDE: 0 (Other)");
  expect(dig).toContain("no member is fit");
  expect((await program.status()).pools[0]?.answer.lastResort).toBe(true);
  expect(await (await fetch(`${program.api}/metrics`)).text()).toMatch(/muster_pool_last_resort\{[^}]*www[^}]*\} 1/);
  await Promise.all(web.map((each) => each.run()));
  await program.answers(www, all);
});

test("M7 after kill -9 the last known good is answered at once, marked, and nothing unproven enters", async () => {
  await server(0).stop();
  await program.answers(www, `${two} ${three}`);
  expect(program.cli("drain", three, "--reason", "kernel update").code).toBe(0);
  await program.answers(www, two);
  await until("the decision is on disk", async () => {
    const { events } = (await (await fetch(`${program.api}/api/v1/events?limit=50`)).json()) as {
      events: { rule: string }[];
    };
    return events.some(({ rule }) => rule === "operator/drain") ? events : null;
  });
  await program.kill();
  // Nobody can be judged now: what is answered next can only be what was known before.
  for (const each of web.slice(1)) each.freeze();
  await program.launch();
  expect(await program.addresses(www)).toBe(two);
  const members = (await program.status()).pools[0]?.members;
  expect(members?.map(({ health, override }) => `${health} ${override?.reason ?? "-"}`)).toEqual([
    "down -",
    "up -",
    "up kernel update",
  ]);
  // The first is refused at once, which proves it again; the others hang.
  expect(members?.slice(1).map(({ restored }) => restored)).toEqual([true, true]);
  for (const each of web.slice(1)) each.thaw();
  await server(0).run();
  await program.answers(www, `${one} ${two}`);
});

test("a reload keeps health and connections; a bad file changes nothing and names its mistakes", async () => {
  const since = (await program.status()).pools[0]?.members.map((member) => member.since);
  writeFileSync(program.file, "zones:\n  example.org: { nameserver: [ns1.example.net] }\n");
  program.signal("SIGHUP");
  await until("the bad file is refused", () => (program.output.includes("refused") ? true : null));
  expect(await program.addresses(www)).toBe(all);
  const refused = program.cli("reload");
  expect(refused.code).not.toBe(0);
  expect(`${refused.out}${refused.err}`).toContain("nameservers");

  program.configure(config("", `${one} ${two}`));
  program.signal("SIGHUP");
  await program.answers(www, `${one} ${two}`);
  const kept = (await program.status()).pools[0]?.members.map((member) => member.since);
  expect(kept).toEqual(since?.slice(0, 2));
});

test("a static zone that breaks is refused with its line, and the old one goes on", async () => {
  const zone = join(program.folder, "static.zone");
  writeFileSync(zone, staticZone);
  program.configure(config().replace("zones:", "zones:\n  static.example: { file: static.zone }"));
  program.signal("SIGHUP");
  await program.answers("host.static.example", "192.0.2.7");
  writeFileSync(zone, `${staticZone}broken 60 A 192.0.2.777\n`);
  const refused = program.cli("reload");
  expect(refused.code).toBe(4);
  expect(refused.err).toContain("the configuration is in force, but not every zone file was taken");
  expect(refused.err).toMatch(/static\.zone:4.*192\.0\.2\.777.*the last good zone is served on/s);
  const planned = program.cli("plan");
  expect(planned.code).toBe(1);
  expect(planned.out).toMatch(/the file of zone static\.example would be refused: .*static\.zone:4/);
  const { zones } = await program.status();
  expect(zones.find((each) => each.origin === "static.example")?.trouble).toMatch(/192\.0\.2\.777/);
  expect(await program.addresses("host.static.example")).toBe("192.0.2.7");
  writeFileSync(zone, staticZone.replace("192.0.2.7", "192.0.2.8"));
  program.signal("SIGHUP");
  await program.answers("host.static.example", "192.0.2.8");
  // Nobody transfers it: its new serial is right all the same, and no nameserver is taken to be ahead.
  await until("muster's own server is known to serve the new serial", async () => {
    const { nameservers, zones } = await program.status();
    const own = nameservers.find((each) => each.zone === "static.example");
    return own?.serial === zones.find((each) => each.origin === "static.example")?.serial || null;
  });
});

test("P7 a zone file that loses more than `removal-max` is refused by plan and reload, until it is forced", async () => {
  const zone = join(program.folder, "static.zone");
  writeFileSync(zone, `${staticZone}a 60 A 192.0.2.8\nb 60 A 192.0.2.9\nwww 60 A 192.0.2.10\n`);
  program.configure(config().replace("zones:", "zones:\n  static.example: { file: static.zone }"));
  expect(program.cli("reload").code).toBe(0);
  await program.answers("b.static.example", "192.0.2.9");
  expect(program.cli("reload").out).toBe("nothing changed but for what zone files changed\n");
  writeFileSync(zone, staticZone);
  const planned = program.cli("plan");
  expect(planned.code).toBe(1);
  expect(planned.out).toContain("- b.static.example. 60 IN A 192.0.2.9");
  expect(planned.out).toContain(
    "refused: it would remove 3 of 5 records in the file of zone static.example, more than",
  );
  const refused = program.cli("reload");
  expect([refused.code, refused.err]).toEqual([4, expect.stringContaining("it would remove 3 of 5 records")]);
  program.signal("SIGHUP");
  expect(await program.addresses("b.static.example")).toBe("192.0.2.9");
  const forced = program.cli("reload", "--force", "a and b are given up", "--owner", "ops");
  expect([forced.code, forced.out]).toEqual([0, expect.stringContaining("forced by ops: a and b are given up")]);
  await program.answers("b.static.example", "");
  expect(program.cli("events").out).toContain("zone static.example is well again");
});

test("explain gives the chain of evidence, and drain says when it is safe to stop", async () => {
  await server(0).stop();
  await program.answers(www, `${two} ${three}`);
  const explained = program.cli("explain", www);
  expect(explained.code).toBe(0);
  for (const words of ["health/fall", "connection refused", "is not answered", "last bad probe"]) {
    expect(explained.out).toContain(words);
  }
  const drained = program.cli("drain", two, "--reason", "disk swap", "--for", "1h");
  expect(drained.out).toContain("safe to stop");
  await program.answers(www, three);
  expect(program.cli("enable", two).code).toBe(0);
  await program.answers(www, `${two} ${three}`);
  await server(0).run();
});

const ports = {
  "the DNS server's": () =>
    [/dns: .*/, `dns: { listen: "127.0.0.1:${program.dnsPort}" }`, "udp", "dns.listen"] as const,
  "the API's": () => [/api: .*/, `api: { listen: "127.0.0.1:${program.apiPort}" }`, "tcp", "api.listen"] as const,
} as const;

test.each(["the DNS server's", "the API's"] as const)(
  "a port that is taken, %s, is named, with who holds it, and the program ends with a code",
  async (whose) => {
    const [line, taken, transport, option] = ports[whose]();
    // It has a past and a zone of a file, which are on their way to the DNS server when the port turns out to be taken.
    const second = await Program.prepare(config().replace("zones:", "zones:\n  static.example: { file: static.zone }"));
    writeFileSync(join(second.folder, "static.zone"), staticZone);
    await second.launch();
    second.signal("SIGTERM");
    await second.ended();
    writeFileSync(second.file, readFileSync(second.file, "utf8").replace(line, taken));
    second.spawn();
    expect(await second.ended(), second.output).toBe(5);
    expect(second.output).toMatch(new RegExp(`127\\.0\\.0\\.1:\\d+/${transport}: the port is taken by`));
    expect(second.output).toContain(option);
    expect(second.output).not.toMatch(/\n\s+at /);
    await second.close();
  },
);

test("a damaged database is refused by name, and not one byte of it changes", async () => {
  const second = await Program.prepare(config());
  const state = join(second.folder, "state.sqlite");
  const garbage = Buffer.from("this is no database, but somebody may want it back".repeat(200));
  writeFileSync(state, garbage);
  second.spawn();
  expect(await second.ended()).not.toBe(0);
  expect(second.output).toContain("state.sqlite");
  expect(second.output).not.toMatch(/\n\s+at /);
  expect(readFileSync(state).equals(garbage)).toBe(true);
  await second.close();
});
