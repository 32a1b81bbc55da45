/**
 * Answering threads come and go under load, in processes of their own: a fault of memory ends a process, and no test that
 * runs in it can tell. `MUSTER_ROUNDS=300` plays more rounds than the usual few.
 *
 * Node sends a datagram at once if it can; `--test-udp-no-try-send` makes every one wait in libuv's queue, which else
 * happens only when the kernel's buffer is full. Freed memory is overwritten (`MALLOC_PERTURB_`), so that whoever still
 * looks at it finds nonsense.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const script = join(import.meta.dirname, "parts/threads-load.ts");
const rounds = Number(process.env["MUSTER_ROUNDS"] ?? 6);
const roundMsMax = 20_000;
const queued = "--test-udp-no-try-send";

async function play(
  threads: number,
  how: { args?: readonly string[]; env?: Record<string, string> },
): Promise<unknown> {
  const args = [...(how.args ?? []), script, String(rounds), String(threads)];
  const env = { ...process.env, MALLOC_PERTURB_: "165", ...how.env };
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let [out, said] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await new Promise((resolve) => child.once("close", resolve));
  expect([child.exitCode, child.signalCode, said]).toEqual([0, null, ""]);
  return JSON.parse(out);
}

test.each([
  ["as it is", 1, {}],
  ["as it is", 2, {}],
  ["every reply waits in the queue", 1, { args: [queued] }],
  ["every reply waits in the queue, garbage is collected all the time", 2, { args: [queued, "--gc-interval=3000"] }],
  ["over the public interface", 2, { env: { MUSTER_UDP: "public" }, args: [queued] }],
])(
  "threads that end under load give no wrong answer and no fault of memory: %s, threads %i",
  async (_title, threads, how) => {
    expect(await play(threads, how)).toEqual({ answers: expect.any(Number), transferred: expect.any(Number) });
  },
  rounds * roundMsMax,
);
