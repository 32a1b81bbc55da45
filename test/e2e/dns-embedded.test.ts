/** The embedded DNS server from the outside: zones that come, change and go, threads, and what its failures say. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { textName } from "../../src/dns/name.ts";
import type { RRset } from "../../src/dns/types.ts";
import type { EmbeddedDns } from "../../src/io/dns/embedded.ts";
import { ListenFailure } from "../../src/io/listen-failure.ts";
import { answerText } from "../fakes/answer-text.ts";
import { endpointOf, startEmpty, startServing } from "../fakes/dns-under-test.ts";
import { ask } from "../interop/dns-client.ts";

const folder = mkdtempSync(join(tmpdir(), "muster-dns-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const running: EmbeddedDns[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((dns) => dns.close()));
});

async function started(starting: Promise<EmbeddedDns>): Promise<EmbeddedDns> {
  const dns = await starting;
  running.push(dns);
  return dns;
}

const origin = textName("example.org.");
const head = "$TTL 30\n@ SOA ns1 host 5 3600 600 86400 20\n@ NS ns1\nns1 A 192.0.2.1\n";

function zoneFile(text: string): string {
  const file = join(folder, "zone");
  writeFileSync(file, text);
  return file;
}

function address(owner: string, last: number): RRset {
  return { owner: textName(owner), type: 1, ttlSeconds: 30, rdata: [Uint8Array.of(192, 0, 2, last)] };
}

async function firstLine(dns: EmbeddedDns, name: string, type = "A"): Promise<string> {
  const lines = answerText(await ask(endpointOf(dns), { name, type })).split("\n");
  return lines[1] ?? lines[0] ?? "";
}

describe("zones from files", () => {
  test("a zone is loaded, a broken file names line and reason, and the old zone goes on", async () => {
    const dns = await started(startEmpty());
    expect(await firstLine(dns, "www.example.org")).toBe("REFUSED");
    const file = zoneFile(`${head}www A 192.0.2.10\n`);
    const value = { serial: 5, names: 3, warnings: [], changed: false, delta: null, digest: "" };
    expect(await dns.loadZone({ origin, file })).toEqual({ ok: true, value });
    expect(await firstLine(dns, "www.example.org")).toBe("REFUSED");
    expect(await dns.openZone({ origin, serial: 5, past: null })).toEqual({ serial: 5, digest: "" });
    expect(await firstLine(dns, "www.example.org")).toContain("192.0.2.10");
    zoneFile(`${head}www A 192.0.2.300\n`);
    const broken = await dns.loadZone({ origin, file });
    expect(broken.ok ? [] : broken.error).toEqual([expect.stringContaining(`${file}:5`)]);
    expect(await firstLine(dns, "www.example.org")).toContain("192.0.2.10");
  });

  test("a file that is not there is an error that names it", async () => {
    const dns = await started(startEmpty());
    const missing = await dns.loadZone({ origin, file: join(folder, "absent") });
    expect(missing.ok ? [] : missing.error).toEqual([expect.stringContaining("cannot be read: there is no such file")]);
  });

  test("transactions stay laid over a file that is read again, and the serial never goes back", async () => {
    const dns = await started(startEmpty());
    const file = zoneFile(`${head}www A 192.0.2.10\nftp A 192.0.2.11\n`);
    await dns.loadZone({ origin, file });
    await dns.openZone({ origin, serial: 5, past: null });
    const put = [address("www.example.org", 20)];
    expect(await dns.publish({ origin, serial: 90, layer: "pools", put, remove: [] })).toMatchObject({ kind: "ok" });
    zoneFile(`${head}www A 192.0.2.12\nftp A 192.0.2.13\n`);
    expect(await dns.loadZone({ origin, file })).toMatchObject({ ok: true, value: { serial: 91 } });
    expect(await firstLine(dns, "www.example.org")).toContain("192.0.2.20");
    expect(await firstLine(dns, "ftp.example.org")).toContain("192.0.2.13");
  });
});

describe("a zone file of many names that is read again", () => {
  const hosts = Array.from({ length: 500 }, (_, at) => `h${at} A 198.51.100.${at % 250}`);

  async function everybody(dns: EmbeddedDns, name: string): Promise<string> {
    const seen = new Set<string>();
    for (let time = 0; time < 6; time++) seen.add(await firstLine(dns, `${name}.example.org`));
    return [...seen].join(" or ");
  }

  async function reread(dns: EmbeddedDns, lines: readonly string[]): Promise<unknown> {
    const loaded = await dns.loadZone({ origin, file: zoneFile(`${head}${lines.join("\n")}\n`) });
    return loaded.ok ? { serial: loaded.value.serial, names: loaded.value.names } : loaded.error;
  }

  test("M11 is served as it says by every thread, whether little has changed or much, and the serial rises", async () => {
    const dns = await started(startEmpty({ threads: 2 }));
    expect(await reread(dns, hosts)).toEqual({ serial: 5, names: 502 });
    await dns.openZone({ origin, serial: 5, past: null });
    const put = [address("h1.example.org", 77)];
    await dns.publish({ origin, serial: 6, layer: "pools", put, remove: [] });
    const edited = hosts.with(1, "h1 A 198.51.100.251").with(2, "h2 A 198.51.100.252").toSpliced(3, 1);
    expect(await reread(dns, [...edited, "new A 198.51.100.253"])).toEqual({ serial: 7, names: 502 });
    expect(await everybody(dns, "h1")).toBe("answer: h1.example.org. 30 A 192.0.2.77");
    expect(await everybody(dns, "h2")).toBe("answer: h2.example.org. 30 A 198.51.100.252");
    expect(await everybody(dns, "h3")).toContain("authority: example.org. 20 SOA");
    expect(await everybody(dns, "new")).toBe("answer: new.example.org. 30 A 198.51.100.253");
    expect(await reread(dns, [...edited, "broken A 1"])).toEqual([expect.stringContaining("zone:504")]);
    expect(await reread(dns, edited)).toEqual({ serial: 8, names: 501 });
    expect(await everybody(dns, "new")).toContain("authority: example.org. 20 SOA");
    await dns.publish({ origin, serial: 9, layer: "pools", put: [], remove: put });
    expect(await everybody(dns, "h1")).toBe("answer: h1.example.org. 30 A 198.51.100.251");
    expect(
      await reread(
        dns,
        hosts.map((line) => line.replace("198.51.100", "203.0.113")),
      ),
    ).toEqual({ serial: 10, names: 502 });
    expect(await everybody(dns, "h3")).toBe("answer: h3.example.org. 30 A 203.0.113.3");
  });

  test("M11 keeps its serial when it is the same, whether it is transferred or not, and follows one that was raised", async () => {
    const allow = [{ prefix: "127.0.0.0/8", key: null }];
    for (const transfer of [
      { to: [], allow: [] },
      { to: [], allow },
    ]) {
      const dns = await started(startEmpty({ threads: 2 }));
      await dns.allow([{ origin, transfer, updates: [], primaries: [] }], []);
      const twice = [...hosts, "h1 A 203.0.113.1", "big 2147483648 A 192.0.2.5"];
      await reread(dns, twice);
      await dns.openZone({ origin, serial: 5, past: null });
      expect(await reread(dns, twice)).toEqual({ serial: 5, names: 503 });
      expect(await reread(dns, twice.toReversed())).toEqual({ serial: 5, names: 503 });
      expect(await reread(dns, [...twice, "new A 192.0.2.6"])).toEqual({ serial: 6, names: 504 });
      const put = [address("h1.example.org", 77)];
      await dns.publish({ origin, serial: 7, layer: "pools", put, remove: [] });
      expect(await reread(dns, [...twice, "new A 192.0.2.6"])).toEqual({ serial: 7, names: 504 });
      const raised = zoneFile(`${head.replace("host 5", "host 9")}${[...twice, "new A 192.0.2.6"].join("\n")}\n`);
      expect(await dns.loadZone({ origin, file: raised })).toMatchObject({ ok: true, value: { serial: 9 } });
      expect(await dns.loadZone({ origin, file: raised })).toMatchObject({ ok: true, value: { serial: 9 } });
      expect(await everybody(dns, "big")).toBe("answer: big.example.org. 0 A 192.0.2.5");
    }
  });

  /** Requests and answers that pass before something happens: each time at another point of the reading. */
  const points = [0, 1, 2, 4, 8, 16, 32];

  async function pass(dns: EmbeddedDns, count: number): Promise<void> {
    for (let time = 0; time < count; time++) await dns.counters();
  }

  test("what somebody else has put into its base meanwhile goes with this reading or the next", async () => {
    const dns = await started(startEmpty({ threads: 2 }));
    await reread(dns, hosts);
    await dns.openZone({ origin, serial: 5, past: null });
    let serial = 100;
    for (const count of points) {
      const put = [address("h1.example.org", 77), address("stray.example.org", 78)];
      const edited = hosts.with(4, `h4 A 203.0.113.${count}`);
      const reading = reread(dns, edited);
      await pass(dns, count);
      serial += 10;
      expect(await dns.publish({ origin, serial, layer: "base", put, remove: [] })).toMatchObject({ kind: "ok" });
      expect(await reading).toMatchObject({ serial: expect.any(Number) });
      expect(await everybody(dns, "h4")).toBe(`answer: h4.example.org. 30 A 203.0.113.${count}`);
      expect(await reread(dns, edited)).toMatchObject({ names: 502 });
      expect(await everybody(dns, "h1")).toBe("answer: h1.example.org. 30 A 198.51.100.1");
      expect(await everybody(dns, "stray")).not.toContain("192.0.2.78");
    }
  });

  test("one that is removed while it is read does not come back, and comes whole when it is added again", async () => {
    const dns = await started(startEmpty({ threads: 2 }));
    for (const count of points) {
      expect(await reread(dns, hosts)).toMatchObject({ names: 502 });
      await dns.openZone({ origin, serial: 5, past: null });
      const reading = reread(dns, hosts.with(4, "h4 A 203.0.113.4"));
      await pass(dns, count);
      await dns.removeZone(origin);
      await reading;
      expect(await everybody(dns, "h4")).toBe("REFUSED");
    }
  });
});

describe("publishing", () => {
  test("D1 an answer has changed when publish resolves, on every thread", async () => {
    const dns = await started(startServing({ threads: 2 }));
    for (let serial = 100; serial < 130; serial++) {
      const put = [address("www.example.org", serial)];
      expect(await dns.publish({ origin, serial, layer: "pools", put, remove: [] })).toMatchObject({ kind: "ok" });
      for (let time = 0; time < 4; time++) {
        expect(await firstLine(dns, "www.example.org")).toContain(`192.0.2.${serial}`);
      }
    }
    expect((await dns.counters()).threads).toBe(2);
  });

  test("a transaction that cannot be applied is a conflict with a reason", async () => {
    const dns = await started(startServing());
    const stray = { origin, serial: 9, layer: "pools" as const, put: [address("www.example.net", 1)], remove: [] };
    expect(await dns.publish(stray)).toEqual({
      kind: "conflict",
      reason: "www.example.net. is not in example.org.",
    });
    const unknown = { ...stray, origin: textName("example.com.") };
    expect(await dns.publish(unknown)).toEqual({ kind: "conflict", reason: "example.com. is not served" });
  });

  test("a removed zone is refused, and the counters tell what was asked", async () => {
    const dns = await started(startServing());
    await firstLine(dns, "www.example.org");
    await dns.removeZone(origin);
    expect(await firstLine(dns, "www.example.org")).toBe("REFUSED");
    const counters = await dns.counters();
    expect(counters).toMatchObject({
      queries: 2,
      byTransport: { udp: 2, tcp: 0 },
      byType: { 1: 2 },
      byRcode: { 0: 1, 5: 1 },
    });
    expect(counters.zones).toEqual([]);
  });

  test("after close, publishing has an unknown outcome", async () => {
    const dns = await startServing();
    await dns.close();
    expect(await dns.publish({ origin, serial: 9, layer: "pools", put: [], remove: [] })).toMatchObject({
      kind: "unknown",
    });
  });
});

describe("endpoints that cannot be had", () => {
  async function failure(listen: { address: string; port: number }): Promise<ListenFailure> {
    const error: unknown = await startEmpty({ listen: [listen] }).catch((reason: unknown) => reason);
    if (!(error instanceof ListenFailure)) throw new Error(`expected a ListenFailure, got ${String(error)}`);
    return error;
  }

  test("a port taken under UDP names the process that holds it", async () => {
    const other = createSocket("udp4");
    other.bind(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address();
    const error = await failure({ address: "127.0.0.1", port });
    expect(error.code).toBe("listen/port-taken");
    expect(error.message).toContain(`127.0.0.1:${port}/udp`);
    expect(error.trouble.holder?.pid).toBe(process.pid);
    other.close();
  });

  test("a port taken under TCP only", async () => {
    const other = createServer();
    other.listen(0, "127.0.0.1");
    await once(other, "listening");
    const bound = other.address();
    const port = typeof bound === "object" && bound !== null ? bound.port : 0;
    const error = await failure({ address: "127.0.0.1", port });
    expect([error.code, error.trouble.transport, error.trouble.holder?.pid]).toEqual([
      "listen/port-taken",
      "tcp",
      process.pid,
    ]);
    other.close();
  });

  test("two threads do not share a port with another program", async () => {
    const dns = await started(startServing({ threads: 2 }));
    const again = startEmpty({ listen: [endpointOf(dns)], threads: 2 });
    await expect(again).rejects.toMatchObject({ code: "listen/port-taken" });
  });

  test("an address that is not this machine's", async () => {
    expect((await failure({ address: "192.0.2.1", port: 0 })).code).toBe("listen/no-such-address");
  });
});
