/**
 * What a `kill -9` leaves behind. A process saves numbered batches; it is killed after a random number of
 * acknowledgements and a random moment more, and the next one must find the last acknowledged batch or a later
 * one, whole. A zone's past ends where an acknowledged step ended or later, never beyond what was handed over, and
 * is unbroken. The seed is printed with a failure.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { createPrng } from "../../src/base/prng.ts";
import type { ZonePast } from "../../src/dns/types.ts";
import { openSqliteStore } from "../../src/io/store/sqlite.ts";
import { journalDeltasMax } from "../../src/ports/store.ts";
import { temporaryFolder } from "./store-fixtures.ts";
import { keepLog, numbersIn } from "./store-values.ts";
import { pastOf, pastZone } from "./store-zones.ts";

const rounds = 30;
const writer = join(import.meta.dirname, "store-writer.ts");

interface Heard {
  readonly startedAt: number;
  readonly saved: number;
  readonly eventId: number;
  /** The serial of the last step of the past that was acknowledged, and of the last that was handed over. */
  readonly past: number;
  readonly handed: number;
}

/** When the writer dies: so long after so many lines. */
interface Kills {
  readonly lines: number;
  readonly ms: number;
}

/** Runs a writer, kills it, and returns what it had acknowledged. */
async function writeAndKill(path: string, first: number, kills: Kills): Promise<Heard> {
  const child = spawn(process.execPath, [writer, path, String(first)], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return listen(child, kills);
}

async function listen(child: ChildProcess, kills: Kills): Promise<Heard> {
  let heard: Heard = { startedAt: -1, saved: 0, eventId: 0, past: 0, handed: 0 };
  let count = 0;
  if (child.stdout === null) throw new Error("the writer has no output");
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, number, id] = line.split(" ");
    if (word === "events") heard = { ...heard, startedAt: Number(number) };
    else if (word === "saved") heard = { ...heard, saved: Number(number), eventId: Number(id) };
    else if (word === "handed" || word === "past") heard = { ...heard, [word]: Number(number) };
    else throw new Error(`the writer says: ${line}`);
    if (count++ === kills.lines) setTimeout(() => child.kill("SIGKILL"), kills.ms);
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return heard;
}

/** Steps that the writer may have handed over just before it could say so. */
const stepsUnheard = 3;

function checkPast(past: ZonePast | null, ends: { from: number; to: number }, when: string): void {
  const serial = past?.serial ?? 0;
  expect(serial, `${when}: the past ends at or after what was acknowledged`).toBeGreaterThanOrEqual(ends.from);
  expect(serial, `${when}: the past ends within what was handed over`).toBeLessThanOrEqual(ends.to);
  if (past === null) return;
  expect(past.deltas.length, `${when}: the past begins at the first step`).toBe(Math.min(serial, journalDeltasMax));
  expect(past, when).toEqual(pastOf(serial - past.deltas.length, serial));
}

test("M7 M10 kill -9 loses no acknowledged batch, tears none, breaks no past, and hands out no event id twice", async () => {
  const seed = Date.now() >>> 0;
  const prng = createPrng(seed);
  const path = join(temporaryFolder(), "state.sqlite");
  let acknowledged = 0;
  let eventId = 0;
  let pastEnd = 0;
  for (let round = 0; round < rounds; round++) {
    const heard = await writeAndKill(path, acknowledged + 1, { lines: prng.int(180), ms: prng.next() * 4 });
    expect(heard.startedAt, `seed ${seed}, round ${round}: event ids start above`).toBeGreaterThanOrEqual(eventId);
    acknowledged = Math.max(acknowledged, heard.saved);
    eventId = Math.max(heard.startedAt, heard.eventId);
    const store = await openSqliteStore({ path, log: keepLog() });
    const state = await store.load();
    const past = await store.loadPast(pastZone);
    await store.close();
    pastEnd = Math.max(pastEnd, heard.past);
    checkPast(
      past,
      { from: pastEnd, to: Math.max(pastEnd, heard.handed) + stepsUnheard },
      `seed ${seed}, round ${round}`,
    );
    pastEnd = past?.serial ?? 0;
    expect(state.serials[pastZone] ?? 0).toBe(pastEnd);
    const numbers = numbersIn(state);
    expect(numbers.length, `seed ${seed}, round ${round}: ${numbers.join()}`).toBeLessThanOrEqual(1);
    expect(numbers[0] ?? 0, `seed ${seed}, round ${round}`).toBeGreaterThanOrEqual(acknowledged);
    acknowledged = numbers[0] ?? 0;
  }
  expect(acknowledged).toBeGreaterThan(rounds);
});
