import { expect, test } from "vitest";
import { createPrng } from "../../src/base/prng.ts";
import { emptyAnswer } from "../../src/dns/empty-answer.ts";
import { rcode } from "../../src/dns/message.ts";
import { decodeMessage } from "../../src/dns/message-read.ts";
import { textName } from "../../src/dns/name.ts";
import { encodeNotify, readNotify } from "../../src/dns/notify.ts";
import { parseRdataText } from "../../src/dns/rdata/index.ts";
import { rrType } from "../../src/dns/rr-types.ts";
import { answerRefusal, KeyRing, signMessage, type TsigKey, verifyRequest } from "../../src/dns/tsig.ts";
import { readTsig } from "../../src/dns/tsig-record.ts";
import { encodeUpdate } from "../../src/dns/update/encode.ts";
import { evaluateUpdate } from "../../src/dns/update/evaluate.ts";
import { readUpdateText, TwoLayers } from "../../src/dns/update/fixtures.ts";
import { readUpdate } from "../../src/dns/update/read.ts";
import { nodeHmac } from "../../src/io/hmac.ts";
import { Mutator } from "./mutate.ts";

const origin = textName("example.org");
const nowSeconds = 1_800_000_000;
const key: TsigKey = { name: textName("key"), algorithm: "hmac-sha256", secret: Uint8Array.of(1) };
const keys = new KeyRing([key]);
const zone = new TwoLayers(
  origin,
  "$TTL 60\n@ SOA ns1 h 1 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.1\nwww TXT a\nhost MX 1 ns1\n",
);

const updates = [
  "prereq yxdomain www\nupdate add www 60 TXT b\nupdate delete host MX 1 ns1",
  "prereq yxrrset www TXT a\nupdate delete www\nupdate add www 60 CNAME host",
  "update add @ 60 SOA ns1 h 2 2 3 4 5\nupdate delete @ NS ns1\nupdate delete host MX",
].map((text) => encodeUpdate({ id: 1, origin, ...readUpdateText(text, origin) }));
const soa = parseRdataText(rrType.SOA, "ns1 h 1 2 3 4 5", origin);
if (!soa.ok) throw new Error(soa.error);
const plain = [...updates, encodeNotify({ id: 1, origin, soa: { ttlSeconds: 60, rdata: soa.value } })];
const signed = plain.map(
  (message) => signMessage({ message, key, hmac: nodeHmac, nowSeconds, requestMac: null }).octets,
);

/** Everything that a server does with an UPDATE or NOTIFY, in its order. What it is answered, and how it fared. */
function serve(message: Uint8Array): string {
  const verdict = verifyRequest({ message, keys, hmac: nodeHmac, nowSeconds });
  if (verdict.kind === "refused") {
    if (message.length < 12) return "short";
    const reply = answerRefusal({ request: message, refusal: verdict, hmac: nodeHmac, nowSeconds });
    expect(readTsig(reply)).not.toBe("malformed");
    return "refused";
  }
  const update = readUpdate(message);
  const notify = readNotify(message);
  if (update.ok) {
    const outcome = evaluateUpdate({ view: zone, request: update.value, permits: () => true });
    if (outcome.kind === "changes") for (const set of outcome.put) expect(set.owner.length).toBeGreaterThan(0);
  }
  const reply = decodeMessage(emptyAnswer(message, update.ok ? rcode.NOERROR : update.error));
  expect(reply.ok).toBe(true);
  return `${verdict.kind} ${update.ok || notify.ok ? "read" : "not read"}`;
}

test.each([1, 2, 3])("mutated updates and notifies are read or refused, and nothing throws, seed %i", (seed) => {
  const mutator = new Mutator([...plain, ...signed], createPrng(seed));
  const seen = new Map<string, number>();
  for (let count = 0; count < 20_000; count++) {
    const { bytes, length } = mutator.next();
    const outcome = serve(bytes.slice(0, length));
    seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
  }
  // No signature survives a mutation but by chance: those of whole messages, whose number alone was changed.
  for (const kind of ["refused", "ok not read", "ok read", "unsigned read", "unsigned not read", "short"]) {
    if (kind !== "ok not read") expect(seen.get(kind), kind).toBeGreaterThan(0);
  }
});
