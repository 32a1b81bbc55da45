import { expect, test } from "vitest";
import type { ProbeConfig } from "../../src/core/model.ts";
import { freePort } from "../fakes/free-port.ts";
import { defaultProbe } from "../contract/prober.contract.ts";
import { startNginx } from "./probe-nginx.ts";
import { makeScene, runProbe, targetOf, wordsOf } from "./probe-scene.ts";
import { serve } from "./probe-server.ts";

const scene = makeScene();

function tcp(port: number, expect: string | null = null): ProbeConfig {
  return { kind: "tcp", port, send: null, expect, replyBytesMax: 1_024 };
}

test("P2 all, any and at-least over a real nginx and a port that refuses, nested", async () => {
  const nginx = await startNginx();
  scene.after.push(() => nginx.stop());
  const closed = tcp(await freePort());
  const web: ProbeConfig = { ...defaultProbe, port: nginx.plain };
  const port = tcp(nginx.plain);
  const prober = scene.prober();
  const find = async (probe: ProbeConfig): Promise<string> => wordsOf(await runProbe(prober, targetOf(probe)));
  expect(await find({ kind: "all", of: [web, port] })).toMatch(/^up: all 2 up; /);
  expect(await find({ kind: "all", of: [web, closed] })).toMatch(/^down: not all 2 up; tcp:\d+: connection refused$/);
  expect(await find({ kind: "any", of: [closed, web] })).toMatch(/^up: one of 2 up; http:\d+\/: /);
  expect(await find({ kind: "any", of: [closed, closed] })).toMatch(
    /^down: none of 2 up; tcp:\d+: connection refused$/,
  );
  expect(await find({ kind: "at-least", count: 2, of: [closed, web, port] })).toMatch(/^up: 2 of 3 up; /);
  expect(await find({ kind: "at-least", count: 2, of: [closed, web, closed] })).toMatch(
    /^down: fewer than 2 of 3 up; /,
  );
  const nested = { kind: "any", of: [{ kind: "all", of: [web, closed] }, port] } as const;
  expect(await find(nested)).toMatch(/^up: one of 2 up; tcp:\d+: connected$/);
});

test("the verdict comes as soon as it is certain, and the parts that still ran leave no connection", async () => {
  const silent = await serve(() => {});
  scene.after.push(() => silent.stop());
  const prober = scene.prober();
  const probe = { kind: "all", of: [tcp(silent.port, "never"), tcp(await freePort())] } as const;
  const verdict = await runProbe(prober, targetOf(probe), 60_000);
  expect(wordsOf(verdict)).toMatch(/^down: not all 2 up; tcp:\d+: connection refused$/);
  await expect.poll(() => silent.sockets.size).toBe(0);
});

test("one that is cancelled delivers nothing and leaves no connection", async () => {
  const silent = await serve(() => {});
  scene.after.push(() => silent.stop());
  const prober = scene.prober();
  const probe = { kind: "any", of: [tcp(silent.port, "never"), tcp(silent.port, "no")] } as const;
  const verdicts: string[] = [];
  const target = targetOf(probe);
  const cancel = prober.start({ target, timeoutMs: 60_000, fresh: true }, (verdict) => verdicts.push(verdict.kind));
  await expect.poll(() => silent.sockets.size).toBe(2);
  cancel();
  await expect.poll(() => silent.sockets.size).toBe(0);
  expect(verdicts).toEqual([]);
});

test("the end of a part's idle connection trips the whole", async () => {
  const server = await serve((socket) => socket.resume());
  scene.after.push(() => server.stop());
  const prober = scene.prober();
  const trips: string[] = [];
  prober.onTrip((id) => trips.push(id));
  const target = targetOf({ kind: "all", of: [tcp(server.port)] });
  expect(await runProbe(prober, target)).toMatchObject({ kind: "up" });
  await expect.poll(() => server.sockets.size).toBe(1);
  for (const socket of server.sockets) socket.end();
  await expect.poll(() => trips).toEqual([target.id]);
});
