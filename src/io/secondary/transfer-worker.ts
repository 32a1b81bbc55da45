/**
 * The thread that takes zones from primaries, holds their bases and keeps copies of them on disk, so that neither a large
 * transfer nor a slow disk holds up decisions. It reads messages and files; the main thread gets finished zones.
 */
import { setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import { assert, unreachable } from "../../base/assert.ts";
import { nameKey } from "../../dns/name.ts";
import type { Name, NameKey, RRset, ZoneDelta } from "../../dns/types.ts";
import { readCopy, writeCopy } from "./copy-file.ts";
import { packPieces } from "../dns/set-packing.ts";
import { HeldBase } from "./held-base.ts";
import type { Answer, Reply, Request } from "./protocol.ts";
import { runTransfer } from "./run-transfer.ts";

/** Differences in more sets than these go to the answering threads as a whole zone, which they take in pieces. */
const differenceSetsMax = 1000;
/** As the thread that reads zone files: behind those that answer. */
const transferNice = 10;

assert(parentPort !== null, "transfer-worker.ts runs in a thread");
const main = parentPort;
const held = new Map<NameKey, HeldBase>();
/** Sent to the main thread, which says what becomes of them. */
const arrived = new Map<NameKey, HeldBase>();
const running = new Map<number, AbortController>();

function arrive(origin: Name, sets: Iterable<RRset>): Answer {
  const pieces = packPieces(sets);
  const base = HeldBase.of(origin, pieces);
  if (!base.ok) return { kind: "fault", whole: false, fault: { kind: "refused", reason: base.error } };
  arrived.set(nameKey(origin), base.value);
  return { kind: "whole", soa: base.value.soa, pieces, sets: base.value.size };
}

function restore({ origin, path }: Extract<Request, { kind: "restore" }>): Answer {
  const copy = readCopy(path, origin);
  if (!copy.ok) return { kind: "failed", reason: copy.error };
  if (copy.value === null) return { kind: "absent" };
  const answer = arrive(origin, copy.value);
  return answer.kind === "fault" ? { kind: "failed", reason: `${path}: ${answer.fault.reason}` } : answer;
}

async function transfer(request: Extract<Request, { kind: "transfer" }>): Promise<Answer> {
  const { from, id, origin } = request;
  const base = held.get(nameKey(origin));
  if (from !== null && base?.soa.serial !== from) {
    return { kind: "fault", whole: true, fault: { kind: "silent", reason: "what was held is lost" } };
  }
  const control = new AbortController();
  running.set(id, control);
  try {
    const taken = await runTransfer(request, control.signal);
    if (!taken.ok) return { kind: "fault", ...taken.error };
    if (taken.value.kind === "full") return arrive(origin, taken.value.rrsets);
    assert(base !== undefined, "differences come only to a zone that is held");
    return applyDifferences(base, taken.value.deltas);
  } finally {
    running.delete(id);
  }
}

function applyDifferences(base: HeldBase, deltas: readonly ZoneDelta[]): Answer {
  const change = base.apply(deltas);
  if (!change.ok) return { kind: "fault", whole: true, fault: { kind: "false", reason: change.error } };
  const { put, remove } = change.value;
  if (put.length + remove.length > differenceSetsMax) return arrive(base.origin, base.rrsets());
  return { kind: "differences", soa: base.soa, put: put.map(plainSet), remove };
}

/** A set that survives being sent: packed ones are objects with methods. */
function plainSet({ owner, rdata, ttlSeconds, type }: RRset): RRset {
  return { owner, type, ttlSeconds, rdata: rdata.map((octets) => octets.slice()) };
}

function settle({ accept, origin }: Extract<Request, { kind: "settle" }>): Answer {
  const key = nameKey(origin);
  const base = arrived.get(key);
  arrived.delete(key);
  if (accept && base !== undefined) held.set(key, base);
  return { kind: "done" };
}

function save({ confirmedAt, origin, path }: Extract<Request, { kind: "save" }>): Answer {
  const base = held.get(nameKey(origin));
  if (base === undefined) return { kind: "done" };
  try {
    writeCopy(path, { origin, rrsets: base.rrsets(), confirmedAt });
    return { kind: "done" };
  } catch (error) {
    return { kind: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}

function forget(origin: Name): Answer {
  held.delete(nameKey(origin));
  arrived.delete(nameKey(origin));
  return { kind: "done" };
}

async function answer(request: Request): Promise<Answer> {
  switch (request.kind) {
    case "restore":
      return restore(request);
    case "transfer":
      return transfer(request);
    case "cancel":
      running.get(request.request)?.abort();
      return { kind: "done" };
    case "settle":
      return settle(request);
    case "save":
      return save(request);
    case "forget":
      return forget(request.origin);
    default:
      return unreachable(request);
  }
}

if (process.platform === "linux") setPriority(transferNice);
main.on("message", (request: Request) => {
  void answer(request).then((found) => main.postMessage({ ...found, id: request.id } satisfies Reply));
});
