/**
 * muster as a hidden primary, as a user runs it: two named, one knotd and one nsd follow it through failovers, restarts,
 * kills, freezes and losses.
 */
import { spawn } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Scene, serialAt } from "./parts/publishing-scene.ts";
import { until } from "./parts/wait.ts";

const one = "127.0.5.1";
const two = "127.0.5.2";
const three = "127.0.5.3";
const all = [one, two, three];

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.start({
    addresses: all,
    secondaries: [
      { kind: "bind", signed: true },
      { kind: "bind", signed: false },
      { kind: "knot", signed: true },
      { kind: "nsd", signed: true },
    ],
    top: "audit: { interval: 10s, lag: 1s }",
  });
});

afterAll(() => scene.close());

/** Stops a web server for as long as `then` takes. */
async function without(at: number, then: () => Promise<void>): Promise<void> {
  await scene.web[at]?.stop();
  try {
    await then();
  } finally {
    await scene.web[at]?.run();
  }
}

test("M3 M9 a failover reaches every secondary by NOTIFY and IXFR, and each delay is known", async () => {
  await scene.served(all);
  const before = await scene.inStep();
  const whole = (await scene.count("transfers_axfr")) + (await scene.count("transfers_ixfr_whole"));
  await without(0, () => scene.served([two, three]));
  await scene.served(all);
  const after = await scene.inStep();
  expect(after).toBeGreaterThan(before);
  // NSD may have asked before all others had what they took whole; none does so again for a change.
  expect((await scene.count("transfers_axfr")) + (await scene.count("transfers_ixfr_whole"))).toBe(whole);
  expect(await scene.count("transfers_ixfr")).toBeGreaterThanOrEqual(4);
  const watched = await scene.watched();
  expect(watched.map(({ delays }) => delays.count > 0 && delays.p50Ms !== null)).toEqual([true, true, true, true]);
  const { code, out } = scene.program.cli("status");
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining("5 nameservers serve what was decided") });
});

test("M9 M11 nothing is sent when nothing changes, over a restart and kill -9, and the serial stays", async () => {
  const serial = await scene.inStep();
  const transfers = await scene.count("transfers_ixfr");
  await delay(2000);
  expect([await scene.serial(), await scene.count("transfers_ixfr")]).toEqual([serial, transfers]);
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    scene.program.signal(signal);
    await scene.program.ended();
    await scene.program.launch();
    expect(await scene.inStep()).toBe(serial);
    expect(await transfersGiven()).toBe(0);
  }
  // The differences from before the restarts are still there.
  await without(1, () => scene.served([one, three]));
  await scene.served(all);
  expect(await scene.inStep()).toBeGreaterThan(serial);
  expect((await scene.count("transfers_axfr")) + (await scene.count("transfers_ixfr_whole"))).toBe(0);
});

async function transfersGiven(): Promise<number> {
  const names = ["transfers_axfr", "transfers_ixfr", "transfers_ixfr_whole"];
  const counts = await Promise.all(names.map((name) => scene.count(name)));
  return counts.reduce((sum, count) => sum + count, 0);
}

test("M3 a change that is decided while the program dies reaches everybody after the next start", async () => {
  const before = await scene.inStep();
  for (let round = 0; round < 3; round++) {
    const gone = [one, two, three][round];
    await without(round, async () => {
      await scene.program.answers("www.example.org", all.filter((address) => address !== gone).join(" "));
      await scene.program.kill();
      await scene.program.launch();
      await scene.served(all.filter((address) => address !== gone));
    });
    await scene.served(all);
  }
  expect(await scene.inStep()).toBeGreaterThan(before);
});

test("a frozen secondary raises an alarm, and a drain waits for it and for the TTL", async () => {
  const [, frozen] = scene.secondaries;
  await scene.inStep();
  frozen?.signal("SIGSTOP");
  const words = ["drain", one, "--reason", "new disk", "--wait"];
  const waiting = startCli(words);
  await scene.served(
    [two, three],
    scene.secondaries.filter((each) => each !== frozen),
  );
  await scene.told(/does not serve serial \d+ of zone example\.org after 1 s/);
  // Longer than the TTL of two seconds: it has run out everywhere else.
  await delay(3000);
  expect(waiting.out()).not.toMatch(/: safe to stop$/m);
  expect(waiting.code()).toBeNull();
  frozen?.signal("SIGCONT");
  const code = await waiting.ended;
  expect({ code, out: waiting.out() }).toEqual({ code: 0, out: expect.stringMatching(/: safe to stop$/m) });
  await scene.told(/is well again: it serves serial/);
  expect(scene.program.cli("enable", one).code).toBe(0);
  await scene.served(all);
});

interface Waiting {
  readonly ended: Promise<number | null>;
  out(): string;
  code(): number | null;
}

/** A command that goes on beside the test. */
function startCli(words: readonly string[]): Waiting {
  const main = join(import.meta.dirname, "../../src/main.ts");
  const env = { ...process.env, MUSTER_API: scene.program.api, NO_COLOR: "1" };
  const child = spawn(process.execPath, [main, ...words], { env, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (out += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { ended, out: () => out, code: () => child.exitCode };
}

test.each([0, 2, 3])("secondary %i restarts amid changes, then loses its zone, and comes back", async (at) => {
  const server = scene.secondaries[at];
  const others = scene.secondaries.filter((each) => each !== server);
  await scene.inStep();
  await server?.stop();
  await without(0, async () => {
    await scene.served([two, three], others);
    server?.startAgain();
    await scene.served([two, three]);
  });
  await scene.served(all);
  await scene.inStep();
  await server?.stop();
  server?.wipe();
  await without(1, () => scene.served([one, three], others));
  server?.startAgain();
  await scene.served(all);
  await scene.inStep();
});

test("M11 an old copy of the database does not bring back an old serial", async () => {
  await scene.inStep();
  scene.program.signal("SIGTERM");
  await scene.program.ended();
  const state = join(scene.program.folder, "state.sqlite");
  const copy = join(scene.program.folder, "copy.sqlite");
  cpSync(state, copy);
  await scene.program.launch();
  await without(0, () => scene.served([two, three]));
  await scene.served(all);
  const last = await scene.inStep();
  scene.program.signal("SIGTERM");
  await scene.program.ended();
  for (const suffix of ["", "-wal", "-shm"]) rmSync(`${state}${suffix}`, { force: true });
  cpSync(copy, state);
  await scene.program.launch();
  // The records are those of the copy: only the secondaries know that there was more.
  await until("the serial is above the last one", async () => ((await scene.serial()) > last ? true : null));
  await scene.inStep();
  await without(0, () => scene.served([two, three]));
  await scene.served(all);
  for (const { endpoint } of scene.secondaries) expect(await serialAt(endpoint.port)).toBeGreaterThan(last);
});
