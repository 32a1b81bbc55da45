/** A journal that was damaged on disk while muster was stopped: told in a sentence, and secondaries lose nothing by it. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Scene } from "./parts/publishing-scene.ts";

const one = "127.0.19.1";
const two = "127.0.19.2";

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.start({
    addresses: [one, two],
    secondaries: [
      { kind: "bind", signed: true },
      { kind: "knot", signed: true },
    ],
    top: "audit: { interval: 10s, lag: 1s }",
  });
});

afterAll(() => scene?.close());

test("M7 M11 a damaged journal is told of and dropped: a secondary that was away takes the zone whole, and serials only rise", async () => {
  await scene.served([one, two]);
  const [bind, knot] = scene.secondaries;
  if (bind === undefined || knot === undefined) throw new Error("two secondaries were started");
  await scene.inStep();
  // One misses a change, which is in the journal alone.
  await bind.stop();
  await scene.web[0]?.stop();
  await scene.served([two], [knot]);
  const serial = await scene.serial();
  scene.program.signal("SIGTERM");
  await scene.program.ended();
  const database = new DatabaseSync(join(scene.program.folder, "state.sqlite"));
  database.exec("UPDATE past_delta SET packed = substr(packed, 1, 30)");
  database.close();
  await scene.program.launch();
  await scene.told(/The past of example\.org is damaged on disk \(.+\) and was dropped/);
  bind.startAgain();
  await scene.served([two]);
  expect(await scene.inStep()).toBeGreaterThanOrEqual(serial);
  expect(await scene.count("transfers_ixfr_whole")).toBeGreaterThanOrEqual(1);
  // From here on there is a journal again.
  await scene.web[0]?.run();
  await scene.served([one, two]);
  expect(await scene.inStep()).toBeGreaterThan(serial);
  expect(await scene.count("transfers_ixfr")).toBeGreaterThanOrEqual(1);
}, 240_000);
