/**
 * UPDATE as clients send it: nsupdate with and without keys adds, deletes and asks for conditions; what it may not is
 * refused, what it may is served when nsupdate returns, and stays over the file below and a restart.
 */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { KeyConfig, UpdateGrant } from "../../src/core/model.ts";
import { flagBit, makeMessage, rcode } from "../../src/dns/message.ts";
import { decodeMessage } from "../../src/dns/message-read.ts";
import { encodeMessage } from "../../src/dns/message-write.ts";
import { textName } from "../../src/dns/name.ts";
import { rrClass, rrType } from "../../src/dns/rr-types.ts";
import type { RRset } from "../../src/dns/types.ts";
import type { ZoneRequest } from "../../src/ports/nameserver.ts";
import { sectionText } from "../fakes/answer-text.ts";
import {
  addressSet,
  origin,
  Primary,
  type PrimaryOptions,
  primaryOrigin,
  testKeys,
  waitFor,
  zoneText,
} from "../fakes/primary-under-test.ts";
import { ask, exchangeUdp, framed } from "./dns-client.ts";

const [key256, , key512] = testKeys as readonly [KeyConfig, KeyConfig, KeyConfig];

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const grants: readonly UpdateGrant[] = [
  { key: key256.name, names: ["*.example.org"], types: [] },
  { key: key512.name, names: ["_acme-challenge.example.org"], types: [rrType.TXT] },
];

async function primary(options: Partial<PrimaryOptions> = {}): Promise<Primary> {
  const started = await Primary.start({ text: zoneText(10), updates: grants, ...options });
  closing.push(() => started.dns.close());
  return started;
}

/** What nsupdate says on standard error, and its exit code. Code 0: the server has said NOERROR. */
function nsupdate(to: Primary, lines: readonly string[], key?: KeyConfig): Promise<{ code: number; said: string }> {
  const { address, port } = to.endpoint;
  const args = key === undefined ? [] : ["-y", `${key.algorithm}:${key.name}:${key.secret}`];
  const text = [`server ${address} ${port}`, `zone ${primaryOrigin}`, ...lines, "send", ""].join("\n");
  return new Promise((resolve) => {
    const child = execFile("nsupdate", args, { timeout: 20_000 }, (error, _stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), said: stderr });
    });
    child.stdin?.end(text);
  });
}

async function answerOf(of: Primary, name: string, type = "A"): Promise<string> {
  const answer = await ask(of.endpoint, { name, type });
  return [answer.rcode, ...sectionText(answer.answers)].join(" ");
}

describe("nsupdate with a key", () => {
  test("adds and deletes; each is served when nsupdate returns, and the serial rises", async () => {
    const muster = await primary({ threads: 2 });
    muster.acceptUpdates();
    expect(await nsupdate(muster, ["update add new.example.org 60 A 192.0.2.7"], key256)).toEqual({
      code: 0,
      said: "",
    });
    expect(await answerOf(muster, "new.example.org")).toContain("192.0.2.7");
    expect(await nsupdate(muster, ["update delete h1.example.org A"], key256)).toEqual({ code: 0, said: "" });
    expect(await answerOf(muster, "h1.example.org")).toBe(String(rcode.NXDOMAIN));
    expect(await nsupdate(muster, ["update delete new.example.org"], key256)).toEqual({ code: 0, said: "" });
    expect(await answerOf(muster, "new.example.org")).toBe(String(rcode.NXDOMAIN));
    expect(muster.serial).toBe(103);
    expect(muster.past.deltas).toHaveLength(3);
  });

  test.each(testKeys)("is known by its secret with $algorithm", async (key) => {
    const muster = await primary({ updates: [{ key: key.name, names: ["*.example.org"], types: [] }] });
    muster.acceptUpdates();
    const lines = ["update add new.example.org 60 A 192.0.2.7"];
    expect(await nsupdate(muster, lines, key)).toEqual({ code: 0, said: "" });
    const wrong = { ...key, secret: Buffer.from("another secret").toString("base64") };
    expect((await nsupdate(muster, ["update delete new.example.org"], wrong)).said).toMatch(/BADSIG|NOTAUTH/);
    expect(await answerOf(muster, "new.example.org")).toContain("192.0.2.7");
  });

  test("what changes nothing is NOERROR and asks nobody", async () => {
    const muster = await primary();
    const seen: ZoneRequest[] = [];
    muster.acceptUpdates((request) => seen.push(request));
    expect((await nsupdate(muster, ["update delete nothing.example.org"], key256)).code).toBe(0);
    expect((await nsupdate(muster, ["update add h2.example.org 300 A 10.0.0.2"], key256)).code).toBe(0);
    expect(seen).toEqual([]);
    expect(muster.serial).toBe(100);
  });

  test.each([
    ["nxrrset h1.example.org A", "YXRRSET"],
    ["yxrrset nothing.example.org A", "NXRRSET"],
    ["yxrrset h1.example.org A 192.0.2.99", "NXRRSET"],
    ["nxdomain h1.example.org", "YXDOMAIN"],
    ["yxdomain nothing.example.org", "NXDOMAIN"],
  ])("a prerequisite that fails changes nothing: %s", async (prerequisite, said) => {
    const muster = await primary();
    muster.acceptUpdates();
    const lines = [`prereq ${prerequisite}`, "update add new.example.org 60 A 192.0.2.7"];
    expect((await nsupdate(muster, lines, key256)).said).toContain(said);
    expect(await answerOf(muster, "new.example.org")).toBe(String(rcode.NXDOMAIN));
    expect(muster.serial).toBe(100);
  });

  test("a prerequisite that holds lets the change through", async () => {
    const muster = await primary();
    muster.acceptUpdates();
    const lines = ["prereq yxrrset h1.example.org A 10.0.0.1", "update add new.example.org 60 A 192.0.2.7"];
    expect(await nsupdate(muster, lines, key256)).toEqual({ code: 0, said: "" });
    expect(await answerOf(muster, "new.example.org")).toContain("192.0.2.7");
  });

  const notGranted = "may not be changed with this key";
  const aPool = "pool.example.org. is a pool, and follows decisions alone";
  test.each([
    ["a name that is not granted", "update add www.example.org 60 TXT x", key512, notGranted],
    ["a type that is not granted", "update add _acme-challenge.example.org 60 CAA 0 issue x", key512, notGranted],
    ["the zone's own NS", "update add example.org 60 NS ns9.example.net.", key256, notGranted],
    ["a name of a pool", "update add pool.example.org 60 A 192.0.2.7", key256, aPool],
    ["another type at a name of a pool", "update add pool.example.org 60 TXT x", key256, aPool],
  ])("%s is REFUSED, with a line that says why", async (_title, line, key, why) => {
    const muster = await primary();
    muster.acceptUpdates();
    await muster.publish([addressSet("pool.example.org", [192, 0, 2, 1])]);
    expect((await nsupdate(muster, [line], key)).said).toContain("REFUSED");
    expect(await muster.count("updates_refused")).toBe(1);
    expect(muster.remarks).toEqual([expect.stringContaining(why)]);
    expect(muster.serial).toBe(101);
  });

  test.each([
    ["sub", "NS", "ns1.example.net."],
    ["sub", "DNAME", "example.net."],
    ["www.sub", "NS", "ns1.example.net."],
  ])("a pool is not taken out of the answers by %s %s above it", async (label, type, data) => {
    const types = [rrType.NS, rrType.DNAME];
    const muster = await primary({ updates: [{ key: key256.name, names: ["*.example.org"], types }] });
    muster.acceptUpdates();
    await muster.publish([addressSet("www.sub.example.org", [192, 0, 2, 1])]);
    const line = `update add ${label}.example.org 60 ${type} ${data}`;
    expect((await nsupdate(muster, [line], key256)).said).toContain("REFUSED");
    const why =
      label === "sub"
        ? `the pool www.sub.example.org. would not be answered below sub.example.org. ${type}`
        : "www.sub.example.org. is a pool, and follows decisions alone";
    expect(muster.remarks).toEqual([expect.stringContaining(why)]);
    expect(await answerOf(muster, "www.sub.example.org")).toContain("192.0.2.1");
    expect((await nsupdate(muster, ["update add other.example.org 60 NS ns1.example.net."], key256)).code).toBe(0);
  });

  test("a challenge as certbot sets it comes and goes with its own key", async () => {
    const muster = await primary();
    muster.acceptUpdates();
    const name = "_acme-challenge.example.org";
    expect((await nsupdate(muster, [`update add ${name} 60 TXT "token"`], key512)).code).toBe(0);
    expect(await answerOf(muster, name, "TXT")).toContain("token");
    expect((await nsupdate(muster, [`update delete ${name} TXT "token"`], key512)).code).toBe(0);
    expect(await answerOf(muster, name, "TXT")).toBe(String(rcode.NXDOMAIN));
  });

  test("what was updated stays over a base that is read again, and can be deleted from there", async () => {
    const muster = await primary();
    muster.acceptUpdates();
    await nsupdate(muster, ["update delete h1.example.org", "update add h2.example.org 60 A 192.0.2.2"], key256);
    await muster.reload(zoneText(12, 900));
    expect(await answerOf(muster, "h1.example.org")).toBe(String(rcode.NXDOMAIN));
    expect(await answerOf(muster, "h2.example.org")).toContain("192.0.2.2");
    expect(await answerOf(muster, "h11.example.org")).toContain("10.0.0.11");
  });
});

describe("a restart", () => {
  test("what was saved is there again before the zone is opened, and the zone goes on where it was", async () => {
    const before = await primary();
    const saved: RRset[] = [];
    before.acceptUpdates((request) => {
      if (request.kind === "updates") saved.push(...request.updates.flatMap(({ put }) => put));
    });
    await nsupdate(before, ["update add new.example.org 60 A 192.0.2.7", "update delete h1.example.org"], key256);
    const { past } = before;
    await before.dns.close();
    const after = await primary({ past, saved, serial: 700 });
    expect(after.serial).toBe(101);
    expect(await answerOf(after, "new.example.org")).toContain("192.0.2.7");
    expect(await answerOf(after, "h1.example.org")).toBe(String(rcode.NXDOMAIN));
    const forgetful = await primary({ past, serial: 700 });
    expect(forgetful.serial).toBe(700);
  });
});

describe("who may not", () => {
  test("unsigned, with a key that is granted nothing, or for another zone", async () => {
    const muster = await primary({ updates: [{ key: key256.name, names: ["*.example.org"], types: [] }] });
    muster.acceptUpdates();
    const line = "update add new.example.org 60 A 192.0.2.7";
    expect((await nsupdate(muster, [line])).said).toContain("REFUSED");
    expect((await nsupdate(muster, [line], key512)).said).toContain("REFUSED");
    expect((await nsupdate(muster, [line], { ...key256, secret: key512.secret })).said).toContain("BADSIG");
    const elsewhere = makeMessage({
      id: 5,
      opcode: 5,
      questions: [{ name: textName("example.net"), type: rrType.SOA, class: rrClass.IN }],
    });
    expect((await exchangeUdp(muster.endpoint, encodeMessage(elsewhere)))[3]).toBe(rcode.NOTAUTH);
    expect(await muster.count("updates_refused")).toBe(3);
    expect(await muster.count("tsig_badsig")).toBeGreaterThan(0);
  });

  test("nobody listens: REFUSED; who decides says no: its code", async () => {
    const muster = await primary();
    const line = "update add new.example.org 60 A 192.0.2.7";
    expect((await nsupdate(muster, [line], key256)).said).toContain("REFUSED");
    muster.dns.onRequest((request) => {
      if (request.kind === "updates") for (const { answer } of request.updates) answer(rcode.SERVFAIL);
    });
    expect((await nsupdate(muster, [line], key256)).said).toContain("SERVFAIL");
  });
});

describe("many at a time", () => {
  test("updates of a zone are decided one after the other: of many that want to be first, one is", async () => {
    const muster = await primary({ threads: 2 });
    let deciding = 0;
    let decidingMost = 0;
    muster.dns.onRequest((request) => {
      if (request.kind !== "updates") return;
      deciding += request.updates.length;
      decidingMost = Math.max(deciding, decidingMost);
      void muster.makeUpdates(request.updates).then(() => (deciding -= request.updates.length));
    });
    const all = Array.from({ length: 8 }, (_, at) =>
      nsupdate(
        muster,
        ["prereq nxdomain first.example.org", `update add first.example.org 60 A 192.0.2.${at}`],
        key256,
      ),
    );
    const codes = (await Promise.all(all)).map(({ said }) => (said.includes("YXDOMAIN") ? "late" : said));
    expect(codes.filter((code) => code === "")).toHaveLength(1);
    expect(codes.filter((code) => code === "late")).toHaveLength(7);
    expect([decidingMost, muster.serial]).toEqual([1, 101]);
  });

  test("an update of 60,000 octets is taken over TCP, and a query of that length is not", async () => {
    const muster = await primary();
    muster.acceptUpdates();
    const lines = Array.from({ length: 1500 }, (_, at) => `update add t${at}.example.org 60 TXT "${"x".repeat(10)}"`);
    expect(await nsupdate(muster, lines, key256)).toEqual({ code: 0, said: "" });
    expect(await answerOf(muster, "t1499.example.org", "TXT")).toContain("xxxxxxxxxx");
    const socket = connect(muster.endpoint.port, muster.endpoint.address);
    socket.resume();
    socket.write(framed(new Uint8Array(30_000)));
    await once(socket, "end", { signal: AbortSignal.timeout(5000) });
    socket.destroy();
  });
});

describe("NOTIFY", () => {
  const notify = (serial: number): Uint8Array => {
    const soa = new Uint8Array(22);
    new DataView(soa.buffer).setUint32(2, serial);
    return encodeMessage(
      makeMessage({
        id: 9,
        opcode: 4,
        flags: flagBit.aa,
        questions: [{ name: origin, type: rrType.SOA, class: rrClass.IN }],
        answers: [{ owner: origin, type: rrType.SOA, class: rrClass.IN, ttlSeconds: 0, rdata: soa }],
      }),
    );
  };

  test("from a primary is acknowledged and told", async () => {
    const muster = await primary({ primaries: [{ address: "127.0.0.1", port: 53, key: null }] });
    const seen: ZoneRequest[] = [];
    muster.dns.onRequest((request) => seen.push(request));
    const answer = decodeMessage(await exchangeUdp(muster.endpoint, notify(4711)));
    expect(answer.ok && [answer.value.opcode, answer.value.rcode, answer.value.flags & flagBit.aa]).toEqual([
      4,
      rcode.NOERROR,
      flagBit.aa,
    ]);
    await waitFor("the request", async () => seen.length > 0);
    expect(seen).toEqual([{ kind: "notify", origin, serial: 4711, from: "127.0.0.1" }]);
  });

  test("from elsewhere it is refused, and for a zone without primaries NOTAUTH", async () => {
    const muster = await primary({ primaries: [{ address: "192.0.2.1", port: 53, key: null }] });
    const seen: ZoneRequest[] = [];
    muster.dns.onRequest((request) => seen.push(request));
    expect((await exchangeUdp(muster.endpoint, notify(1)))[3]).toBe(rcode.REFUSED);
    const own = await primary();
    expect((await exchangeUdp(own.endpoint, notify(1)))[3]).toBe(rcode.NOTAUTH);
    expect(await muster.count("notifies_refused")).toBe(1);
    expect(seen).toEqual([]);
  });
});
