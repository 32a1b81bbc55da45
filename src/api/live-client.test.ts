/** One follower of the live stream: what waits is bounded, a newer status replaces an older one. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { createLiveClient, LIVE_BUFFER_BYTES_MAX, LIVE_STALL_MS_MAX } from "./live-client.ts";

async function start() {
  const ends: (string | null)[] = [];
  let version = 0;
  const client = createLiveClient({
    latestStatus: () => new TextEncoder().encode(`status ${version}\n`),
    onEnd: (cut) => ends.push(cut),
  });
  const reader = client.body.getReader();
  const read = async (): Promise<string> => new TextDecoder().decode((await reader.read()).value);
  const changeStatus = (): void => {
    version++;
    client.statusChanged();
  };
  // The stream asks for its first piece in a later turn.
  await nextTurn();
  return { client, ends, reader, read, changeStatus };
}

test("events that waited come together and in order, before a status", async () => {
  const { client, read, changeStatus } = await start();
  client.push("taken at once\n");
  for (const frame of ["a\n", "b\n", "c\n"]) client.push(frame);
  changeStatus();
  expect([await read(), await read(), await read()]).toEqual(["taken at once\n", "a\nb\nc\n", "status 1\n"]);
});

test("a slow follower gets the newest status only", async () => {
  const { client, read, changeStatus } = await start();
  client.push("taken at once\n");
  for (let n = 0; n < 1000; n++) changeStatus();
  expect([await read(), await read()]).toEqual(["taken at once\n", "status 1000\n"]);
});

test("a follower that lets too many events wait is cut", async () => {
  const { client, ends, reader } = await start();
  const frame = "x".repeat(1024);
  for (let n = 0; n <= LIVE_BUFFER_BYTES_MAX / 1024 + 1; n++) client.push(frame);
  expect(ends).toEqual([expect.stringContaining(String(LIVE_BUFFER_BYTES_MAX))]);
  await expect(reader.read()).rejects.toThrow("were waiting");
  client.push("after the end");
  expect(ends).toHaveLength(1);
});

test("a follower that takes nothing for too long is cut, a patient one is not", async () => {
  const { client, ends, read } = await start();
  client.checkStall(0);
  client.checkStall(LIVE_STALL_MS_MAX * 2);
  expect(ends).toEqual([]);
  client.push("first");
  client.checkStall(LIVE_STALL_MS_MAX * 2);
  expect(await read()).toBe("first");
  client.checkStall(LIVE_STALL_MS_MAX * 3 + 1);
  expect(ends).toEqual([]);
  client.push("second");
  client.checkStall(LIVE_STALL_MS_MAX * 3 + 2);
  client.checkStall(LIVE_STALL_MS_MAX * 4 + 3);
  expect(ends).toEqual([expect.stringContaining("took nothing")]);
});

test("a follower that leaves is told of once", async () => {
  const { ends, reader } = await start();
  await reader.cancel();
  expect(ends).toEqual([null]);
});
