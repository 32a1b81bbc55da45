/**
 * What `muster status`, `muster explain` and `muster drain --wait` say of who serves a zone, with a named and a knotd that
 * follow muster, one of which is frozen for a while.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Scene, sceneName } from "./parts/publishing-scene.ts";
import { until } from "./parts/wait.ts";

const one = "127.0.6.1";
const two = "127.0.6.2";

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.start({
    addresses: [one, two],
    secondaries: [
      { kind: "bind", signed: true },
      { kind: "knot", signed: true },
    ],
    top: "audit: { interval: 10s, lag: 500ms }",
  });
});

afterAll(() => scene?.close());

test("M12 all in step: one line, status 0, and the explanation ends with who serves the answer", async () => {
  const serial = await scene.inStep();
  const { code, out } = await until("muster's own server is seen in step", () => {
    const status = scene.program.cli("status");
    return status.code === 0 ? status : null;
  });
  expect(code).toBe(0);
  expect(out).toContain("\n3 nameservers serve what was decided\n");
  const [bind, knot] = scene.secondaries.map(({ endpoint }) => `${endpoint.address}:${endpoint.port}`);
  const explained = scene.program.cli("explain", sceneName).out.trimEnd().split("\n").at(-1);
  expect(explained).toMatch(new RegExp(`zone example.org with serial ${serial}, which holds this, is served by`));
  for (const name of [`ns1.example.net (${bind})`, `ns2.example.net (${knot})`, "[publish/served]"])
    expect(explained).toContain(name);
});

test("M12 one is frozen: its state and reason, status 1, and a drain names it until it has followed", async () => {
  const [, frozen] = scene.secondaries;
  const place = `ns2.example.net (127.0.0.1:${frozen?.endpoint.port})`;
  await scene.inStep();
  frozen?.signal("SIGSTOP");
  const drain = startDrain();
  await until(
    `the drain waits for ${place} alone`,
    () => drain.said().includes(`muster: waits for ${place}, which`) || null,
  );
  const status = await until("it is late", () => {
    const found = scene.program.cli("status");
    return found.code === 1 ? found : null;
  });
  expect(status.out).toContain("2 of 3 nameservers serve what was decided");
  expect(status.out).toMatch(/^ {2}ns2\.example\.net .* (unreachable|behind) /m);
  expect(status.out).toContain(`not safe to stop: ${place} may still answer with it`);
  const explained = scene.program.cli("explain", sceneName).out;
  expect(explained).toContain("is served by 2 of 3: ns1.example.net");
  expect(explained).toMatch(/ns2\.example\.net \(.*\) is (unreachable|behind) for .*; last seen there: serial \d+/);
  frozen?.signal("SIGCONT");
  expect(await drain.ended).toBe(0);
  expect(drain.said()).toMatch(/: safe to stop$/m);
  await scene.inStep();
  expect(scene.program.cli("enable", one).code).toBe(0);
});

interface Drain {
  readonly ended: Promise<number | null>;
  said(): string;
}

function startDrain(): Drain {
  const main = join(import.meta.dirname, "../../src/main.ts");
  const env = { ...process.env, MUSTER_API: scene.program.api, NO_COLOR: "1" };
  const words = [main, "drain", one, "--reason", "new disk", "--wait"];
  const child = spawn(process.execPath, words, { env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  return { ended: new Promise((resolve) => child.once("close", resolve)), said: () => said };
}
