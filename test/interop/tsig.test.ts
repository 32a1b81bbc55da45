/**
 * TSIG against the real thing: BIND, Knot, NSD and PowerDNS judge what is signed here and sign what is judged here, with every
 * algorithm, for single answers and for transfers of many messages; dig and kdig judge the answers of a server.
 */
import { execFile } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Endpoint, KeyConfig } from "../../src/core/model.ts";
import { flagBit, makeMessage, makeQuery, rcode } from "../../src/dns/message.ts";
import { decodeMessage } from "../../src/dns/message-read.ts";
import { encodeMessage } from "../../src/dns/message-write.ts";
import { textName } from "../../src/dns/name.ts";
import { base64Octets } from "../../src/dns/octets.ts";
import { rrType } from "../../src/dns/rr-types.ts";
import { answerRefusal, KeyRing, signMessage, type TsigKey, verifyRequest } from "../../src/dns/tsig.ts";
import { type AnswerVerdict, TsigStreamVerifier, verifyAnswer } from "../../src/dns/tsig-stream.ts";
import { ask } from "../../src/io/dns-client/ask.ts";
import { receive } from "../../src/io/dns-client/receive.ts";
import { nodeHmac } from "../../src/io/hmac.ts";
import { type RealServer, realServerNames, startRealServer } from "./dns-servers.ts";

const run = promisify(execFile);
const waitMsMax = 30_000;

const configs: readonly KeyConfig[] = [
  { name: "key256.example", algorithm: "hmac-sha256", secret: "c2VjcmV0IG9mIDI1Ng==" },
  { name: "key384.example", algorithm: "hmac-sha384", secret: "c2VjcmV0IG9mIDM4NA==" },
  { name: "key512.example", algorithm: "hmac-sha512", secret: "c2VjcmV0IG9mIDUxMg==" },
];
const keys: readonly TsigKey[] = configs.map(({ name, algorithm, secret }) => ({
  name: textName(name),
  algorithm,
  secret: base64Octets(secret) ?? new Uint8Array(0),
}));
const [key256 = keyMissing(), , key512 = keyMissing()] = keys;
const strangeKey: TsigKey = { ...key256, name: textName("strange.example") };
const wrongSecret: TsigKey = { ...key256, secret: Uint8Array.of(1, 2, 3) };

function keyMissing(): never {
  throw new Error("a key is missing");
}

/** NSD takes a key that it knows with any algorithm; the others and muster only with the one it was made for. */
const anyAlgorithm: ReadonlySet<string> = new Set(["nsd"]);

/** A refusal as this server words it: PowerDNS answers NOTAUTH without a TSIG record that would say why. */
function refusalBy(name: string, error: number): object {
  if (name !== "powerdns") return { kind: "refused", by: "server", error };
  const reason: unknown = expect.stringContaining("it answers NOTAUTH without a signature: does it know");
  return { kind: "refused", by: "client", error: rcode.FORMERR, reason };
}

/** Large enough for some hundred messages in a transfer. */
const largeZone = `$TTL 60
@ SOA ns1 hostmaster 1 3600 600 86400 60
@ NS ns1
ns1 A 192.0.2.1
${Array.from({ length: 15_000 }, (_, at) => `t${at} TXT "${"x".repeat(200)}"`).join("\n")}
`;

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

async function askSigned(
  endpoint: Endpoint,
  key: TsigKey,
  skewSeconds = { request: 0, answer: 0 },
): Promise<AnswerVerdict> {
  const query = encodeMessage(makeQuery(4711, textName("example.org"), rrType.SOA));
  const at = nowSeconds() + skewSeconds.request;
  const { octets, mac } = signMessage({ message: query, key, hmac: nodeHmac, nowSeconds: at, requestMac: null });
  const answer = await ask({ endpoint, message: octets, transport: "udp", timeoutMs: waitMsMax });
  if (answer.kind !== "answer") throw new Error(answer.reason);
  const seenAt = nowSeconds() + skewSeconds.request + skewSeconds.answer;
  return verifyAnswer({ message: answer.octets, key, hmac: nodeHmac, requestMac: mac, nowSeconds: seenAt });
}

describe.each(realServerNames)("TSIG with %s as the server", (name) => {
  let real: RealServer;
  beforeAll(async () => {
    real = await startRealServer(name, largeZone, configs);
  });
  afterAll(() => real.stop());

  test.each(keys)("M10 a query signed with $algorithm gets an answer whose signature is right", async (key) => {
    const verdict = await askSigned(real.endpoint, key);
    if (verdict.kind !== "ok") throw new Error(verdict.reason);
    expect(decodeMessage(verdict.unsigned)).toMatchObject({ value: { rcode: 0, answers: [{ type: rrType.SOA }] } });
  });

  test.each(keys)("M10 a transfer of many messages signed with $algorithm is verified to its end", async (key) => {
    const query = encodeMessage(makeQuery(815, textName("example.org"), rrType.AXFR));
    const at = nowSeconds();
    const { octets, mac } = signMessage({ message: query, key, hmac: nodeHmac, nowSeconds: at, requestMac: null });
    const verifier = new TsigStreamVerifier({ key, hmac: nodeHmac, requestMac: mac });
    const found = { messages: 0, signed: 0, records: 0, soas: 0 };
    for await (const message of receive({ endpoint: real.endpoint, message: octets, silenceMsMax: waitMsMax })) {
      const verdict = verifier.accept(message, nowSeconds());
      if (verdict.kind !== "ok") throw new Error(`message ${found.messages}: ${verdict.reason}`);
      const decoded = decodeMessage(verdict.unsigned);
      if (!decoded.ok) throw new Error(decoded.error);
      found.messages += 1;
      found.signed += Number(verdict.signed);
      found.records += decoded.value.answers.length;
      found.soas += decoded.value.answers.filter((record) => record.type === rrType.SOA).length;
      if (found.soas === 2) break;
    }
    expect(found.records).toBe(15_004);
    expect(found.messages).toBeGreaterThan(50);
    expect(found.signed).toBe(found.messages);
    expect(verifier.complete).toBe(true);
  });

  test.each([
    ["an unknown key", strangeKey, 0, rcode.BADKEY],
    ["another secret", wrongSecret, 0, rcode.BADSIG],
    ["a clock ten minutes behind", key256, -600, rcode.BADTIME],
    ["a clock ten minutes ahead", key256, 600, rcode.BADTIME],
  ] as const)("M10 the server's refusal of %s is understood", async (_title, key, skew, error) => {
    const verdict = await askSigned(real.endpoint, key, { request: skew, answer: 0 });
    expect(verdict).toMatchObject(refusalBy(name, error));
    if (verdict.kind === "refused" && verdict.error === rcode.BADTIME)
      expect(verdict.reason).toMatch(/(599|600|601) s apart/);
  });

  test("M10 a known key with another algorithm than its own is refused, except by NSD", async () => {
    const verdict = await askSigned(real.endpoint, { ...key256, algorithm: key512.algorithm });
    if (anyAlgorithm.has(name)) return expect(verdict.kind).toBe("ok");
    expect(verdict).toMatchObject(refusalBy(name, rcode.BADKEY));
  });

  test("M10 an answer that comes ten minutes late, by the client's clock, is refused", async () => {
    const verdict = await askSigned(real.endpoint, key256, { request: 0, answer: 600 });
    expect(verdict).toMatchObject({ kind: "refused", by: "client", error: rcode.BADTIME });
  });
});

describe("TSIG with dig and kdig as clients", () => {
  let server: Socket;
  let port: number;
  /** Seconds that the server's clock is off. */
  let skewSeconds = 0;

  function reply(message: Uint8Array): Uint8Array {
    const at = nowSeconds() + skewSeconds;
    const verdict = verifyRequest({ message, keys: new KeyRing(keys), hmac: nodeHmac, nowSeconds: at });
    if (verdict.kind === "refused") {
      return answerRefusal({ request: message, refusal: verdict, hmac: nodeHmac, nowSeconds: at });
    }
    if (verdict.kind === "unsigned") throw new Error("the client did not sign");
    const decoded = decodeMessage(verdict.unsigned);
    if (!decoded.ok) throw new Error(decoded.error);
    const { id, questions } = decoded.value;
    const answer = encodeMessage(makeMessage({ id, flags: flagBit.qr | flagBit.aa, questions }));
    const { key, mac } = verdict;
    return signMessage({ message: answer, key, hmac: nodeHmac, nowSeconds: at, requestMac: mac }).octets;
  }

  beforeAll(async () => {
    server = createSocket("udp4");
    server.on("message", (message, from) => server.send(reply(message), from.port, from.address));
    server.bind(0, "127.0.0.1");
    await once(server, "listening");
    port = server.address().port;
  });
  afterAll(() => server.close());

  async function runTool(tool: string, key: KeyConfig): Promise<string> {
    const signed = `${key.algorithm}:${key.name}:${key.secret}`;
    const args = ["@127.0.0.1", "-p", String(port), "+norec", "-y", signed, "www.example.org", "A"];
    // A client that takes no answer ends with a failure, and prints why.
    const { stdout, stderr } = await run(tool, args, { timeout: 20_000 }).catch((error: unknown) => printedBy(error));
    return stdout + stderr;
  }

  function printedBy(error: unknown): { stdout: string; stderr: string } {
    if (error instanceof Error && "stdout" in error && "stderr" in error) {
      return { stdout: String(error.stdout), stderr: String(error.stderr) };
    }
    throw error;
  }

  const [first = keyMissing()] = configs;
  const unverified = /verify|verification/i;

  test.each(configs.flatMap((key) => [["dig", key.algorithm, key] as const, ["kdig", key.algorithm, key] as const]))(
    "M10 %s verifies what is signed with %s",
    async (tool, _algorithm, key) => {
      const printed = await runTool(tool, key);
      expect(printed).toContain("NOERROR");
      expect(printed).not.toMatch(unverified);
    },
  );

  test.each([
    ["dig", "an unknown key", { ...first, name: "strange.example" }, 0, "BADKEY"],
    ["dig", "another secret", { ...first, secret: "AAAA" }, 0, "BADSIG"],
    ["dig", "a clock ten minutes off", first, 600, "BADTIME"],
    ["kdig", "an unknown key", { ...first, name: "strange.example" }, 0, "BADKEY"],
    ["kdig", "another secret", { ...first, secret: "AAAA" }, 0, "BADSIG"],
    ["kdig", "a clock ten minutes off", first, -600, "BADTIME"],
  ] as const)("M10 %s with %s is refused and says so", async (tool, _title, key, skew, error) => {
    skewSeconds = skew;
    try {
      expect(await runTool(tool, key)).toContain(error);
    } finally {
      skewSeconds = 0;
    }
  });
});
