import fc from "fast-check";
import { expect, test } from "vitest";
import { checkImported, noteLines } from "../../test/fakes/imported.ts";
import { importPhonax } from "./phonax.ts";

const services: Readonly<Record<string, number>> = { http: 80, smtp: 25 };

function run({ monitor = "", normal = "", server = "" }: { monitor?: string; normal?: string; server?: string }) {
  return importPhonax({
    monitor: { name: "failover-monitor.config", text: monitor },
    server: { name: "failover.config", text: server },
    normal: { name: "normal-dns", text: normal },
    servicePort: (name) => (Object.hasOwn(services, name) ? (services[name] ?? null) : null),
  });
}

const monitor = `# nodes
password=geheim
email = ops@example.org
bind8_dns_server1 = 192.0.2.53
bind8_dns_server2=198.51.100.53
clusternode_server_port = 2224
check_server12=192.0.2.11|Web.cluster.example.org|80||HEAD / HTTP/1.0| 200 OK, = "x" 
check_server2 = 192.0.2.10|web.cluster.example.org.|http|apache|HEAD / HTTP/1.0| 200 OK, = "x" 
check_server3 = 192.0.2.10|smtp.cluster.example.org|smtp|exim||220
check_server4 = 192.0.2.11|smtp.cluster.example.org|2525|exim|QUIT|
`;

test("P10 checks become pools and probes, and the DNS servers are updated with a key", () => {
  const normal =
    "update add web.cluster.example.org 1 A 192.0.2.10\nupdate add smtp.cluster.example.org. 5 A 192.0.2.10\n\n\n";
  const imported = run({ monitor, normal });
  if (!imported.ok) throw new Error(imported.error);
  const config = checkImported(imported.value);
  expect(config.zones).toMatchObject([
    {
      origin: "cluster.example.org",
      ttlSeconds: 1,
      publish: [
        {
          kind: "update",
          servers: [
            { address: "192.0.2.53", port: 53, key: "muster-update" },
            { address: "198.51.100.53", port: 53, key: "muster-update" },
          ],
        },
      ],
    },
  ]);
  const probes = config.pools.map(({ members, name }) => [
    name,
    ...members.map(({ address, check }) => [address, check.probe]),
  ]);
  const send = { kind: "tcp", send: "HEAD / HTTP/1.0\r\n", expect: ' 200 OK, = "x" ', replyBytesMax: 65_536 };
  expect(probes).toMatchObject([
    ["web.cluster.example.org", ["192.0.2.11", { ...send, port: 80 }], ["192.0.2.10", { ...send, port: 80 }]],
    [
      "smtp.cluster.example.org",
      ["192.0.2.10", { kind: "tcp", port: 25, send: null, expect: "220" }],
      ["192.0.2.11", { kind: "tcp", port: 2525, send: "QUIT\r\n", expect: null }],
    ],
  ]);
  expect(imported.value.config).not.toContain("geheim");
  expect(JSON.stringify(imported.value)).not.toContain("geheim");
  expect(imported.value.files).toEqual([{ name: "muster-update.secret", text: null }]);
});

test.each<[Parameters<typeof run>[0], string]>([
  [
    { monitor: "password = x" },
    "failover-monitor.config:2 password is not carried over: towards the DNS servers the TSIG key muster-update",
  ],
  [{ monitor: "email=a@b" }, 'failover-monitor.config:2 email: "a@b" is told of troubles by the mail server'],
  [{ monitor: "email = root" }, 'failover-monitor.config:2 email: "root" is no mail address'],
  [{ monitor: "bind8_dns_server1 = ns1" }, 'failover-monitor.config:2 bind8_dns_server1 is no address ("ns1")'],
  [{ monitor: "colour = red" }, 'failover-monitor.config:2 "colour" is unknown here'],
  [{ monitor: "password geheim" }, "failover-monitor.config:2 what stands here is no line"],
  [{ monitor: "no sign" }, 'failover-monitor.config:2 "no sign" is no line of the form key = value'],
  [{ monitor: "check_server2=1.2.3.4|a.b|80|s|r" }, "found 5 fields"],
  [{ monitor: "check_server2=1.2.3.4|a.b|80|s|r|x|y" }, "found 7 fields"],
  [{ monitor: "check_server2=1.2.3.4|host|80|||" }, '"host" is no full host name'],
  [{ monitor: "check_server2=1.2.3|a.b|80|||" }, '"1.2.3" is no IP address of a.b: add the member by hand'],
  [{ monitor: "check_server2=224.0.0.1|a.b|80|||" }, "is a multicast address"],
  [{ monitor: "check_server2=1.2.3.4|a.b|0|||" }, 'there is no service "0"'],
  [{ monitor: "check_server2=1.2.3.4|a.b|gopher|||" }, 'there is no service "gopher"'],
  [
    { monitor: "check_server2=192.0.2.1|a.example.org|81|||" },
    "192.0.2.1 is a member already of a.example.org: a member has one check",
  ],
  [{ monitor: "check_server2=192.0.2.9|a.example.org|80|../x|r|" }, 'the script "../x" is not called'],
  [{ server: "password = x" }, "failover.config:1 password is not carried over"],
  [{ server: "scripts_path=/etc" }, "failover.config:1 scripts_path is not carried over"],
  [{ normal: "update delete a.example.org A" }, "normal-dns:1"],
  [{ normal: "update add a.example.org soon A 192.0.2.1" }, '"soon" is no TTL'],
  [{ normal: "update add b.example.org 1 A 192.0.2.1" }, "b.example.org 192.0.2.1 has no check_server line"],
  [{ normal: "\n\n" }, "normal-dns:0 a.example.org 192.0.2.1 is checked and not in the normal state"],
])("P10 what cannot be carried over is named with its line: %j", (files, wanted) => {
  const base = "check_server1=192.0.2.1|a.example.org|80|||\n";
  const imported = run({ ...files, monitor: base + (files.monitor ?? "") });
  if (!imported.ok) throw new Error(imported.error);
  checkImported(imported.value);
  expect(noteLines(imported).filter((each) => each.includes(wanted))).toHaveLength(1);
  expect(noteLines(imported).join()).not.toContain("geheim");
});

test("files without a check are refused, with what was wrong with each line", () => {
  expect(run({ monitor: "email = a" })).toEqual({
    ok: false,
    error: [
      "failover-monitor.config holds nothing that would make a pool",
      'failover-monitor.config:1: email: "a" is no mail address: add who should be told under notify',
    ].join("\n"),
  });
});

const part = fc.oneof(
  fc.constantFrom(
    "192.0.2.1",
    "2001:db8::1",
    "a.example.org",
    "__proto__.example",
    "http",
    "80",
    "|",
    "=",
    "# x",
    "\u2028",
    "yes",
    "- ",
    ": ",
    "!!",
    '"',
    "\0",
    "|".repeat(5),
    "update add",
    "A",
    "check_server1=",
    "bind8_dns_server1=",
  ),
  fc.string({ unit: "binary", maxLength: 6 }),
);
const line = fc.array(part, { maxLength: 9 }).map((parts) => parts.join(""));
const check = fc.tuple(part, part, part, part, part, part).map((fields) => `check_server1=${fields.join("|")}`);
const text = fc.array(fc.oneof(line, check), { maxLength: 8 }).map((lines) => lines.join("\n"));

test("P10 odd files give a configuration that loads, or a sentence", () => {
  fc.assert(
    fc.property(text, text, text, (odd, server, normal) => {
      const imported = run({ monitor: `check_server9=192.0.2.7|ok.example.org|80|||\n${odd}`, server, normal });
      if (!imported.ok) throw new Error(imported.error);
      expect(checkImported(imported.value).pools.length).toBeGreaterThan(0);
    }),
    { numRuns: 400 },
  );
});
