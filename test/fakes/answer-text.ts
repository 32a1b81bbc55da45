/** DNS answers as text, for tables in tests: one line a record, sections in order, records sorted within a section. */
import { flagBit, type Message, type ResourceRecord } from "../../src/dns/message.ts";
import { nameKey, nameText } from "../../src/dns/name.ts";
import { canonicalRdata, rdataText } from "../../src/dns/rdata/index.ts";
import { classText, rrClass, typeText } from "../../src/dns/rr-types.ts";

const rcodes = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "", "", "NOTAUTH"];
rcodes[16] = "BADVERS";

export function rcodeText(code: number): string {
  return rcodes[code] ?? `RCODE${code}`;
}

/** Names in lower case: servers differ in whose case a compressed name comes back. */
export function recordText(record: ResourceRecord): string {
  const klass = record.class === rrClass.IN ? "" : ` ${classText(record.class)}`;
  const rdata = rdataText(record.type, canonicalRdata(record.type, record.rdata));
  return `${nameText(nameKey(record.owner))} ${record.ttlSeconds}${klass} ${typeText(record.type)} ${rdata}`;
}

export function sectionText(records: readonly ResourceRecord[]): string[] {
  return records.map(recordText).sort();
}

/** `NOERROR aa`, then `answer: ...` lines and so on. */
export function answerText(message: Message): string {
  const flags = [
    message.flags & flagBit.aa ? "aa" : "",
    message.flags & flagBit.tc ? "tc" : "",
    message.flags & flagBit.ra ? "ra" : "",
  ].filter((flag) => flag !== "");
  const lines = [[rcodeText(message.rcode), ...flags].join(" ")];
  for (const line of sectionText(message.answers)) lines.push(`answer: ${line}`);
  for (const line of sectionText(message.authorities)) lines.push(`authority: ${line}`);
  for (const line of sectionText(message.additionals)) lines.push(`additional: ${line}`);
  return lines.join("\n");
}
