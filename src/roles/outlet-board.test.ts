/** Which state outlets are to reach, from the zones as they come, change and go. */
import { beforeEach, expect, test } from "vitest";
import { wall } from "../base/time.ts";
import { fixtureConfig, fixtureMember, fixturePool, fixtureZone } from "../core/fixtures.ts";
import type { Config, PublishConfig } from "../core/model.ts";
import { nameText, textName } from "../dns/name.ts";
import { rrType } from "../dns/rr-types.ts";
import type { RRset, ZoneTransaction } from "../dns/types.ts";
import { OutletBoard } from "./outlet-board.ts";

const zone = "example.org";
const embedded: PublishConfig = { kind: "embedded" };
const elsewhere: PublishConfig = { kind: "update", servers: [] };

let wants: string[];
let board: OutletBoard;

beforeEach(() => {
  wants = [];
  board = new OutletBoard((_zone, publish) => {
    if (publish.kind === "embedded") return [];
    const view = { zone, name: "an outlet", state: "behind", since: wall(0), serial: null, reason: "" } as const;
    return [
      {
        want: ({ sets, serial }) => {
          const names = [...sets.values()].map(({ owner, rdata }) => `${nameText(owner)} ${rdata.length}`);
          wants.push(`${serial}: ${names.join(", ")}`);
        },
        view: () => view,
        close: async () => undefined,
      },
    ];
  });
});

function configure(pools: readonly string[], publish: readonly PublishConfig[]): void {
  board.configure(configOf(pools, publish));
}

function configOf(pools: readonly string[], publish: readonly PublishConfig[]): Config {
  const made = pools.map((name) => fixturePool([fixtureMember("192.0.2.1")], { name, zone }));
  return fixtureConfig(made, { zones: [fixtureZone({ origin: zone, publish })] });
}

function put(name: string, serial: number): ZoneTransaction {
  const set: RRset = { owner: textName(name), type: rrType.A, ttlSeconds: 60, rdata: [Uint8Array.of(192, 0, 2, 1)] };
  return { origin: textName(zone), serial, layer: "pools", put: [set], remove: [] };
}

test("M13 a zone without pools goes to its file as soon as it is served, and when it changes", () => {
  configure([], [embedded, elsewhere]);
  expect(wants).toEqual([]);
  board.opened(zone, 7);
  board.refresh(zone, 8);
  expect(wants).toEqual(["7: ", "8: "]);
});

test("a zone whose pools are decided is opened without another word", () => {
  configure([`www.${zone}`], [embedded, elsewhere]);
  board.take(put(`www.${zone}`, 7));
  board.opened(zone, 7);
  expect(wants).toEqual([`7: www.${zone}. 1`]);
});

test("a zone that only others hold, and that has no pools, is there at once", () => {
  configure([], [elsewhere]);
  expect(wants).toEqual(["0: "]);
  configure([`www.${zone}`], [elsewhere]);
  expect(wants).toEqual(["0: "]);
});

test("a zone that left and comes back brings nothing of before", () => {
  configure([`www.${zone}`, `old.${zone}`], [elsewhere]);
  for (const name of ["www", "old"]) board.take(put(`${name}.${zone}`, 7));
  board.configure(fixtureConfig([], { zones: [] }));
  expect([...board.sets(zone)]).toEqual([]);
  wants = [];
  configure([`www.${zone}`], [elsewhere]);
  expect(wants).toEqual([]);
  board.take(put(`www.${zone}`, 9));
  expect(wants).toEqual([`9: www.${zone}. 1`]);
});
