import { expect, test } from "vitest";
import { fixtureConfig } from "../core/fixtures.ts";
import { rrType } from "../dns/rr-types.ts";
import { textName } from "../dns/name.ts";
import type { RRset, ZonePast } from "../dns/types.ts";
import type { LoadedZone, Nameserver } from "../ports/nameserver.ts";
import type { SaveOutcome } from "../ports/store.ts";
import type { ControllerEvent } from "../roles/effects.ts";
import { silentLog } from "../../test/fakes/silent-log.ts";
import { ZoneHands, type ZoneOutside } from "./zone-hands.ts";

const origin = "example.org";
const loaded: LoadedZone = { serial: 7, names: 3, warnings: [], changed: false, delta: null, digest: "" };
const set: RRset = { owner: textName(origin), type: rrType.TXT, ttlSeconds: 60, rdata: [Uint8Array.of(1, 65)] };
const past: ZonePast = { serial: 6, digest: "as it was", deltas: [] };

/** Hands whose nameserver and store answer when the test says so. */
class Scene {
  readonly events: ControllerEvent[] = [];
  readonly told: number[] = [];
  readonly asked: string[] = [];
  readonly loading = Promise.withResolvers<LoadedZone>();
  readonly reading = Promise.withResolvers<ZonePast | null>();
  readonly opening = Promise.withResolvers<{ serial: number; digest: string }>();
  readonly saving = Promise.withResolvers<SaveOutcome>();
  /** How much further the serial is with which a transaction is served. */
  ahead = 0;
  readonly hands: ZoneHands;

  constructor() {
    const nameserver: Nameserver = {
      name: "held",
      loadZone: async () => ({ ok: true, value: await this.loading.promise }),
      openZone: (request) => {
        this.asked.push(`open with ${request.past === null ? "no past" : `a past to ${request.past.serial}`}`);
        return this.opening.promise;
      },
      removeZone: async () => void this.asked.push("remove"),
      compareFile: async () => ({ ok: false, error: [] }),
      publish: async ({ serial }) => ({ kind: "ok", serial: serial + this.ahead, delta: null, digest: "other" }),
      readZone: async function* () {},
      allow: async () => undefined,
      onRequest: () => undefined,
      listen: async () => undefined,
      counters: async () => ({}),
      close: async () => undefined,
    };
    const outside: ZoneOutside = {
      onEvent: () => undefined,
      configure: () => undefined,
      listening: () => undefined,
      wanted: () => undefined,
      loaded: () => undefined,
      published: ({ serial }) => void this.told.push(serial),
      onLoaded: () => undefined,
      follow: async () => undefined,
      notified: () => undefined,
      forget: () => undefined,
    };
    const store = { loadPast: () => this.reading.promise, savePast: () => this.saving.promise };
    const dispatch = (event: ControllerEvent): void => void this.events.push(event);
    this.hands = new ZoneHands({ nameserver, store, outside, log: silentLog, dispatch });
    this.hands.configure(fixtureConfig([]));
  }

  load(): void {
    const around = { hosts: [], decided: [], removalMax: null };
    this.hands.load({ kind: "load-zone", origin, file: null, sets: [], ...around });
  }

  open(before: number | null = null): void {
    this.hands.open({ kind: "open-zone", origin, serial: 8, before });
  }
}

test("a zone that was read after it had left is forgotten, and nobody hears of it", async () => {
  const scene = new Scene();
  scene.load();
  scene.hands.remove(origin);
  scene.loading.resolve(loaded);
  await scene.hands.arrived();
  expect(scene.events).toEqual([]);
  expect(scene.asked).toEqual(["remove", "remove"]);
});

test("a zone that has left and come back is opened when its present stay says so, not an earlier one", async () => {
  const scene = new Scene();
  scene.open();
  scene.hands.remove(origin);
  scene.load();
  scene.reading.resolve(null);
  scene.loading.resolve(loaded);
  await scene.hands.arrived();
  expect(scene.asked).toEqual(["remove"]);
  expect(scene.events).toEqual([{ kind: "zone-loaded", origin, serial: 7 }]);
  await scene.hands.publish({ origin: textName(origin), serial: 8, layer: "pools", put: [set], remove: [] }).done;
  expect(scene.told).toEqual([]);
});

test("a zone that leaves while it is opened is not told to be open", async () => {
  const scene = new Scene();
  scene.reading.resolve(null);
  scene.open();
  await expect.poll(() => scene.asked).toEqual(["open with no past"]);
  scene.hands.remove(origin);
  scene.load();
  scene.opening.resolve({ serial: 8, digest: "" });
  scene.loading.resolve(loaded);
  await scene.hands.arrived();
  expect(scene.events).toEqual([{ kind: "zone-loaded", origin, serial: 7 }]);
  expect(scene.told).toEqual([]);
});

test("what becomes durable after its zone has left is told to nobody", async () => {
  const scene = new Scene();
  scene.reading.resolve(null);
  scene.opening.resolve({ serial: 8, digest: "" });
  scene.open();
  await scene.hands.arrived();
  const { done, served } = scene.hands.publish({
    ...{ origin: textName(origin), serial: 9, layer: "pools", put: [set], remove: [] },
  });
  await served;
  scene.hands.remove(origin);
  scene.load();
  scene.saving.resolve({ kind: "ok" });
  await done;
  expect(scene.told).toEqual([8]);
});

test.each([
  { before: null, asked: "open with a past to 6" },
  { before: 6, asked: "open with a past to 6" },
  { before: 7, asked: "open with no past" },
])("M11 a zone whose last serial was $before: $asked", async ({ asked, before }) => {
  const scene = new Scene();
  scene.reading.resolve(past);
  scene.open(before);
  await expect.poll(() => scene.asked).toEqual([asked]);
});

test("M11 the controller hears of a serial that is further than the one it proposed, and others are told that one", async () => {
  const scene = new Scene();
  scene.reading.resolve(null);
  scene.opening.resolve({ serial: 8, digest: "" });
  scene.saving.resolve({ kind: "ok" });
  scene.open();
  await scene.hands.arrived();
  scene.ahead = 2;
  await scene.hands.publish({ origin: textName(origin), serial: 9, layer: "pools", put: [set], remove: [] }).done;
  expect(scene.events.at(-1)).toEqual({ kind: "serial-raised", origin, proposed: 9, serial: 11 });
  expect(scene.told).toEqual([8, 11]);
});
