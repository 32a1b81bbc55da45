import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { flagBit, makeMessage, makeQuery, rcode } from "./message.ts";
import { decodeMessage } from "./message-read.ts";
import { encodeMessage } from "./message-write.ts";
import { textName } from "./name.ts";
import { hexOctets, hexText } from "./octets.ts";
import { rrType } from "./rr-types.ts";
import {
  answerRefusal,
  type Hmac,
  KeyRing,
  signMessage,
  type TsigKey,
  tsigOctets,
  type TsigRefusal,
  type TsigVerdict,
  verifyRequest,
} from "./tsig.ts";
import { readTsig, withTsig } from "./tsig-record.ts";
import { TsigStreamSigner, TsigStreamVerifier, verifyAnswer } from "./tsig-stream.ts";

const hmac: Hmac = (algorithm, key, data) => new Uint8Array(createHmac(algorithm.slice(5), key).update(data).digest());

const key: TsigKey = {
  name: textName("Key.Example."),
  algorithm: "hmac-sha256",
  secret: new TextEncoder().encode("secret"),
};
const keys = new KeyRing([key]);
const query = encodeMessage(makeQuery(7, textName("www.example.org."), rrType.A));
const answer = encodeMessage(makeMessage({ id: 7, flags: flagBit.qr }));
const now = 1_800_000_000;

function octets(hex: string): Uint8Array {
  const bytes = hexOctets(hex);
  if (bytes === null) throw new Error("no hexadecimal");
  return bytes;
}

function verify(message: Uint8Array, at = now): TsigVerdict {
  return verifyRequest({ message, keys, hmac, nowSeconds: at });
}

function sign(message = query, more: Partial<TsigKey> = {}, at = now): Uint8Array {
  return signMessage({ message, key: { ...key, ...more }, hmac, nowSeconds: at, requestMac: null }).octets;
}

function refusalOf(message: Uint8Array, at = now): TsigRefusal {
  const verdict = verify(message, at);
  if (verdict.kind !== "refused") throw new Error(`not refused but ${verdict.kind}`);
  return verdict;
}

/** Queries of dig with the key above, signed at the time given. */
const digQueries = [
  [
    "hmac-sha256",
    0x6b00f0b7,
    "11E00120000100000000000203777777076578616D706C65036F7267000001000100002904D0000000000000036B6579076578616D706C650000FA00FF00000000003D0B686D61632D7368613235360000006B00F0B7012C0020B232735D5CEF9BA650D7693BBF3DE97265542463C4E0C99450588FCFE158A8DB11E000000000",
  ],
  [
    "hmac-sha384",
    0x6b00f0b8,
    "91510120000100000000000203777777076578616D706C65036F7267000001000100002904D0000000000000036B6579076578616D706C650000FA00FF00000000004D0B686D61632D7368613338340000006B00F0B8012C003005C21E4E68BBD69D56ED3C1357B86A9CF6A5BCAD71DC26690BC6E50EEAEA36DD5A3A33D7C1CD529B7EDFEF55A3786570915100000000",
  ],
  [
    "hmac-sha512",
    0x6b00f0b9,
    "1F810120000100000000000203777777076578616D706C65036F7267000001000100002904D0000000000000036B6579076578616D706C650000FA00FF00000000005D0B686D61632D7368613531320000006B00F0B9012C004031499CF3D33B14DC84EA5B5C3B52B894D29AD2B12A2D0367D70A0A281581764C92D2537E0CCE08B12CCB71E49F571015EDA3FC66B6FF3B29E206C691F345127A1F8100000000",
  ],
] as const;

test.each(digQueries)("a query that dig signed with %s is verified, and signed to the same octets", (name, at, hex) => {
  const message = octets(hex);
  const ring = new KeyRing([{ ...key, algorithm: name }]);
  const verdict = verifyRequest({ message, keys: ring, hmac, nowSeconds: at });
  if (verdict.kind !== "ok") throw new Error(verdict.kind);
  expect(decodeMessage(verdict.unsigned)).toMatchObject({ ok: true, value: { additionals: [] } });
  const again = signMessage({ message: verdict.unsigned, key: verdict.key, hmac, nowSeconds: at, requestMac: null });
  expect(hexText(again.octets)).toBe(hex);
  expect(again.octets.length - verdict.unsigned.length).toBe(tsigOctets(verdict.key));
});

test("a message without TSIG is unsigned; its number comes back although a forwarder changed it", () => {
  expect(verify(query)).toEqual({ kind: "unsigned" });
  const forwarded = sign();
  forwarded[1] = 99;
  expect(verify(forwarded)).toMatchObject({ kind: "ok", unsigned: query });
});

describe("refused requests, and what their answers say", () => {
  const flip = (message: Uint8Array, at: number): Uint8Array => {
    const changed = message.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    return changed;
  };
  const cut = (size: number): Uint8Array => {
    const record = readTsig(sign());
    if (record === null || record === "malformed") throw new Error("no TSIG");
    return withTsig(query, { ...record, mac: record.mac.subarray(0, size) });
  };
  test.each([
    ["an unknown key", "BADKEY", sign(query, { name: textName("other.") })],
    ["another algorithm than the key's", "BADKEY", sign(query, { algorithm: "hmac-sha512" })],
    ["another secret", "BADSIG", sign(query, { secret: Uint8Array.of(1) })],
    ["a changed question", "BADSIG", flip(sign(), 13)],
    ["a changed time", "BADSIG", flip(sign(), sign().length - 45)],
    ["the last octet of the MAC changed", "BADSIG", flip(sign(), sign().length - 7)],
    ["a clock ten minutes behind", "BADTIME", sign(query, {}, now - 600)],
    ["a clock 301 s ahead", "BADTIME", sign(query, {}, now + 301)],
    ["a signature cut to half", "BADTRUNC", cut(16)],
    ["a signature under the RFC's minimum", "FORMERR", cut(15)],
    ["a signature that is too long", "FORMERR", withLongMac()],
  ] as const)("%s: %s", (_title, error, message) => {
    const refusal = refusalOf(message);
    expect(refusal.error).toBe(rcode[error]);
    const reply = answerRefusal({ request: message, refusal, hmac, nowSeconds: now });
    const decoded = decodeMessage(reply);
    if (!decoded.ok) throw new Error(decoded.error);
    expect(decoded.value).toMatchObject({ id: 7, flags: flagBit.qr | flagBit.rd, questions: [{ type: rrType.A }] });
    expect(decoded.value.rcode).toBe(error === "FORMERR" ? rcode.FORMERR : rcode.NOTAUTH);
    if (error === "FORMERR") return expect(readTsig(reply)).toBeNull();
    const signed = error === "BADTIME" || error === "BADTRUNC";
    expect(readTsig(reply)).toMatchObject({ error: rcode[error], mac: { length: signed ? 32 : 0 } });
    expect(readTsig(reply)).toMatchObject({ other: { length: error === "BADTIME" ? 6 : 0 } });
  });

  function withLongMac(): Uint8Array {
    const record = readTsig(sign());
    if (record === null || record === "malformed") throw new Error("no TSIG");
    return withTsig(query, { ...record, mac: new Uint8Array(33) });
  }

  test("300 s are still allowed", () => {
    expect(verify(sign(query, {}, now - 300)).kind).toBe("ok");
    expect(verify(sign(query, {}, now + 300)).kind).toBe("ok");
  });

  test("the client whose clock is off is told how far, and believes it", () => {
    const early = now - 600;
    const { octets: message, mac } = signMessage({ message: query, key, hmac, nowSeconds: early, requestMac: null });
    const reply = answerRefusal({ request: message, refusal: refusalOf(message), hmac, nowSeconds: now });
    expect(verifyAnswer({ message: reply, key, hmac, nowSeconds: early, requestMac: mac })).toEqual({
      kind: "refused",
      error: rcode.BADTIME,
      by: "server",
      reason: "the server says BADTIME: its clock and ours are 600 s apart",
    });
  });
});

describe("malformed TSIG is FORMERR", () => {
  const good = sign();
  const at = query.length;
  const patched = (offset: number, value: number): Uint8Array => {
    const changed = good.slice();
    changed[offset] = value;
    return changed;
  };
  const doubled = (): Uint8Array => sign(good);
  const asAnswer = (): Uint8Array => {
    const changed = good.slice();
    changed[7] = 1;
    changed[11] = 0;
    return changed;
  };
  test.each([
    ["a class that is not ANY", patched(at + 16, 1)],
    ["a TTL", patched(at + 20, 1)],
    ["a MAC length beyond the record", patched(good.length - 39, 200)],
    ["Other Data beyond the record", patched(good.length - 1, 1)],
    ["an algorithm that is a pointer", patched(at + 23, 0xc0)],
    ["an octet behind the record", Uint8Array.from([...good, 0])],
    ["a record cut off", good.slice(0, -1)],
    ["less than a header", good.slice(0, 11)],
    ["two TSIG records", doubled()],
    ["TSIG as an answer", asAnswer()],
  ])("%s", (_title, message) => {
    expect(readTsig(message)).toBe("malformed");
    const refusal = refusalOf(message);
    expect(refusal.error).toBe(rcode.FORMERR);
    if (message.length < 12) return;
    const reply = answerRefusal({ request: message, refusal, hmac, nowSeconds: now });
    expect(decodeMessage(reply)).toMatchObject({ ok: true, value: { rcode: rcode.FORMERR } });
  });

  test("no cut and no changed octet throws or is accepted", () => {
    for (let offset = 0; offset < good.length; offset++) {
      expect(verify(good.slice(0, offset)).kind).not.toBe("ok");
      if (offset < 2) continue;
      for (const value of [0, 0xc0, 0xff, (good[offset] ?? 0) ^ 1]) {
        const changed = patched(offset, value);
        const same = value === good[offset] || isLetterCase(good[offset] ?? 0, value);
        if (!same) expect(verify(changed).kind).not.toBe("ok");
      }
    }
  });

  function isLetterCase(a: number, b: number): boolean {
    return a !== b && String.fromCharCode(a).toLowerCase() === String.fromCharCode(b).toLowerCase();
  }
});

describe("answers", () => {
  const { octets: request, mac } = signMessage({ message: query, key, hmac, nowSeconds: now, requestMac: null });
  const client = { key, hmac, requestMac: mac, nowSeconds: now };

  test("an answer is good for its request only", () => {
    const verdict = verify(request);
    if (verdict.kind !== "ok") throw new Error(verdict.kind);
    const signed = signMessage({ message: answer, key, hmac, nowSeconds: now, requestMac: verdict.mac });
    expect(verifyAnswer({ ...client, message: signed.octets })).toEqual({ kind: "ok", signed: true, unsigned: answer });
    const other = verifyAnswer({ ...client, requestMac: new Uint8Array(32), message: signed.octets });
    expect(other).toMatchObject({ error: rcode.BADSIG, by: "client" });
    const late = verifyAnswer({ ...client, nowSeconds: now + 600, message: signed.octets });
    expect(late).toMatchObject({ error: rcode.BADTIME, by: "client" });
  });

  test("an answer without signature, or with another key, is refused", () => {
    const unsigned = { error: rcode.FORMERR, by: "client", reason: "the answer is not signed, but the request was" };
    expect(verifyAnswer({ ...client, message: answer })).toMatchObject(unsigned);
    const refusal = answer.with(3, rcode.NOTAUTH);
    const asked = expect.stringMatching(/^it answers NOTAUTH without a signature: .*clocks agree/) as unknown;
    expect(verifyAnswer({ ...client, message: refusal })).toMatchObject({ ...unsigned, reason: asked });
    const otherKey = { ...key, name: textName("other.") };
    const signed = signMessage({ message: answer, key: otherKey, hmac, nowSeconds: now, requestMac: mac });
    expect(verifyAnswer({ ...client, message: signed.octets })).toMatchObject({ error: rcode.BADKEY, by: "client" });
  });
});

describe("answers of many messages", () => {
  const requestMac = new Uint8Array(32).fill(1);
  const parts = { key, hmac, requestMac };
  const message = (id: number): Uint8Array => encodeMessage(makeMessage({ id, flags: flagBit.qr }));

  function signed(count: number): Uint8Array[] {
    const signer = new TsigStreamSigner(parts);
    return Array.from({ length: count }, (_, at) => signer.sign(message(at), now));
  }

  function verdicts(messages: readonly Uint8Array[]): { kinds: string[]; complete: boolean } {
    const verifier = new TsigStreamVerifier(parts);
    const kinds = messages.map((one) => verifier.accept(one, now).kind);
    return { kinds, complete: verifier.complete };
  }

  test("each message continues the one before", () => {
    expect(verdicts(signed(3))).toEqual({ kinds: ["ok", "ok", "ok"], complete: true });
    const [one = answer, two = answer, three = answer] = signed(3);
    expect(verdicts([one, three]).kinds).toEqual(["ok", "refused"]);
    expect(verdicts([two]).kinds).toEqual(["refused"]);
    expect(verdicts([one, one]).kinds).toEqual(["ok", "refused"]);
    expect(verdicts([one, two, two, three]).kinds).toEqual(["ok", "ok", "refused", "refused"]);
  });

  test("99 messages between two signed ones, covered by the second", () => {
    const first = signMessage({ message: message(0), key, hmac, nowSeconds: now, requestMac });
    const unsigned = Array.from({ length: 99 }, (_, at) => message(at + 1));
    const last = closing(first.mac, unsigned);
    expect(verdicts([first.octets, ...unsigned, last])).toMatchObject({ complete: true });
    expect(verdicts([first.octets, ...unsigned, message(100)]).kinds.at(-1)).toBe("refused");
    expect(verdicts([first.octets, ...unsigned.slice(1), last]).kinds.at(-1)).toBe("refused");
    expect(verdicts([first.octets, ...unsigned]).complete).toBe(false);
  });

  /** A signature over messages that were sent without one, built by hand from RFC 8945, 5.3.1. */
  function closing(priorMac: Uint8Array, unsigned: readonly Uint8Array[]): Uint8Array {
    const lastMessage = message(200);
    const times = octets("00006B49D200012C");
    const data = [Uint8Array.of(0, priorMac.length), priorMac, ...unsigned, lastMessage, times];
    const hash = createHmac("sha256", key.secret);
    for (const part of data) hash.update(part);
    const record = readTsig(signMessage({ message: lastMessage, key, hmac, nowSeconds: now, requestMac }).octets);
    if (record === null || record === "malformed") throw new Error("no TSIG");
    return withTsig(lastMessage, { ...record, mac: new Uint8Array(hash.digest()) });
  }

  test("the first message must be signed, and nothing is complete before it", () => {
    expect(verdicts([message(0)])).toEqual({ kinds: ["refused"], complete: false });
    expect(new TsigStreamVerifier(parts).complete).toBe(false);
  });
});
