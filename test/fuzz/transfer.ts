/**
 * Transfers with faults: messages that are damaged, lost, repeated, swapped or cut off. Whatever comes, the reader ends
 * with a sentence or waits for more, and what it gives out is a zone or an unbroken chain of differences, with nothing in
 * it that is not of the zone. All follows from the seed.
 */
import { createPrng, type Prng } from "../../src/base/prng.ts";
import { isWithin, nameKey } from "../../src/dns/name.ts";
import { rrClass, rrType } from "../../src/dns/rr-types.ts";
import type { ZoneDelta } from "../../src/dns/types.ts";
import { recordsOf } from "../../src/dns/zone-records.ts";
import { axfrMessages, ixfrMessages } from "../../src/dns/transfer/answer.ts";
import { TransferReader, type TransferResult } from "../../src/dns/transfer/reader.ts";
import { messagesOf } from "../fakes/transfer-messages.ts";
import { firstSerial, lifeOrigin, lifeZone, lineSet, live } from "../fakes/zone-life.ts";
import { FuzzFinding } from "./fuzz.ts";

interface Sent {
  readonly serial: number | null;
  readonly messages: readonly Uint8Array[];
}

/** A whole zone, differences, and differences over UDP's shape: one message. */
function seedTransfers(): Sent[] {
  const zone = lifeZone(...Array.from({ length: 900 }, (_, at) => `n${at}.example.org. MX 10 m${at}.example.org.`));
  const deltas: ZoneDelta[] = [];
  for (let serial = firstSerial + 1; serial < firstSerial + 20; serial++) {
    const put = [lineSet(`n${serial}.example.org. A 192.0.2.${serial}`)];
    deltas.push(live(zone, { origin: lifeOrigin, serial, layer: "pools", put, remove: [] }));
  }
  const [soa] = recordsOf([...zone.rrsets()][0] ?? lineSet(""));
  if (soa === undefined) throw new FuzzFinding("the zone for fuzzing has no SOA");
  const frame = (type: number) => ({ id: 9, question: { name: lifeOrigin, type, class: rrClass.IN }, edns: true });
  return [
    { serial: null, messages: [...messagesOf(axfrMessages(zone.rrsets(), frame(rrType.AXFR)))] },
    { serial: firstSerial - 1, messages: [...messagesOf(axfrMessages(zone.rrsets(), frame(rrType.IXFR)))] },
    { serial: firstSerial, messages: [...messagesOf(ixfrMessages({ soa, deltas }, frame(rrType.IXFR)))] },
  ];
}

function damageOctets(message: Uint8Array, prng: Prng): Uint8Array {
  const damaged = message.slice();
  for (let times = 1 + prng.int(3); times > 0; times--) {
    const head = prng.int(4) === 0 ? Math.min(100, damaged.length) : damaged.length;
    damaged[2 + prng.int(head - 2)] = [0, 6, 0x3f, 0xc0, 0xff, prng.int(256)][prng.int(6)] ?? 0;
  }
  return prng.int(8) === 0 ? damaged.subarray(0, prng.int(damaged.length)) : damaged;
}

/** One fault in the order of messages, or in one of them. */
function damage(messages: readonly Uint8Array[], prng: Prng): Uint8Array[] {
  const damaged = [...messages];
  const at = prng.int(damaged.length);
  const message = damaged[at] ?? new Uint8Array(0);
  const kind = prng.int(8);
  if (kind === 0) damaged.splice(at, 1);
  else if (kind === 1) damaged.splice(at, 0, message);
  else if (kind === 2) damaged.splice(prng.int(damaged.length), 0, ...damaged.splice(at, 1));
  else damaged[at] = damageOctets(message, prng);
  return damaged;
}

function findFault(result: TransferResult, serial: number | null): string | null {
  if (result.kind === "current" || result.kind === "over-tcp")
    return serial === null ? `an AXFR is ${result.kind}` : null;
  const sets =
    result.kind === "full" ? result.rrsets : result.deltas.flatMap(({ removed, added }) => [...removed, ...added]);
  const key = nameKey(lifeOrigin);
  if (sets.some(({ owner }) => !isWithin(nameKey(owner), key))) return "a foreign name";
  if (result.kind === "full") {
    const soas = result.rrsets.filter((set) => set.type === rrType.SOA && set.rdata.length === 1);
    return soas.length === 1 && soas[0] === result.rrsets[0] && sets.length > 1 ? null : "not a whole zone";
  }
  let at = serial;
  for (const { from, to, removed, added } of result.deltas) {
    if (from !== at || removed[0]?.type !== rrType.SOA || added[0]?.type !== rrType.SOA) return "a broken chain";
    at = to;
  }
  return at === result.serial ? null : "a chain that ends elsewhere";
}

/** How many transfers ended in which way. Throws `FuzzFinding` with the seed for a broken promise. */
export function fuzzTransfers(options: {
  count: number;
  seed: number;
}): Record<"taken" | "refused" | "waiting", number> {
  const prng = createPrng(options.seed);
  const seeds = seedTransfers();
  const counts = { taken: 0, refused: 0, waiting: 0 };
  for (let done = 0; done < options.count; done++) {
    const sent = seeds[prng.int(seeds.length)];
    if (sent === undefined) continue;
    const reader = new TransferReader({ id: 9, origin: lifeOrigin, serial: sent.serial, datagram: false });
    let end: keyof typeof counts = "waiting";
    for (const message of damage(sent.messages, prng)) {
      const step = reader.read(message);
      const fault = step.ok && step.value !== null ? findFault(step.value, sent.serial) : null;
      if (fault !== null) throw new FuzzFinding(`seed ${options.seed}, transfer ${done}: ${fault}`);
      if (step.ok && step.value === null) continue;
      end = step.ok ? "taken" : "refused";
      break;
    }
    counts[end] += 1;
  }
  return counts;
}
