/**
 * The last good copy of a zone, as a master file that people and other servers can read. The first line names the hash of
 * the rest, so that a damaged copy is known; the file's time is that of the last confirmation by a primary, which changes
 * far more often than the zone. A copy is replaced by renaming, so that a crash leaves the one before.
 */
import { createHash } from "node:crypto";
import {
  mkdirSync,
  openSync,
  closeSync,
  fsyncSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { fail, ok, type Result } from "../../base/result.ts";
import { nameText } from "../../dns/name.ts";
import type { Name, RRset } from "../../dns/types.ts";
import { faultText } from "../../dns/zone-file/fault.ts";
import { parseZone } from "../../dns/zone-file/parse.ts";
import { zoneText } from "../../dns/zone-file/write.ts";

/** Names of files have 255 octets at most; zones with longer ones are named by a hash. */
const fileCharsMax = 200;

/** `example.org.zone`; characters that a path cannot have are escaped. */
export function copyPath(folder: string, origin: string): string {
  const plain = encodeURIComponent(origin).replaceAll("*", "%2A");
  const name = plain.length <= fileCharsMax ? plain : createHash("sha256").update(origin).digest("hex");
  return join(folder, `${name === "" ? "root" : name}.zone`);
}

function hashOf(text: string): string {
  return createHash("sha256").update(text, "latin1").digest("hex");
}

/** Fails with the reason of the file system. */
export function writeCopy(path: string, zone: { origin: Name; rrsets: Iterable<RRset>; confirmedAt: number }): void {
  const text = zoneText(zone.origin, zone.rrsets);
  const head = `; muster's copy of ${nameText(zone.origin)}, taken from a primary; sha256 ${hashOf(text)}\n`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fresh = join(dirname(path), `.${basename(path)}.new`);
  const file = openSync(fresh, "w", 0o600);
  try {
    writeSync(file, Buffer.from(head + text, "latin1"));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  markCopy(fresh, zone.confirmedAt);
  renameSync(fresh, path);
}

/** Notes when a primary last confirmed it. Fails with the reason of the file system. */
export function markCopy(path: string, confirmedAt: number): void {
  utimesSync(path, confirmedAt / 1000, confirmedAt / 1000);
}

/** When a primary last confirmed the copy, as Unix time in ms. */
export function copyConfirmedAt(path: string): number {
  return Math.floor(statSync(path).mtimeMs);
}

/** Null: there is none. The error is a clause. */
export function readCopy(path: string, origin: Name): Result<readonly RRset[] | null, string> {
  let text: string;
  try {
    text = readFileSync(path, "latin1");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return ok(null);
    return fail(error instanceof Error ? error.message : String(error));
  }
  const headEnd = text.indexOf("\n") + 1;
  const hash = /^; .* sha256 ([0-9a-f]{64})\n$/.exec(text.slice(0, headEnd))?.[1];
  if (hash === undefined || hash !== hashOf(text.slice(headEnd))) return fail(`${path} is damaged: its hash differs`);
  const zone = parseZone({ origin, text, file: path });
  const fault = zone.faults.find(({ severity }) => severity === "error");
  return fault === undefined ? ok(zone.rrsets) : fail(faultText(fault));
}
