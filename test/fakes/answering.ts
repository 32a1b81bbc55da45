/** A responder over zones given as text, for tests that ask it in this process. */
import { type Client, handedOver, Responder } from "../../src/dns/answer/responder.ts";
import { type Message, makeQuery } from "../../src/dns/message.ts";
import { decodeMessage } from "../../src/dns/message-read.ts";
import { encodeMessage } from "../../src/dns/message-write.ts";
import { textName } from "../../src/dns/name.ts";
import { typeNumber } from "../../src/dns/rr-types.ts";
import { Zone, ZoneTable } from "../../src/dns/zone.ts";
import { parseZone } from "../../src/dns/zone-file/parse.ts";

/** A zone as its file has it, without the checks across records: odd zones are to be answered from as well. */
export function zoneFrom(origin: string, text: string): Zone {
  const parsed = parseZone({ origin: textName(origin), text, file: origin });
  if (parsed.errorCount > 0) throw new Error(JSON.stringify(parsed.faults));
  const zone = new Zone(textName(origin));
  for (const set of parsed.rrsets) zone.load(set);
  return zone;
}

export const nowSeconds = 1_700_000_000;

export class Answering {
  readonly zones = new ZoneTable();
  readonly responder: Responder;
  private readonly out = new Uint8Array(0xffff);

  constructor(zones: Readonly<Record<string, string>>) {
    for (const [origin, text] of Object.entries(zones)) this.zones.set(zoneFrom(origin, text));
    this.responder = new Responder({
      zones: this.zones,
      nsid: "ns1",
      cookieSecret: new Uint8Array(16),
      nowSeconds: () => nowSeconds,
    });
  }

  /** The octets of the answer; none: silence. */
  exchange(query: Uint8Array, transport: Client["transport"] = "udp"): Uint8Array {
    const length = this.respond(query, transport);
    if (length === handedOver) throw new Error("the message is not answered here");
    return this.out.slice(0, length);
  }

  /** As the responder's. */
  respond(query: Uint8Array, transport: Client["transport"] = "udp"): number {
    const client = { transport, address: () => Uint8Array.of(192, 0, 2, 99), reserved: 0 };
    return this.responder.respond(query, this.out, client);
  }

  answer(query: Message, transport: Client["transport"] = "udp"): Message {
    const octets = this.exchange(encodeMessage(query), transport);
    const decoded = decodeMessage(octets);
    if (!decoded.ok) throw new Error(decoded.error);
    return decoded.value;
  }

  ask(name: string, type: string, parts: Partial<Message> = {}): Message {
    return this.answer({ ...makeQuery(77, textName(name), typeNumber(type) ?? 0), ...parts });
  }
}
