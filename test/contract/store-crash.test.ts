/**
 * What a `kill -9` leaves behind. A process saves numbered batches; it is killed after a random number of
 * acknowledgements and a random moment more, and the next one must find the last acknowledged batch or a later
 * one, whole. The seed is printed with a failure.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { createPrng } from "../../src/base/prng.ts";
import { openSqliteStore } from "../../src/io/store/sqlite.ts";
import { temporaryFolder } from "./store-fixtures.ts";
import { keepLog, numbersIn } from "./store-values.ts";

const rounds = 40;
const writer = join(import.meta.dirname, "store-writer.ts");

interface Heard {
  readonly startedAt: number;
  readonly saved: number;
  readonly eventId: number;
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
  let heard: Heard = { startedAt: -1, saved: 0, eventId: 0 };
  let count = 0;
  if (child.stdout === null) throw new Error("the writer has no output");
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, number, id] = line.split(" ");
    if (word === "events") heard = { ...heard, startedAt: Number(number) };
    else if (word === "saved") heard = { ...heard, saved: Number(number), eventId: Number(id) };
    else throw new Error(`the writer says: ${line}`);
    if (count++ === kills.lines) setTimeout(() => child.kill("SIGKILL"), kills.ms);
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return heard;
}

test("M7 kill -9 loses no acknowledged batch, tears none, and no event id is handed out twice", async () => {
  const seed = Date.now() >>> 0;
  const prng = createPrng(seed);
  const path = join(temporaryFolder(), "state.sqlite");
  let acknowledged = 0;
  let eventId = 0;
  for (let round = 0; round < rounds; round++) {
    const heard = await writeAndKill(path, acknowledged + 1, { lines: prng.int(60), ms: prng.next() * 4 });
    expect(heard.startedAt, `seed ${seed}, round ${round}: event ids start above`).toBeGreaterThanOrEqual(eventId);
    acknowledged = Math.max(acknowledged, heard.saved);
    eventId = Math.max(heard.startedAt, heard.eventId);
    const store = await openSqliteStore({ path, log: keepLog() });
    const numbers = numbersIn(await store.load());
    await store.close();
    expect(numbers.length, `seed ${seed}, round ${round}: ${numbers.join()}`).toBeLessThanOrEqual(1);
    expect(numbers[0] ?? 0, `seed ${seed}, round ${round}`).toBeGreaterThanOrEqual(acknowledged);
    acknowledged = numbers[0] ?? 0;
  }
  expect(acknowledged).toBeGreaterThan(rounds);
}, 180_000);
