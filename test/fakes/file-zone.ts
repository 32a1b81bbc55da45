/** A zone as files hold it: the pieces that a nameserver would give of wanted sets, and the records of a file. */
import { readFileSync } from "node:fs";
import { nameKey, ownerTypeKey, textName } from "../../src/dns/name.ts";
import { rdataText, readSoa, soaRdata } from "../../src/dns/rdata/index.ts";
import { rrType, typeNumber } from "../../src/dns/rr-types.ts";
import type { RRset } from "../../src/dns/types.ts";
import { parseZone } from "../../src/dns/zone-file/parse.ts";
import type { Outlet, WantedZone } from "../../src/ports/outlet.ts";

export const handText = `; kept by hand\r
$TTL 3600
@ SOA ns1.example.org. hostmaster.example.org. ( 2026010101 ; serial
  7200 900 1209600 300 )
@ NS ns1
ns1 A 192.0.2.1
foreign A 192.0.2.99
foreign TXT "not muster's"   ; stays
`;

const origin = textName("example.org");

/** The zone's own records with the wanted ones over them, and the serial that is wanted. */
export async function* piecesOf(zone: WantedZone): AsyncGenerator<readonly RRset[]> {
  const own = parseZone({ origin, text: handText, file: "own" }).rrsets.map((set) => withSerial(set, zone.serial));
  const merged = new Map<string, RRset>(own.map((set) => [ownerTypeKey(set), set]));
  for (const [key, set] of zone.sets) merged.set(key, set);
  const sets = [...merged.values()];
  for (let at = 0; at < sets.length; at += 5) yield sets.slice(at, at + 5);
}

function withSerial(set: RRset, serial: number): RRset {
  const soa = set.type === rrType.SOA && set.rdata[0] !== undefined ? readSoa(set.rdata[0]) : null;
  return soa === null ? set : { ...set, rdata: [soaRdata({ ...soa, serial })] };
}

/** `TTL RDATA` of each record in a master file, sorted. */
export function recordsInFile(path: string, name: string, type: string): string[] {
  const zone = parseZone({ origin, text: readFileSync(path, "latin1"), file: path });
  if (zone.errorCount > 0) throw new Error(JSON.stringify(zone.faults));
  const set = zone.owners.get(nameKey(textName(name)))?.sets.find((each) => each.type === typeNumber(type));
  if (set === undefined) return [];
  return set.rdata.map((rdata) => `${set.ttlSeconds} ${rdataText(set.type, rdata)}`).sort();
}

/** An outlet that remembers what was wanted last, as a nameserver would. */
export function rememberWanted(create: (last: () => WantedZone | null) => Outlet): Outlet {
  let last: WantedZone | null = null;
  const outlet = create(() => last);
  const want = (zone: WantedZone): void => {
    last = zone;
    outlet.want(zone);
  };
  return { want, view: () => outlet.view(), close: () => outlet.close() };
}
