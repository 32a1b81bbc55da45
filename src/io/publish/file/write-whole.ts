/**
 * Writes a zone as it is served into a master file, piece by piece as the answering thread gives it, so that a large
 * zone neither fills the memory nor holds up anything.
 */
import { nameKey } from "../../../dns/name.ts";
import { readSoa } from "../../../dns/rdata/index.ts";
import { rrType } from "../../../dns/rr-types.ts";
import type { Name, RRset } from "../../../dns/types.ts";
import { zoneText } from "../../../dns/zone-file/write.ts";
import { FileTrouble, replaceFile } from "./replace.ts";

const header = "; muster writes this file: what is changed here by hand is lost\n";

/** A zone as it is served, in pieces, the SOA in the first; null before it is served. */
export type ReadZone = (origin: Name) => AsyncIterable<readonly RRset[]> | null;

export interface WholeRequest {
  readonly path: string;
  readonly origin: Name;
  readonly pieces: AsyncIterable<readonly RRset[]>;
  readonly signal: AbortSignal;
}

/** Whether the file was written, or was right already, and the serial that it has. */
export async function writeWhole(
  request: WholeRequest,
): Promise<{ readonly written: boolean; readonly serial: number }> {
  const { origin, path, pieces, signal } = request;
  let serial: number | null = null;
  const write = async (append: (text: string) => Promise<void>): Promise<void> => {
    await append(header);
    for await (const piece of pieces) {
      // The zone's top comes first, and with it the SOA.
      const text = zoneText(origin, piece);
      await append(serial === null ? text : text.slice(text.indexOf("\n") + 1));
      serial ??= serialIn(piece, origin);
    }
    if (serial === null) throw new FileTrouble("the zone has no SOA yet");
  };
  const done = await replaceFile({ path, signal, write });
  return { written: done === "replaced", serial: serial ?? 0 };
}

function serialIn(sets: readonly RRset[], origin: Name): number | null {
  const key = nameKey(origin);
  const soa = sets.find(({ owner, type }) => type === rrType.SOA && nameKey(owner) === key)?.rdata[0];
  return soa === undefined ? null : (readSoa(soa)?.serial ?? null);
}
