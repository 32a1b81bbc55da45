/** The operator of a running controller and the one in memory, held to the same promises. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { openNameserver } from "../../src/io/dns/nameserver.ts";
import { createClock } from "../../src/io/clock.ts";
import { createOutside } from "../../src/io/outside.ts";
import { startNotifications } from "../../src/io/notify/notifications.ts";
import { createOperator } from "../../src/io/operator.ts";
import { withInjectedFaults } from "../../src/io/probe/injected-faults.ts";
import { startRehearsals } from "../../src/io/rehearsal/rehearsals.ts";
import { Recording } from "../../src/io/recording/recording.ts";
import { Runner } from "../../src/io/runner.ts";
import { fixtureCheck, fixtureConfig, fixtureMember, fixturePool } from "../../src/core/fixtures.ts";
import type { Config, MemberConfig } from "../../src/core/model.ts";
import { createMemoryDisk, openMemoryStore } from "../../src/ports/memory-store.ts";
import type { SaveOutcome, Store } from "../../src/ports/store.ts";
import type { Prober } from "../../src/ports/prober.ts";
import { freePort } from "../fakes/free-port.ts";
import { createFakeOperator } from "../fakes/operator.ts";
import { silentLog } from "../fakes/silent-log.ts";
import { temporaryFolder } from "./store-fixtures.ts";
import { type OperatorWorld, operatorContract } from "./operator.contract.ts";

const address = "127.0.0.1";

function memberOf(pool: string, label: string, changes: Partial<MemberConfig> & { address: string }): MemberConfig {
  const check = fixtureCheck({ intervalMs: 200, rise: 1 });
  return fixtureMember(changes.address, { check, pool, id: `${pool}/${changes.address}`, label, ...changes });
}

async function configOf(): Promise<Config> {
  const [www, db] = ["www.example.org", "db.example.org"];
  const pools = [
    fixturePool(
      [
        memberOf(www, "web1", { address: "192.0.2.10" }),
        memberOf(www, "web2", { address: "192.0.2.11" }),
        memberOf(www, "web3", { address: "2001:db8::12" }),
      ],
      { name: www },
    ),
    fixturePool(
      [
        memberOf(db, "db1", { address: "192.0.2.20", priority: 1 }),
        memberOf(db, "db2", { address: "198.51.100.20", priority: 2 }),
      ],
      { name: db, policy: "priority" },
    ),
  ];
  return fixtureConfig(pools, {
    dns: { listen: [{ address, port: await freePort(address) }], nsid: null, threads: 1 },
  });
}

/** Finds every member up, at once. */
const allUp: Prober = {
  start: (_request, onVerdict) => {
    const found = setImmediate(() => onVerdict({ kind: "up", tookMs: 1, detail: "200 OK" }));
    return () => clearImmediate(found);
  },
  onTrip: () => undefined,
  onTrouble: () => undefined,
  forget: () => undefined,
  close: async () => undefined,
};

async function startOperator(store: Store): Promise<OperatorWorld> {
  const config = await configOf();
  const clock = createClock();
  const nameserver = await openNameserver(config.dns, silentLog);
  const copies = join(temporaryFolder(), "zones");
  const outside = createOutside({
    clock,
    log: silentLog,
    nameserver,
    copies,
    story: [],
    seed: 1,
    embedded: () => config.dns.listen,
  });
  const runner = await Runner.start(config, {
    clock,
    prober: allUp,
    store,
    nameserver,
    outside,
    log: silentLog,
    seed: 1,
  });
  const readConfig = async () => ({ ok: true, config, sentences: [], accept: () => undefined }) as const;
  const notifications = startNotifications({ runner, outside, clock, store, log: silentLog });
  const recording = new Recording({ store, clock, log: silentLog });
  const prober = withInjectedFaults(allUp, clock);
  const rehearsals = startRehearsals({ runner, clock, log: silentLog, prober, outside });
  const parts = { runner, clock, store, nameserver, outside, notifications, recording, rehearsals };
  const operator = createOperator({ ...parts, version: "0.0.0", readConfig });
  await runner.ready;
  return {
    operator,
    close: async () => {
      operator.close();
      await rehearsals.close();
      await recording.close();
      await notifications.close();
      runner.stop();
      await outside.close();
      await nameserver.close();
      await store.close();
    },
  };
}

operatorContract("controller", () => startOperator(openMemoryStore(createMemoryDisk())));

operatorContract("in memory", async () => ({ operator: createFakeOperator(), close: async () => undefined }));

const drain = { kind: "drain", owner: "test", reason: "a test", forMs: null, selector: "web1" } as const;

test("M7 an operator hears of a drain when it is durable, not before", async () => {
  const store = openMemoryStore(createMemoryDisk());
  const write = Promise.withResolvers<SaveOutcome>();
  let isHeld = false;
  const world = await startOperator({
    ...store,
    save: async (batch) => (isHeld ? write.promise : store.save(batch)),
  });
  isHeld = true;
  const told: string[] = [];
  const asked = world.operator.setOverride(drain).then(() => told.push("acknowledged"));
  await new Promise((resolve) => setImmediate(resolve));
  told.push("written");
  write.resolve({ kind: "ok" });
  await asked;
  expect(told).toEqual(["written", "acknowledged"]);
  await world.close();
});

test("M7 a drain that cannot be saved is in force, and says so", async () => {
  const disk = createMemoryDisk();
  const world = await startOperator(openMemoryStore(disk));
  disk.fault = "disk full";
  const outcome = await world.operator.setOverride(drain);
  expect(outcome).toMatchObject({
    kind: "done",
    sentences: ["drain set for www.example.org/192.0.2.10", expect.stringContaining("could not be saved yet")],
  });
  await world.close();
});
