/**
 * Muster as a hidden primary: dig and kdig take its zones whole and in differences, and BIND, Knot and NSD follow it as
 * secondaries, through changes, freezes, restarts and losses, until they answer every name as it does.
 */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { promisify } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import type { Endpoint, KeyConfig } from "../../src/core/model.ts";
import { rcode } from "../../src/dns/message.ts";
import { decodeMessage } from "../../src/dns/message-read.ts";
import { rrType } from "../../src/dns/rr-types.ts";
import { soaSerial } from "../../src/dns/zone-records.ts";
import { sectionText } from "../fakes/answer-text.ts";
import {
  addressSet,
  Primary,
  type PrimaryOptions,
  primaryOrigin,
  testKeys,
  waitFor,
  zoneText,
} from "../fakes/primary-under-test.ts";
import { ask, exchangeTcp, framed, queryFor } from "./dns-client.ts";
import { Secondary, secondaryNames } from "./secondaries.ts";

const run = promisify(execFile);
const [key256, , key512] = testKeys as readonly [KeyConfig, KeyConfig, KeyConfig];

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function primary(options: Partial<PrimaryOptions> = {}): Promise<Primary> {
  const started = await Primary.start({ text: zoneText(40), ...options });
  closing.push(() => started.dns.close());
  return started;
}

async function secondary(name: string, of: Primary, key?: KeyConfig): Promise<Secondary> {
  const zone = { origin: primaryOrigin, primary: of.endpoint, ...(key === undefined ? {} : { key }) };
  const started = await Secondary.start(name, zone);
  closing.push(() => started.close());
  return started;
}

async function tool(name: string, to: Endpoint, args: readonly string[]): Promise<string> {
  const all = [`@${to.address}`, "-p", String(to.port), ...args];
  const { stdout } = await run(name, all, { timeout: 20_000 }).catch((error: unknown) => {
    if (typeof error === "object" && error !== null && "stdout" in error) return { stdout: String(error.stdout) };
    throw error;
  });
  return stdout;
}

/** Records of a transfer as dig and kdig print them. */
function recordLines(printed: string): string[] {
  return printed.split("\n").filter((line) => line !== "" && !line.startsWith(";") && !line.includes("TSIG"));
}

async function serialAt(endpoint: Endpoint): Promise<number | null> {
  // Over TCP, where a server that is not there yet says so at once.
  const answer = await ask(endpoint, { name: primaryOrigin, type: "SOA", tcp: true }).catch(() => null);
  const soa = answer?.rcode === rcode.NOERROR ? answer.answers.find(({ type }) => type === rrType.SOA) : undefined;
  return soa === undefined ? null : soaSerial(soa);
}

async function waitForSerial(server: Secondary, serial: number): Promise<void> {
  const reached = async (): Promise<boolean> => (await serialAt(server.endpoint)) === serial;
  await waitFor(`serial ${serial} at ${server.name}`, reached).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${server.log}`, { cause: error });
  });
}

async function follow(server: Secondary, of: Primary): Promise<void> {
  await server.notify();
  await waitForSerial(server, of.serial);
}

async function answerTo(endpoint: Endpoint, name: string): Promise<string> {
  const types = name === primaryOrigin ? ["SOA", "NS"] : ["A"];
  const answers = await Promise.all(types.map((type) => ask(endpoint, { name, type })));
  return answers.map((answer) => `${name} ${answer.rcode} ${sectionText(answer.answers).join(" ")}`).join("; ");
}

/** Every name of the zone, and one that is not there, answered alike by both, once a server has taken over its own news. */
async function expectAlike(a: Endpoint, b: Endpoint, names: readonly string[]): Promise<void> {
  for (const name of [...names, "nothing.example.org", "ns1.example.org", primaryOrigin]) {
    const wanted = await answerTo(a, name);
    let seen = "";
    await waitFor(`${name} alike`, async () => (seen = await answerTo(b, name)) === wanted, 5000).catch(
      () => undefined,
    );
    expect(seen).toBe(wanted);
  }
}

const hostNames = Array.from({ length: 40 }, (_, at) => `h${at}.example.org`);

/** The key is `NAME:SECRET:ALGORITHM`; drill 1.8 knows no HMAC-SHA384. */
async function drill({ address, port }: Endpoint, words: readonly string[]): Promise<string[]> {
  const { stdout } = await run("drill", ["-p", String(port), `@${address}`, ...words], { timeout: 20_000 });
  return recordLines(stdout);
}

const drillKeys = testKeys.filter(({ algorithm }) => algorithm !== "hmac-sha384");

test.each(drillKeys.map((key) => [key.algorithm, key] as const))(
  "drill asks over UDP and TCP, and takes the zone whole with a key of %s",
  async (algorithm, key) => {
    const muster = await primary({ transfer: { allow: [{ prefix: null, key: key.name }] } });
    for (const transport of ["-u", "-t"]) {
      expect(await drill(muster.endpoint, [transport, "h1.example.org", "A"])).toEqual([
        expect.stringMatching(/^h1\.example\.org\.\s300\sIN\sA\s10\.0\.0\.1$/),
      ]);
    }
    const signed = ["-y", `${key.name}:${key.secret}:${algorithm}`];
    const lines = await drill(muster.endpoint, [...signed, primaryOrigin, "AXFR"]);
    expect(lines).toHaveLength(44);
    expect([lines[0], lines.at(-1)].every((line) => line?.includes("SOA"))).toBe(true);
  },
);

describe("dig and kdig", () => {
  test("AXFR gives the zone between two SOAs", async () => {
    const muster = await primary();
    for (const name of ["dig", "kdig"]) {
      const lines = recordLines(await tool(name, muster.endpoint, [primaryOrigin, "AXFR"]));
      expect(lines).toHaveLength(44);
      expect([lines[0], lines.at(-1)].every((line) => line?.includes("SOA"))).toBe(true);
    }
  });

  test.each(testKeys.map((key) => [key.algorithm, key] as const))(
    "TSIG with %s signs AXFR and IXFR",
    async (_, key) => {
      const muster = await primary({ transfer: { allow: [{ prefix: null, key: key.name }] } });
      const words = `${key.algorithm}:${key.name}:${key.secret}`;
      await muster.publish([addressSet("h1.example.org", [192, 0, 2, 99])]);
      for (const name of ["dig", "kdig"]) {
        const whole = await tool(name, muster.endpoint, ["-y", words, primaryOrigin, "AXFR"]);
        expect(recordLines(whole)).toHaveLength(44);
        const change = await tool(name, muster.endpoint, ["-y", words, primaryOrigin, "IXFR=100", "+tcp"]);
        // The new SOA, the old one, one record gone, the new SOA, one record come, the new SOA.
        expect(recordLines(change)).toHaveLength(6);
        expect([whole, change].join("\n")).not.toMatch(/BADSIG|could not be validated|WARNING/);
      }
    },
  );

  test("IXFR: what changed, nothing for who is current, the whole zone for who is unknown", async () => {
    const muster = await primary();
    await muster.publish([addressSet("h1.example.org", [192, 0, 2, 1])]);
    await muster.publish([addressSet("h1.example.org", [192, 0, 2, 2]), addressSet("new.example.org", [192, 0, 2, 3])]);
    const lines = async (serial: number, how: string): Promise<string[]> =>
      recordLines(await tool("kdig", muster.endpoint, [primaryOrigin, `IXFR=${serial}`, how]));
    for (const how of ["+tcp", "+notcp"]) {
      // Condensed: h1 changed once, new came.
      expect(await lines(100, how)).toHaveLength(7);
      expect(await lines(101, how)).toHaveLength(7);
      expect(await lines(102, how)).toHaveLength(1);
    }
    expect(await lines(50, "+tcp")).toHaveLength(45);
    expect(await muster.count("transfers_ixfr_whole")).toBe(1);
  });

  test("who may not is refused, with a line that says who", async () => {
    const muster = await primary({ transfer: { allow: [{ prefix: "192.0.2.0/24", key: null }] } });
    const answer = await ask(muster.endpoint, { name: primaryOrigin, type: "AXFR", tcp: true, udpOctets: 1232 });
    expect(answer.rcode).toBe(rcode.REFUSED);
    expect(answer.edns?.options.map(({ code, data }) => [code, data[1]])).toEqual([[15, 18]]);
    expect(await muster.count("transfers_refused")).toBe(1);
    expect(muster.remarks).toEqual([expect.stringContaining("example.org. to 127.0.0.1 was refused")]);
    const other = await ask(muster.endpoint, { name: "example.net", type: "AXFR", tcp: true });
    expect(other.rcode).toBe(rcode.NOTAUTH);
  });

  test("AXFR over UDP is FORMERR (RFC 5936, 4.2)", async () => {
    const muster = await primary();
    expect((await ask(muster.endpoint, { name: primaryOrigin, type: "AXFR" })).rcode).toBe(rcode.FORMERR);
  });

  test("keys that are wrong hear BADKEY, BADSIG, BADTIME, and the log says which", async () => {
    const muster = await primary();
    const asked = (words: string): Promise<string> => tool("dig", muster.endpoint, ["-y", words, primaryOrigin, "SOA"]);
    expect(await asked(`hmac-sha256:stranger:${key256.secret}`)).toContain("BADKEY");
    expect(await asked(`hmac-sha256:${key256.name}:${key512.secret}`)).toContain("BADSIG");
    expect(await asked(`hmac-sha512:${key256.name}:${key256.secret}`)).toContain("BADKEY");
    expect([await muster.count("tsig_badkey"), await muster.count("tsig_badsig")]).toEqual([2, 1]);
    const refused = "A signed message from 127.0.0.1 was refused: query of example.org. with key";
    expect(muster.remarks).toEqual([
      `${refused} stranger (hmac-sha256): the key is not known.`,
      `${refused} ${key256.name} (hmac-sha256): the signature is not right: the secrets differ.`,
      `${refused} ${key256.name} (hmac-sha512): the key is for hmac-sha256.`,
    ]);
  });

  test("an ordinary query that is signed gets a signed answer, over UDP and TCP", async () => {
    const muster = await primary();
    const words = `${key512.algorithm}:${key512.name}:${key512.secret}`;
    for (const how of ["+tcp", "+notcp"]) {
      const printed = await tool("dig", muster.endpoint, ["-y", words, "h7.example.org", "A", how]);
      expect(printed).toContain("10.0.0.7");
      expect(printed).toMatch(/TSIG\s+hmac-sha512/);
      expect(printed).not.toContain("Couldn't verify");
    }
  });
});

describe("one connection", () => {
  test("queries behind a transfer are answered with their own ids", async () => {
    const muster = await primary({ text: zoneText(20_000) });
    const queries = Array.from({ length: 20 }, (_, at) =>
      queryFor({ name: `h${at}.example.org`, type: "A" }, 1000 + at),
    );
    const socket = connect(muster.endpoint.port, muster.endpoint.address);
    const transfer = queryFor({ name: primaryOrigin, type: "AXFR" }, 7);
    socket.write(Buffer.concat([transfer, ...queries].map(framed)));
    const seen = await readUntilTransferred(socket, queries.length);
    socket.destroy();
    expect(seen.records).toBe(20_000 + 4);
    expect([...seen.others].toSorted((a, b) => a - b)).toEqual(queries.map((_, at) => 1000 + at));
    // They did not wait for the end of the transfer.
    expect(seen.messagesAfterOthers).toBeGreaterThan(5);
  });

  test("a client that takes half a transfer and leaves is cut, and costs nothing after", async () => {
    const muster = await primary({ text: zoneText(20_000) });
    const socket = connect(muster.endpoint.port, muster.endpoint.address);
    socket.write(framed(queryFor({ name: primaryOrigin, type: "AXFR" })));
    await once(socket, "data");
    socket.destroy();
    await waitFor("the transfer to end", async () => (await muster.count("transfers_running")) === 0);
    expect((await muster.dns.counters()).tcpConnections).toBe(0);
  });

  test("only so many transfers run at a time; further clients are told to come again", async () => {
    const muster = await primary({ text: zoneText(60_000) });
    const sockets = Array.from({ length: 20 }, () => connect(muster.endpoint.port, muster.endpoint.address));
    for (const socket of sockets) {
      socket.pause();
      socket.write(framed(queryFor({ name: primaryOrigin, type: "AXFR" })));
    }
    await waitFor("20 transfers", async () => (await muster.count("transfers_running")) === 20);
    const answer = await ask(muster.endpoint, { name: primaryOrigin, type: "AXFR", tcp: true, udpOctets: 1232 });
    expect(answer.rcode).toBe(rcode.SERVFAIL);
    expect(new TextDecoder().decode(answer.edns?.options[0]?.data.subarray(2))).toContain("ask again later");
    for (const socket of sockets) socket.destroy();
    await waitFor("no transfer", async () => (await muster.count("transfers_running")) === 0);
  });
});

interface Seen {
  records: number;
  readonly others: Set<number>;
  messagesAfterOthers: number;
}

/** Reads until the second SOA of transfer 7 and `others` other answers have come. */
async function readUntilTransferred(socket: ReturnType<typeof connect>, others: number): Promise<Seen> {
  const seen: Seen = { records: 0, others: new Set(), messagesAfterOthers: 0 };
  let soas = 0;
  let held: Buffer = Buffer.alloc(0);
  const signal = AbortSignal.timeout(20_000);
  while (soas < 2 || seen.others.size < others) {
    const [chunk] = (await once(socket, "data", { signal })) as [Buffer];
    held = Buffer.concat([held, chunk]);
    while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
      const message = decodeMessage(held.subarray(2, 2 + held.readUInt16BE(0)));
      held = held.subarray(2 + held.readUInt16BE(0));
      if (!message.ok) throw new Error(message.error);
      if (message.value.id !== 7) {
        seen.others.add(message.value.id);
        continue;
      }
      if (seen.others.size === others) seen.messagesAfterOthers += 1;
      seen.records += message.value.answers.length;
      soas += message.value.answers.filter(({ type }) => type === rrType.SOA).length;
    }
  }
  return seen;
}

describe.each(secondaryNames)("M3 %s as a secondary", (name) => {
  test("two of them load the zone with a key, get changes by IXFR, and answer every name alike", async () => {
    const muster = await primary({
      transfer: { to: [{ address: "127.0.0.1", port: 53, key: key256.name }], allow: [] },
      threads: 2,
    });
    const both = [await secondary(name, muster, key256), await secondary(name, muster, key256)];
    for (const server of both) await waitForSerial(server, muster.serial);
    expect((await muster.count("transfers_axfr")) + (await muster.count("transfers_ixfr_whole"))).toBe(2);
    await muster.publish([
      addressSet("h3.example.org", [192, 0, 2, 3]),
      addressSet("added.example.org", [192, 0, 2, 4]),
    ]);
    await muster.publish([], [{ owner: addressSet("h3.example.org", [0, 0, 0, 0]).owner, type: 1 }]);
    for (const server of both) await follow(server, muster);
    expect(await muster.count("transfers_ixfr")).toBe(2);
    for (const { endpoint } of both) await expectAlike(muster.endpoint, endpoint, [...hostNames, "added.example.org"]);
    // M9: nothing has changed, so nobody is served anything but the SOA.
    for (const server of both) await server.notify();
    expect(await muster.count("transfers_ixfr")).toBe(2);
  });

  test.each(testKeys)("takes the zone, and a change by NOTIFY, with a key for $algorithm", async (key) => {
    const muster = await primary({ transfer: { allow: [{ prefix: null, key: key.name }] } });
    const server = await secondary(name, muster, key);
    await waitForSerial(server, muster.serial);
    await muster.publish([addressSet("h3.example.org", [192, 0, 2, 3])]);
    await follow(server, muster);
    expect([await muster.count("transfers_ixfr"), await muster.count("tsig_badsig")]).toEqual([1, 0]);
  });

  test("a wrong key is refused with a clear line, and the zone is not served there", async () => {
    const muster = await primary({ transfer: { allow: [{ prefix: null, key: key256.name }] } });
    const server = await secondary(name, muster, { ...key256, secret: key512.secret });
    await waitFor("a refusal", async () => (await muster.count("tsig_badsig")) > 0);
    expect(muster.remarks.join("\n")).toContain("the secrets differ");
    expect(await serialAt(server.endpoint)).toBe(null);
  });

  test("frozen in the middle of a transfer and resumed, it gets the zone whole", async () => {
    const muster = await primary({ text: zoneText(60_000) });
    const server = await secondary(name, muster);
    await waitFor("a transfer", async () => (await transfersBegun(muster)) > 0);
    server.signal("SIGSTOP");
    // Changes meanwhile belong to the next transfer.
    await muster.publish([addressSet("h3.example.org", [192, 0, 2, 3])]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    server.signal("SIGCONT");
    await waitFor("a zone", () => serialAt(server.endpoint));
    await follow(server, muster);
    await expectAlike(muster.endpoint, server.endpoint, hostNames);
  });

  test("restarted, wiped, and left behind, it catches up each time", async () => {
    const muster = await primary();
    const server = await secondary(name, muster);
    await waitForSerial(server, muster.serial);
    await server.stop();
    await muster.publish([addressSet("h5.example.org", [192, 0, 2, 5])]);
    server.startAgain();
    await waitFor("the server to answer", () => serialAt(server.endpoint));
    await follow(server, muster);
    await server.stop();
    server.wipe();
    await muster.publish([addressSet("h6.example.org", [192, 0, 2, 6])]);
    server.startAgain();
    await waitForSerial(server, muster.serial);
    await expectAlike(muster.endpoint, server.endpoint, hostNames);
  });

  test("when the primary dies in the middle of a transfer, the next one is whole", async () => {
    const muster = await primary({ text: zoneText(60_000) });
    const server = await secondary(name, muster);
    await waitFor("a transfer", async () => (await transfersBegun(muster)) > 0);
    server.signal("SIGSTOP");
    await muster.dns.close();
    server.signal("SIGCONT");
    const again = await primary({ text: zoneText(60_000), listen: muster.endpoint });
    await follow(server, again).catch(() => follow(server, again));
    await expectAlike(again.endpoint, server.endpoint, hostNames);
  });

  test("the journal survives a restart: a secondary with an old serial gets a difference", async () => {
    const before = await primary();
    const server = await secondary(name, before);
    await waitForSerial(server, before.serial);
    await before.publish([addressSet("h5.example.org", [192, 0, 2, 5])], [], "base");
    await before.publish([addressSet("h6.example.org", [192, 0, 2, 6])], [], "base");
    const sets = zoneText(40).replace("h5 A 10.0.0.5", "h5 A 192.0.2.5").replace("h6 A 10.0.0.6", "h6 A 192.0.2.6");
    await before.dns.close();
    const after = await primary({ text: sets, listen: before.endpoint, past: before.past, serial: 500 });
    // Nothing has changed while it was down.
    expect(after.serial).toBe(102);
    await follow(server, after);
    expect([await after.count("transfers_ixfr"), await transfersWhole(after)]).toEqual([1, 0]);
    await expectAlike(after.endpoint, server.endpoint, hostNames);
    await after.dns.close();
    const changed = sets.replace("h7 A 10.0.0.7", "h7 A 192.0.2.7");
    const other = await primary({ text: changed, listen: before.endpoint, past: after.past, serial: 500 });
    expect(other.serial).toBe(500);
    await follow(server, other);
    expect([await other.count("transfers_ixfr"), await transfersWhole(other)]).toEqual([0, 1]);
    await expectAlike(other.endpoint, server.endpoint, hostNames);
  });
});

async function transfersWhole(muster: Primary): Promise<number> {
  return (await muster.count("transfers_axfr")) + (await muster.count("transfers_ixfr_whole"));
}

async function transfersBegun(muster: Primary): Promise<number> {
  return (await transfersWhole(muster)) + (await muster.count("transfers_running"));
}

describe("a large zone", () => {
  test("100,000 names are transferred while queries are answered", async () => {
    const muster = await primary({ text: zoneText(100_000) });
    const transfer = tool("dig", muster.endpoint, [primaryOrigin, "AXFR", "+noall", "+stats"]);
    let answered = 0;
    let done = false;
    const finished = transfer.then((printed) => {
      done = true;
      return printed;
    });
    while (!done) {
      const { answers } = await ask(muster.endpoint, { name: `h${answered % 1000}.example.org`, type: "A" });
      expect(answers).toHaveLength(1);
      answered += 1;
    }
    expect(await finished).toContain("100004 records");
    expect(answered).toBeGreaterThan(10);
  });

  test("one change of 100,000 names is a transfer of a few records", async () => {
    const muster = await primary({ text: zoneText(100_000) });
    await muster.publish([addressSet("h5.example.org", [192, 0, 2, 5])]);
    const lines = recordLines(await tool("kdig", muster.endpoint, [primaryOrigin, "IXFR=100", "+tcp"]));
    expect(lines).toHaveLength(6);
  });
});

describe("a reload", () => {
  test("M9 of the same records changes nothing, of others it gives the difference", async () => {
    const muster = await primary();
    expect(await muster.reload(zoneText(40))).toBe(null);
    expect(await muster.reload(zoneText(40, 99))).toBe(null);
    expect(await serialAt(muster.endpoint)).toBe(100);
    const delta = await muster.reload(zoneText(41, 900));
    expect(delta).toMatchObject({ from: 100, to: 900 });
    expect([delta?.removed.length, delta?.added.length]).toEqual([1, 2]);
    expect(recordLines(await tool("kdig", muster.endpoint, [primaryOrigin, "IXFR=100", "+tcp"]))).toHaveLength(5);
  });

  test("M10 of the same records under a serial that was raised gives that serial and nothing else", async () => {
    const muster = await primary();
    const delta = await muster.reload(zoneText(40, 900));
    expect([delta?.from, delta?.to, delta?.removed.length, delta?.added.length]).toEqual([100, 900, 1, 1]);
    expect(await serialAt(muster.endpoint)).toBe(900);
    expect(await muster.reload(zoneText(40, 900))).toBe(null);
    expect(recordLines(await tool("kdig", muster.endpoint, [primaryOrigin, "IXFR=100", "+tcp"]))).toHaveLength(4);
  });

  test("M10 an empty transaction gives the zone a new serial and nothing else", async () => {
    const muster = await primary();
    await muster.publish([]);
    expect(await serialAt(muster.endpoint)).toBe(101);
    expect(recordLines(await tool("kdig", muster.endpoint, [primaryOrigin, "IXFR=100", "+tcp"]))).toHaveLength(4);
  });

  test("all sets are read in pieces as they are served", async () => {
    const muster = await primary({ text: zoneText(1000) });
    await muster.publish([addressSet("h5.example.org", [192, 0, 2, 5])]);
    let sets = 0;
    for await (const piece of muster.dns.readZone(addressSet("example.org", [0, 0, 0, 0]).owner)) sets += piece.length;
    expect(sets).toBe(1003);
    const unknown = muster.dns.readZone(addressSet("example.net", [0, 0, 0, 0]).owner);
    await expect(unknown[Symbol.asyncIterator]().next()).rejects.toThrow("example.net. is not here");
  });
});

test("what is asked in one packet with a transfer is answered too", async () => {
  const muster = await primary();
  const answers = await exchangeTcp(muster.endpoint, [
    queryFor({ name: primaryOrigin, type: "AXFR" }, 1),
    queryFor({ name: "h1.example.org", type: "A" }, 2),
  ]);
  expect(new Set(answers.map((octets) => octets[1]))).toEqual(new Set([1, 2]));
});
