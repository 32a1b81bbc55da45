/** What a DNS answer says of the member that gave it: response code, authority, records, serial, in this order. */
import type { DnsProbe } from "../../core/model.ts";
import { flagBit, type Message, rcode } from "../../dns/message.ts";
import { root, textName } from "../../dns/name.ts";
import { parseRdataText, rdataText, sameRdata } from "../../dns/rdata/index.ts";
import { rrType, typeNumber } from "../../dns/rr-types.ts";
import { serialGreater } from "../../dns/serial.ts";
import { soaSerial } from "../../dns/zone-records.ts";
import { down } from "./dialogue.ts";
import { detailCharsMax } from "./limits.ts";
import { plainLine } from "./quote.ts";

/** A probe with its texts read once. */
export interface DnsQuestion {
  readonly probe: DnsProbe;
  readonly owner: ReturnType<typeof textName>;
  readonly type: number;
  readonly answer: readonly { readonly text: string; readonly rdata: Uint8Array }[];
}

export type DnsFinding =
  | { readonly kind: "up"; readonly detail: string /** Of a SOA record; null: none. */; readonly serial: number | null }
  | ReturnType<typeof down>;

export function makeDnsQuestion(probe: DnsProbe): DnsQuestion {
  const type = typeNumber(probe.type) ?? rrType.SOA;
  const answer = probe.answer.flatMap((text) => {
    const parsed = parseRdataText(type, text, root);
    return parsed.ok ? [{ text, rdata: parsed.value }] : [];
  });
  return { probe, owner: textName(`${probe.name}.`), type, answer };
}

const rcodeTexts: ReadonlyMap<number, string> = new Map(Object.entries(rcode).map(([text, code]) => [code, text]));

export function judgeDns({ answer, probe, type }: DnsQuestion, message: Message): DnsFinding {
  const code = rcodeTexts.get(message.rcode) ?? `RCODE${message.rcode}`;
  if (code !== probe.rcode) return down(`answers ${code}, not ${probe.rcode}`);
  const isAuthoritative = (message.flags & flagBit.aa) !== 0;
  if (probe.authoritative && !isAuthoritative) return down(`answers ${code}, but not with authority`);
  // Records of a CNAME's target stand under its own name, so the owner is not compared.
  const records = message.answers.filter((record) => record.type === type);
  const texts = records.map((record) => plainLine(rdataText(type, record.rdata), detailCharsMax));
  const missing = answer.find(({ rdata }) => !records.some((record) => sameRdata(type, record.rdata, rdata)));
  if (missing !== undefined) return down(`the answer lacks ${plainLine(missing.text, detailCharsMax)}; ${have(texts)}`);
  const [first] = records;
  if (first === undefined && code === "NOERROR" && !probe.emptyOk)
    return down(`answers ${code} without a ${probe.type} record`);
  const serial = first !== undefined && type === rrType.SOA ? soaSerial(first) : null;
  const { serialMin } = probe;
  if (serialMin !== null && (serial === null || serialGreater(serialMin, serial))) {
    return down(`serial ${serial ?? "missing"} is older than ${serialMin}`, "stale");
  }
  const what = serial === null ? have(texts) : `serial ${serial}`;
  return { kind: "up", detail: `${code}${isAuthoritative ? " with authority" : ""}, ${what}`, serial };
}

function have([first, ...others]: readonly string[]): string {
  if (first === undefined) return "no record";
  return `it has ${first}${others.length === 0 ? "" : ` and ${others.length} more`}`;
}
