/** What people use to look at a server, pointed at muster: dig and kdig, over both transports and both families. */
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EmbeddedDns } from "../../src/io/dns/embedded.ts";
import { endpointOf, startServing } from "../fakes/dns-under-test.ts";

let dns: EmbeddedDns;

beforeAll(async () => {
  const listen = [
    { address: "127.0.0.1", port: 0 },
    { address: "::1", port: 0 },
  ];
  dns = await startServing({ listen });
});
afterAll(() => dns.close());

function run(tool: "dig" | "kdig", args: readonly string[], family: 4 | 6 = 4): string {
  const { address, port } = endpointOf(dns, family);
  return execFileSync(tool, [`@${address}`, "-p", String(port), "+norec", ...args], {
    encoding: "utf8",
    timeout: 20_000,
  });
}

/** Arguments, and what must appear in what dig prints. */
const digCases: readonly (readonly [string, readonly string[]])[] = [
  ["www.example.org A +tcp", ["status: NOERROR", "flags: qr aa;", "192.0.2.10", "192.0.2.11"]],
  ["www.example.org A +cookie", ["(good)", "192.0.2.10"]],
  ["www.example.org A +nsid", ['("ns1.example")']],
  ["www.example.org A +bufsize=4096", ["udp: 1232"]],
  ["www.example.org A +noedns", ["ADDITIONAL: 0", "192.0.2.10"]],
  ["www.example.org A +ednsopt=65001:abcd", ["status: NOERROR", "192.0.2.10"]],
  ["www.example.org A +ednsflags=0x4000", ["status: NOERROR", "192.0.2.10"]],
  ["www.example.org A +edns=1 +noednsneg", ["status: BADVERS"]],
  ["www.example.org A +dnssec", ["flags: do;"]],
  ["www.example.org A +opcode=status", ["status: NOTIMP"]],
  ["www.example.org SOA +opcode=notify", ["opcode: NOTIFY", "status: NOTAUTH"]],
  ["huge.example.org TXT +ignore", ["flags: qr aa tc;", "ANSWER: 0"]],
  ["huge.example.org TXT", ["flags: qr aa;", "ANSWER: 1"]],
  ["www.example.net A", ["status: REFUSED", "EDE: 20 (Not Authoritative)"]],
  ["example.org AXFR", ["Transfer failed"]],
  ["example.org ANY +notcp", ['"RFC8482"']],
  ["version.bind CH TXT", ["status: REFUSED"]],
  ["id.server CH TXT", ['"ns1.example"']],
  ["nothing.example.org A", ["status: NXDOMAIN", "SOA\tns1.example.org."]],
];

describe("dig", () => {
  test.each(digCases)("%s", (args, expected) => {
    const printed = run("dig", args.split(" "));
    for (const part of expected) expect(printed).toContain(part);
  });

  test("over IPv6, both transports", () => {
    for (const transport of ["+notcp", "+tcp"]) {
      expect(run("dig", ["www.example.org", "AAAA", transport, "+short"], 6)).toBe("2001:db8::10\n");
    }
  });

  test("a cookie over IPv6 is accepted as good the second time", () => {
    const cookie = /COOKIE: ([0-9a-f]{48})/.exec(run("dig", ["www.example.org", "+cookie"], 6))?.[1] ?? "";
    expect(run("dig", ["www.example.org", `+cookie=${cookie}`], 6)).toContain(`${cookie} (good)`);
  });
});

describe("kdig", () => {
  test("several queries on one connection", () => {
    const printed = run("kdig", [
      "+tcp",
      "+keepopen",
      "www.example.org",
      "A",
      "mail.example.org",
      "A",
      "x.wild.example.org",
      "A",
    ]);
    expect(printed.match(/NOERROR/g)?.length).toBe(3);
    expect(printed).toContain("192.0.2.20");
  });

  test("NSID and a cookie", () => {
    const printed = run("kdig", ["+edns", "+nsid", "+cookie", "www.example.org", "A"]);
    expect(printed).toContain("ns1.example");
    expect(printed).toContain("COOKIE");
  });
});
