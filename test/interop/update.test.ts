/** UPDATE between muster's wire code and the real thing: what nsupdate sends is understood, what is sent here is done. */
import { execFile } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { emptyAnswer } from "../../src/dns/empty-answer.ts";
import { makeQuery, rcode } from "../../src/dns/message.ts";
import { decodeMessage } from "../../src/dns/message-read.ts";
import { encodeMessage } from "../../src/dns/message-write.ts";
import { textName } from "../../src/dns/name.ts";
import { base64Text } from "../../src/dns/octets.ts";
import { rrClass, rrType } from "../../src/dns/rr-types.ts";
import { KeyRing, signMessage, type TsigKey, verifyRequest } from "../../src/dns/tsig.ts";
import { verifyAnswer } from "../../src/dns/tsig-stream.ts";
import { encodeUpdate } from "../../src/dns/update/encode.ts";
import { evaluateUpdate, type UpdateOutcome } from "../../src/dns/update/evaluate.ts";
import { readUpdateText, TwoLayers } from "../../src/dns/update/fixtures.ts";
import { readUpdate } from "../../src/dns/update/read.ts";
import type { UpdateRequest } from "../../src/dns/update/request.ts";
import { ask } from "../../src/io/dns-client/ask.ts";
import { receive } from "../../src/io/dns-client/receive.ts";
import { nodeHmac } from "../../src/io/hmac.ts";
import { sectionText } from "../fakes/answer-text.ts";
import { type RealServer, startRealServer } from "./dns-servers.ts";

const origin = textName("example.org");
const key: TsigKey = {
  name: textName("key.example"),
  algorithm: "hmac-sha256",
  secret: new TextEncoder().encode("a secret of enough octets for SHA-256"),
};

const zoneText =
  "$TTL 60\n@ SOA ns1 hostmaster 1 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.1\nns2 A 192.0.2.2\nwww TXT a\nhost MX 1 ns1\nalias CNAME www\n";
const config = { name: "key.example", algorithm: key.algorithm, secret: base64Text(key.secret) };

/** Updates one after another, and what they are answered. */
const updates = [
  ["prereq yxdomain www\nprereq nxdomain new\nupdate add new 60 A 192.0.2.9", "NOERROR"],
  ["prereq yxrrset www TXT a\nprereq nxrrset www AAAA\nupdate delete www TXT a", "NOERROR"],
  ["prereq nxdomain ns1\nupdate delete ns1", "YXDOMAIN"],
  ["prereq yxdomain nobody\nupdate delete ns1", "NXDOMAIN"],
  ["prereq yxrrset ns1 AAAA\nupdate delete ns1", "NXRRSET"],
  ["prereq yxrrset ns1 A 192.0.2.2\nupdate delete ns1", "NXRRSET"],
  ["prereq nxrrset ns1 A\nupdate delete ns1", "YXRRSET"],
  ["update delete host MX\nupdate add host 300 MX 5 ns1\nupdate add host 300 MX 6 ns1", "NOERROR"],
  ["update add alias 60 A 192.0.2.3", "NOERROR"],
  ["update add host 60 CNAME ns1", "NOERROR"],
  ["update add alias 60 CNAME host", "NOERROR"],
  ["update add @ 60 NS ns2\nupdate delete @ NS ns1\nupdate delete @ NS ns2", "NOERROR"],
  ["update add host 60 TXT b\nupdate delete host", "NOERROR"],
  ["update delete @ SOA\nupdate delete @ NS\nupdate delete new A 192.0.2.99", "NOERROR"],
] as const;

describe.each(["bind", "knot"])("%s as the server", (name) => {
  let real: RealServer;
  const zone = new TwoLayers(origin, zoneText);
  beforeAll(async () => {
    real = await startRealServer(name, zoneText, [config]);
  });
  afterAll(() => real.stop());

  async function send(script: string): Promise<number> {
    const message = encodeUpdate({ id: 4711, origin, ...readUpdateText(script, origin) });
    const nowSeconds = Date.now() / 1000;
    const { octets, mac } = signMessage({ message, key, hmac: nodeHmac, nowSeconds, requestMac: null });
    const answer = await ask({ endpoint: real.endpoint, message: octets, transport: "udp", timeoutMs: 5000 });
    if (answer.kind !== "answer") throw new Error(answer.reason);
    const verdict = verifyAnswer({ message: answer.octets, key, hmac: nodeHmac, nowSeconds, requestMac: mac });
    if (verdict.kind === "refused") throw new Error(verdict.reason);
    const decoded = decodeMessage(verdict.unsigned);
    if (!decoded.ok) throw new Error(decoded.error);
    return decoded.value.rcode;
  }

  function evaluate(script: string): number {
    const read = readUpdate(encodeUpdate({ id: 1, origin, ...readUpdateText(script, origin) }));
    if (!read.ok) return read.error;
    const outcome = evaluateUpdate({ view: zone, request: read.value, permits: () => true });
    if (outcome.kind === "refused") return outcome.rcode;
    zone.apply(outcome);
    return rcode.NOERROR;
  }

  /** Everything that the server has except the SOA, whose serial is its own affair. */
  async function transferred(): Promise<string[]> {
    const query = encodeMessage(makeQuery(815, origin, rrType.AXFR));
    const nowSeconds = Date.now() / 1000;
    const { octets } = signMessage({ message: query, key, hmac: nodeHmac, nowSeconds, requestMac: null });
    for await (const message of receive({ endpoint: real.endpoint, message: octets, silenceMsMax: 5000 })) {
      const decoded = decodeMessage(message);
      if (!decoded.ok) throw new Error(decoded.error);
      return sectionText(decoded.value.answers.filter((record) => record.type !== rrType.SOA));
    }
    throw new Error("no transfer");
  }

  function evaluated(): string[] {
    const records = zone.served().flatMap((set) => set.rdata.map((rdata) => ({ ...set, class: rrClass.IN, rdata })));
    return sectionText(records.filter((record) => record.type !== rrType.SOA));
  }

  test.each(updates)("P4 M11 it answers and does what is evaluated here: %s: %s", async (script, code) => {
    expect(await send(script)).toBe(rcode[code]);
    expect(evaluate(script)).toBe(rcode[code]);
    expect(await transferred()).toEqual(evaluated());
  });

  test("P4 a record that is there with another TTL gives the set its TTL, except in Knot", async () => {
    const script = "update delete www\nupdate add www 60 TXT a\nupdate add www 60 TXT b";
    for (const one of [script, "update add www 30 TXT b"]) {
      expect([await send(one), evaluate(one)]).toEqual([rcode.NOERROR, rcode.NOERROR]);
    }
    const shown = async (): Promise<string[]> => (await transferred()).filter((line) => line.startsWith("www"));
    expect(evaluated()).toContain('www.example.org. 30 TXT "a"');
    // Knot takes the record for one that it has. Who wants another TTL everywhere deletes the set and adds it anew.
    if (name === "knot") expect(await shown()).toEqual(['www.example.org. 60 TXT "a"', 'www.example.org. 60 TXT "b"']);
    else expect(await transferred()).toEqual(evaluated());
  });
});

describe("nsupdate as the client", () => {
  let socket: Socket;
  let port: number;
  const zone = new TwoLayers(origin, zoneText);
  let last: { request: UpdateRequest; outcome: UpdateOutcome } | null = null;

  function reply(message: Uint8Array): Uint8Array {
    const nowSeconds = Date.now() / 1000;
    const verdict = verifyRequest({ message, keys: new KeyRing([key]), hmac: nodeHmac, nowSeconds });
    if (verdict.kind !== "ok") throw new Error(`the request is ${verdict.kind}`);
    const read = readUpdate(verdict.unsigned);
    let code = read.ok ? rcode.NOERROR : read.error;
    if (read.ok) {
      const outcome = evaluateUpdate({ view: zone, request: read.value, permits: () => true });
      last = { request: read.value, outcome };
      if (outcome.kind === "changes") zone.apply(outcome);
      else code = outcome.rcode;
    }
    const answer = emptyAnswer(verdict.unsigned, code);
    return signMessage({ message: answer, key, hmac: nodeHmac, nowSeconds, requestMac: verdict.mac }).octets;
  }

  beforeAll(async () => {
    socket = createSocket("udp4");
    socket.on("message", (message, from) => socket.send(reply(message), from.port, from.address));
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    port = socket.address().port;
  });
  afterAll(() => socket.close());

  /** What it prints; nothing when the update was made. */
  async function nsupdate(script: string): Promise<string> {
    const args = ["-y", `hmac-sha256:key.example:${base64Text(key.secret)}`];
    const lines = `server 127.0.0.1 ${port}\nzone example.org\n${script}\nsend\n`;
    const child = execFile("nsupdate", args, { timeout: 20_000 });
    let printed = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text: string) => (printed += text));
    child.stdin?.end(lines);
    await once(child, "close");
    return printed.trim();
  }

  test.each([
    "prereq yxdomain www\nprereq nxdomain new\nupdate add new 60 A 192.0.2.9",
    'prereq yxrrset www TXT\nprereq nxrrset www AAAA\nprereq yxrrset www TXT "a"\nupdate delete www TXT "a"',
    "update delete host MX\nupdate add host 300 MX 5 ns1\nupdate add host 300 MX 6 ns1",
    "update delete new",
    'update add _sip._tcp 60 SRV 0 0 5060 ns1\nupdate add c 60 CAA 0 issue "ca.example.net"',
  ])("M11 what it says is read as it was meant: %s", async (script) => {
    // nsupdate knows no origin.
    const absolute = script.replaceAll(/(?<=(domain|rrset|add|delete) )[\w.]+/g, "$&.example.org.");
    expect(await nsupdate(absolute.replaceAll("ns1", "ns1.example.org."))).toBe("");
    const { prerequisites, changes } = readUpdateText(script, origin);
    expect(last?.request.changes).toEqual(changes);
    expect(last?.request.prerequisites).toEqual(prerequisites);
    expect(last?.outcome.kind).toBe("changes");
  });

  test.each([
    ["prereq nxdomain ns1.example.org.\nupdate delete ns1.example.org.", "YXDOMAIN"],
    ["prereq yxdomain nobody.example.org.\nupdate delete ns1.example.org.", "NXDOMAIN"],
    ["prereq yxrrset ns1.example.org. AAAA\nupdate delete ns1.example.org.", "NXRRSET"],
    ["prereq nxrrset ns1.example.org. A\nupdate delete ns1.example.org.", "YXRRSET"],
    ["update add www.example.net. 60 A 192.0.2.1", "NOTZONE"],
  ])("M11 it is told when a prerequisite fails: %s", async (script, code) => {
    const before = zone.text();
    expect(await nsupdate(script)).toBe(`update failed: ${code}`);
    expect(zone.text()).toBe(before);
  });
});
