/** Secondaries that read muster's catalog zone (RFC 9432): a reload of muster's configuration is all that a new zone needs. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { NameserverView } from "../../src/core/view.ts";
import { addressesAt, Scene, sceneZone, serialAt } from "./parts/publishing-scene.ts";
import { until } from "./parts/wait.ts";

const catalog = "catalog.test";
const added = "added.test";
const wwwAdded = `www.${added}`;

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.start({
    addresses: ["127.0.6.1", "127.0.6.2"],
    secondaries: [
      { kind: "bind", signed: true },
      { kind: "knot", signed: true },
      { kind: "bind", signed: false },
      { kind: "powerdns", signed: false },
    ],
    catalog,
    // named reads a catalog at most once a second.
    top: "audit: { interval: 10s, lag: 3s }",
  });
});

afterAll(() => scene.close());

/** Knot answers questions about a catalog over TCP only, and to whoever may transfer it. */
function catalogInStep(): Promise<readonly NameserverView[]> {
  return until("muster sees the catalog on all of them", async () => {
    const views = (await scene.program.status()).nameservers.filter(({ zone }) => zone === catalog);
    const ofOthers = views.filter(({ name }) => name === "secondary");
    return ofOthers.length === 4 && views.every(({ state }) => state === "in-step") ? views : null;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${scene.program.output}`);
  });
}

function everywhere(what: string, look: (port: number) => Promise<boolean>): Promise<true> {
  return until(what, async () => {
    const found = await Promise.all(scene.secondaries.map(({ endpoint }) => look(endpoint.port)));
    return found.every(Boolean) ? true : null;
  }).catch((error: unknown) => {
    const logs = scene.secondaries.map(({ log, name }) => `${name}: ${log}`).join("\n");
    throw new Error(`${String(error)}\n${scene.program.output}\n${logs}`);
  });
}

test("named, knotd and pdns_server learn a zone that a reload adds, follow it, and drop it when it is removed", async () => {
  await scene.served(["127.0.6.1", "127.0.6.2"]);
  expect(await scene.inStep()).toBe(await scene.serial(sceneZone));
  await catalogInStep();
  scene.program.configure(
    scene.config({
      zones: `  ${added}: { nameservers: [ns1.example.net, ns2.example.net], ttl: 2s, ttl-min: 1s, transfer: TRANSFER }`,
      pools: `  ${wwwAdded}: { check: web, members: [127.0.6.1, 127.0.6.2] }`,
    }),
  );
  const { code, err } = scene.program.cli("reload");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  await everywhere("the new zone is served", async (port) => (await addressesAt(port, wwwAdded)) !== "");
  await scene.web[0]?.stop();
  await everywhere("the new zone follows", async (port) => (await addressesAt(port, wwwAdded)) === "127.0.6.2");
  await scene.served(["127.0.6.2"]);
  await scene.web[0]?.run();
  await everywhere("both are back", async (port) => (await addressesAt(port, wwwAdded)) === "127.0.6.1 127.0.6.2");
  scene.program.configure(scene.config());
  expect(scene.program.cli("reload", "--force", "the zone goes").code).toBe(0);
  await everywhere("the zone is gone", async (port) => (await serialAt(port, added)) === null);
  await scene.served(["127.0.6.1", "127.0.6.2"]);
  await scene.inStep();
  await catalogInStep();
});
