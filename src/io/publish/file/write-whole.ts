/**
 * Writes a zone as it is served into a master file, piece by piece as the answering thread gives it, so that a large
 * zone neither fills the memory nor holds up anything.
 */
import type { Stats } from "node:fs";
import { open } from "node:fs/promises";
import { nameKey } from "../../../dns/name.ts";
import { readSoa } from "../../../dns/rdata/index.ts";
import { rrType } from "../../../dns/rr-types.ts";
import type { Name, RRset } from "../../../dns/types.ts";
import { serialInTheWay } from "../../../dns/zone-file/ahead.ts";
import { zoneText } from "../../../dns/zone-file/write.ts";
import { FileTrouble, replaceFile } from "./replace.ts";

/** A SOA stands near the top of a zone file, behind comments at most. */
const headOctets = 64 * 1024;

const header = "; muster writes this file: what is changed here by hand is lost\n";

/** A zone as it is served, in pieces, the SOA in the first; null before it is served. */
export type ReadZone = (origin: Name) => AsyncIterable<readonly RRset[]> | null;

export interface WholeRequest {
  readonly path: string;
  readonly origin: Name;
  readonly pieces: AsyncIterable<readonly RRset[]>;
  /** Over a file with other records under the same serial, too. */
  readonly mayRepeat: boolean;
  readonly signal: AbortSignal;
}

export type WholeWritten =
  /** `written`: it was not right already. */
  | { readonly kind: "written"; readonly written: boolean; readonly serial: number; readonly stats: Stats }
  /** The file's own serial is not below the zone's, and it holds other records. */
  | { readonly kind: "overtaken"; readonly serial: number };

export async function writeWhole(request: WholeRequest): Promise<WholeWritten> {
  const { mayRepeat, origin, path, pieces, signal } = request;
  let serial: number | null = null;
  let overtaken: number | null = null;
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
  const mayReplace = async (there: string): Promise<boolean> => {
    overtaken = serial === null ? null : serialInTheWay(await readHead(there), { serial, mayRepeat });
    return overtaken === null;
  };
  const done = await replaceFile({ path, signal, write, mayReplace });
  if (done.kind === "overtaken") return { kind: "overtaken", serial: overtaken ?? 0 };
  return { kind: "written", written: done.kind === "replaced", serial: serial ?? 0, stats: done.stats };
}

async function readHead(path: string): Promise<string> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headOctets), 0, headOctets, 0);
    return buffer.toString("latin1", 0, bytesRead);
  } finally {
    await file.close();
  }
}

function serialIn(sets: readonly RRset[], origin: Name): number | null {
  const key = nameKey(origin);
  const soa = sets.find(({ owner, type }) => type === rrType.SOA && nameKey(owner) === key)?.rdata[0];
  return soa === undefined ? null : (readSoa(soa)?.serial ?? null);
}
