/**
 * certbot's own RFC 2136 plugin as a client: it finds the zone by asking for SOA records, puts the challenge, and takes it
 * away, as it would for a certificate.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { KeyConfig } from "../../src/core/model.ts";
import { rcode } from "../../src/dns/message.ts";
import { rrType } from "../../src/dns/rr-types.ts";
import { sectionText } from "../fakes/answer-text.ts";
import { Primary, testKeys, zoneText } from "../fakes/primary-under-test.ts";
import { ask } from "./dns-client.ts";

const run = promisify(execFile);
const [key] = testKeys as readonly [KeyConfig];
const challenge = "_acme-challenge.www.example.org";

/** The plugin's client, driven as certbot drives it. Debian's Python has it, whatever comes first in PATH. */
const script = `
import sys
import dns.tsig
from certbot_dns_rfc2136._internal.dns_rfc2136 import _RFC2136Client
address, port, name, secret, action, record, content = sys.argv[1:]
client = _RFC2136Client(address, int(port), name, secret, dns.tsig.HMAC_SHA256, 10)
if action == "add":
    client.add_txt_record(record, content, 60)
else:
    client.del_txt_record(record, content)
`;

test("certbot puts its challenge and takes it away, and may do nothing else", async () => {
  const muster = await Primary.start({
    text: zoneText(10),
    updates: [{ key: key.name, names: [challenge], types: [rrType.TXT] }],
  });
  try {
    muster.acceptUpdates();
    const { address, port } = muster.endpoint;
    const certbot = (action: "add" | "delete", name: string): Promise<unknown> =>
      run("/usr/bin/python3", ["-c", script, address, String(port), key.name, key.secret, action, name, "token-1"], {
        timeout: 30_000,
      });
    await certbot("add", challenge);
    const put = await ask(muster.endpoint, { name: challenge, type: "TXT" });
    expect(sectionText(put.answers).join("\n")).toContain("token-1");
    await certbot("delete", challenge);
    expect((await ask(muster.endpoint, { name: challenge, type: "TXT" })).rcode).toBe(rcode.NXDOMAIN);
    await expect(certbot("add", "_acme-challenge.other.example.org")).rejects.toThrow(/REFUSED/);
  } finally {
    await muster.dns.close();
  }
});
