/**
 * Records that are no addresses, as dig gets them from the real program: they follow the health of real servers that are
 * stopped and started again.
 */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../fakes/free-port.ts";
import { Program } from "./parts/program.ts";
import { until } from "./parts/wait.ts";
import { WebServer } from "./parts/web-server.ts";

const addresses = ["127.0.4.1", "127.0.4.2", "127.0.4.3"] as const;

let web: WebServer[];
let program: Program;
let port: number;

function config(record = "{ mx: { preference: 10 } }"): string {
  const [one, two, three] = addresses;
  return `
zones:
  example.org: { nameservers: [ns1.example.net, ns2.example.com], ttl: 20s, ttl-min: 2s }
  4.0.127.in-addr.arpa: { nameservers: [ns1.example.net, ns2.example.com] }
checks:
  web: { tcp: ${port} }
pools:
  example.org:
    record: ${record}
    check: web
    members:
      - { address: ${one}, target: mx1.example.net }
      - { address: ${two}, target: mx2.example.net }
      - { address: ${three}, target: mx2.example.net }
  9.4.0.127.in-addr.arpa:
    record: ptr
    policy: priority
    check: web
    members: [{ address: ${one}, target: first.example.net }, { address: ${two}, target: second.example.net }]
  _http._tcp.example.org:
    record: { srv: { priority: 1, port: ${port} } }
    policy: weighted
    check: web
    members: [{ address: ${one}, target: a.example.net, weight: 3 }, { address: ${two}, target: b.example.net }]
  text.example.org:
    record: txt
    policy: priority
    last-resort: none
    check: web
    members: [{ address: ${one}, target: "site=one ${"x".repeat(300)}" }, { address: ${two}, target: site=two }]
`;
}

/** The answer as dig prints it, one line a record, in order. */
function dig(...words: readonly string[]): string {
  const server = ["@127.0.0.1", "-p", String(program.dnsPort), "+short", "+tries=2", "+time=2"];
  return execFileSync("dig", [...server, ...words], { encoding: "utf8" })
    .trim()
    .split("\n")
    .sort()
    .join(" | ");
}

async function digs(wanted: string, ...words: readonly string[]): Promise<void> {
  let seen = "";
  await until(`dig ${words.join(" ")} says ${wanted}`, () => {
    seen = dig(...words);
    return Promise.resolve(seen === wanted ? seen : null);
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}; it says ${seen}\n${program.output}`);
  });
}

function server(index: 0 | 1 | 2): WebServer {
  const found = web[index];
  if (found === undefined) throw new RangeError(`no web server ${index}`);
  return found;
}

beforeAll(async () => {
  port = await freePort("0.0.0.0");
  web = await Promise.all(addresses.map((address) => WebServer.start(address, port)));
  program = await Program.start(config());
});

afterAll(async () => {
  await program.close();
  await Promise.all(web.map((each) => each.close()));
});

test("P11 MX of equal preference: two members with one target are one record, which goes with the last of them", async () => {
  await digs("10 mx1.example.net. | 10 mx2.example.net.", "example.org", "MX");
  await server(0).stop();
  await digs("10 mx2.example.net.", "example.org", "MX");
  await server(0).run();
  await digs("10 mx1.example.net. | 10 mx2.example.net.", "example.org", "MX");
  await server(1).stop();
  await until("the second is down", async () => {
    const member = (await program.status()).pools[0]?.members[1];
    return member?.health === "down" && !member.answering ? member : null;
  });
  expect(dig("example.org", "MX")).toBe("10 mx1.example.net. | 10 mx2.example.net.");
  await server(2).stop();
  await digs("10 mx1.example.net.", "example.org", "MX");
  await Promise.all([server(1).run(), server(2).run()]);
  await digs("10 mx1.example.net. | 10 mx2.example.net.", "example.org", "MX");
  // Its addresses are nobody's answer.
  expect(dig("example.org", "A")).toBe("");
});

test("P11 PTR, SRV with weights, and a long TXT follow the same servers", async () => {
  await digs("first.example.net.", "-x", "127.0.4.9");
  await digs(`1 1 ${port} b.example.net. | 1 3 ${port} a.example.net.`, "_http._tcp.example.org", "SRV");
  await digs(`"site=one ${"x".repeat(246)}" "${"x".repeat(54)}"`, "text.example.org", "TXT");
  await server(0).stop();
  await digs("second.example.net.", "-x", "127.0.4.9");
  await digs(`1 1 ${port} b.example.net.`, "_http._tcp.example.org", "SRV");
  await digs('"site=two"', "text.example.org", "TXT");
  await server(1).stop();
  await digs("", "text.example.org", "TXT");
  await Promise.all([server(0).run(), server(1).run()]);
  await digs("first.example.net.", "-x", "127.0.4.9");
});

test("P11 status and explain say the kind of record and the targets", async () => {
  await digs("10 mx1.example.net. | 10 mx2.example.net.", "example.org", "MX");
  const [pool] = (await program.status()).pools;
  expect([pool?.record, pool?.answer.addresses]).toEqual(["mx", ["mx1.example.net", "mx2.example.net"]]);
  expect(program.cli("status").out).toContain("answers MX mx1.example.net mx2.example.net");
  expect(program.cli("explain", "example.org").out).toContain("answers MX mx1.example.net, mx2.example.net");
});

test("P11 a pool that changes its kind of record at a reload leaves nothing of the old kind", async () => {
  await digs("10 mx1.example.net. | 10 mx2.example.net.", "example.org", "MX");
  program.configure(config("{ mx: { preference: 5 } }"));
  program.signal("SIGHUP");
  await digs("5 mx1.example.net. | 5 mx2.example.net.", "example.org", "MX");
  program.configure(config("ptr"));
  program.signal("SIGHUP");
  await digs("mx1.example.net. | mx2.example.net.", "example.org", "PTR");
  expect(dig("example.org", "MX")).toBe("");
});
