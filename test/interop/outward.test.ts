/** NOTIFY and the proof of propagation, with real secondaries of a real primary. */
import { afterEach, expect, test } from "vitest";
import { fixtureConfig } from "../../src/core/fixtures.ts";
import type { Config, PeerConfig, ZoneConfig } from "../../src/core/model.ts";
import type { NameserverView } from "../../src/core/view.ts";
import { textName } from "../../src/dns/name.ts";
import { addressRdata } from "../../src/dns/rdata/index.ts";
import { rrType } from "../../src/dns/rr-types.ts";
import type { RRset } from "../../src/dns/types.ts";
import { createClock } from "../../src/io/clock.ts";
import { type OutwardRunner, type OutwardStory, startOutward } from "../../src/io/outward/outward.ts";
import { type Daemon, until } from "./daemon.ts";
import { changeZone, notifyKey, secondaryKinds, startLame, startPrimary, startSecondary } from "./zone-cast.ts";

const closes: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0).reverse()) await close();
});

async function kept<T extends Daemon>(starting: Promise<T>): Promise<T> {
  const daemon = await starting;
  closes.push(() => daemon.stop());
  return daemon;
}

function configFor(peers: readonly PeerConfig[], more: { lagMsMax?: number; intervalMs?: number } = {}): Config {
  const base = fixtureConfig([]);
  const [first] = base.zones;
  if (first === undefined) throw new Error("the fixture has a zone");
  const nameservers = peers.map((_, i) => `ns${i + 1}.example.org`);
  const addresses = Object.fromEntries(nameservers.map((name, i) => [name, peers[i] === undefined ? [] : [peers[i]]]));
  const zone: ZoneConfig = {
    ...first,
    origin: "example.org",
    nameservers,
    nameserverAddresses: addresses,
    transfer: { to: peers, allow: [] },
    publish: [{ kind: "embedded" }],
  };
  const audit = { intervalMs: more.intervalMs ?? 300_000, lagMsMax: more.lagMsMax ?? 10_000 };
  return { ...base, keys: [notifyKey], audit, zones: [zone] };
}

interface Watching {
  readonly outward: OutwardRunner;
  readonly stories: OutwardStory[];
  view(): readonly NameserverView[];
  /** Waits for a line of the story by its rule, and by whom it is about. */
  told(rule: string, name?: string): Promise<string>;
  servedEverywhere(serial: number): Promise<void>;
}

function watch(config: Config, decided: readonly RRset[] = []): Watching {
  const stories: OutwardStory[] = [];
  const outward = startOutward({
    clock: createClock(),
    embedded: () => [],
    decided: () => decided,
    onStory: (story) => stories.push(story),
    onAhead: () => undefined,
    onServedEverywhere: () => undefined,
  });
  closes.push(() => outward.close());
  outward.configure(config);
  const described = (): string => JSON.stringify([stories, outward.view()], null, 1);
  return {
    outward,
    stories,
    view: () => outward.view(),
    told: async (rule, name = "") => {
      const find = () => stories.find((story) => story.rule === rule && story.sentence.startsWith(name));
      await until(() => find() !== undefined, described);
      return find()?.sentence ?? "";
    },
    servedEverywhere: (serial) => until(() => outward.servedEverywhereAt("example.org", serial) !== null, described),
  };
}

const withKey = ({ endpoint }: Daemon): PeerConfig => ({ ...endpoint, key: notifyKey.name });

test("M3 M9 a signed NOTIFY makes named, knotd, nsd and pdns_server take a change, and each is seen to serve it", async () => {
  const primary = await kept(startPrimary());
  const secondaries = await Promise.all(secondaryKinds.map((kind) => kept(startSecondary(kind, primary.endpoint))));
  const watching = watch(configFor(secondaries.map(withKey)));
  watching.outward.published({ origin: "example.org", serial: 1_000_000_001, quiet: true });
  await watching.servedEverywhere(1_000_000_001);
  for (let round = 1; round <= 3; round++) {
    const serial = changeZone(primary, [`update add n${round}.example.org 60 A 192.0.2.${round}`]);
    watching.outward.published({ origin: "example.org", serial });
    await watching.servedEverywhere(serial);
    expect(watching.view().map(({ serial: seen, state }) => ({ seen, state }))).toEqual(
      secondaries.map(() => ({ seen: serial, state: "in-step" })),
    );
  }
  for (const { delays } of watching.view()) {
    expect(delays.count).toBe(4);
    expect(delays.buckets.reduce((sum, { count }) => sum + count, 0)).toBe(4);
  }
  expect(watching.stories).toEqual([]);
});

test("M3 a NOTIFY with a key that the secondary does not know is told, with what to do", async () => {
  const primary = await kept(startPrimary());
  const secondary = await kept(startSecondary("bind", primary.endpoint));
  const config = configFor([withKey(secondary)]);
  const wrong = { ...notifyKey, secret: Buffer.from("another secret").toString("base64") };
  const watching = watch({ ...config, keys: [wrong] });
  watching.outward.published({ origin: "example.org", serial: 1_000_000_002 });
  expect(await watching.told("notify/refused")).toContain("does not accept NOTIFY for zone example.org (NOTAUTH)");
});

test("M12 a frozen secondary raises one alarm, and is told of when it serves the change at last", async () => {
  const primary = await kept(startPrimary());
  const well = await kept(startSecondary("bind", primary.endpoint));
  const frozen = await kept(startSecondary("knot", primary.endpoint));
  const watching = watch(configFor([withKey(well), withKey(frozen)], { lagMsMax: 300 }));
  frozen.freeze();
  const serial = changeZone(primary, ["update add new.example.org 60 A 192.0.2.99"]);
  watching.outward.published({ origin: "example.org", serial });
  const alarm = await watching.told("nameserver/unknown", "ns2");
  expect(alarm).toContain(`does not serve serial ${serial} of zone example.org after 0.3 s`);
  expect(watching.outward.servedEverywhereAt("example.org", serial)).toBeNull();
  await until(
    () => watching.view()[1]?.state === "unreachable",
    () => JSON.stringify(watching.view()),
  );
  await until(
    () => watching.view()[0]?.state === "in-step",
    () => JSON.stringify(watching.view()),
  );
  frozen.resume();
  expect(await watching.told("nameserver/well", "ns2")).toContain(`it serves serial ${serial} of zone example.org`);
  await watching.servedEverywhere(serial);
  // The other one may have been late as well on a busy machine.
  const about = watching.stories.filter(({ sentence }) => sentence.startsWith("ns2"));
  expect(about.map(({ rule }) => rule)).toEqual(["nameserver/unknown", "nameserver/well"]);
});

test("M12 audits inside the controller find a lame nameserver and one that is gone, and tell each once", async () => {
  const primary = await kept(startPrimary());
  const well = await kept(startSecondary("nsd", primary.endpoint));
  const gone = await kept(startSecondary("bind", primary.endpoint));
  const watching = watch(configFor([withKey(well), withKey(gone)], { intervalMs: 200 }));
  watching.outward.published({ origin: "example.org", serial: 1_000_000_001, quiet: true });
  await watching.servedEverywhere(1_000_000_001);
  await gone.stop();
  expect(await watching.told("audit/found")).toContain("it cannot be asked: nothing listens on port");
  expect(watching.view()[1]?.state).toBe("unreachable");
  const lame = await kept(startLame(gone.endpoint.port));
  const config = configFor([withKey(well), { ...lame.endpoint, key: null }], { intervalMs: 200 });
  watching.outward.configure(config);
  await until(
    () => watching.view()[1]?.state === "lame",
    () => JSON.stringify(watching.view()),
  );
  expect(watching.view()[0]?.state).toBe("in-step");
});

test("M12 a server with serials of its own is proved to serve a change by the records", async () => {
  const server = await kept(startPrimary());
  const config = configFor([]);
  const zones = config.zones.map((zone) => ({
    ...zone,
    publish: [{ kind: "update", servers: [{ ...server.endpoint, key: null }] }] as const,
  }));
  const rdata = ["192.0.2.10", "192.0.2.11", "192.0.2.12"].map(addressRdata);
  const www = { owner: textName("www.example.org"), type: rrType.A, ttlSeconds: 60, rdata };
  const watching = watch({ ...config, zones }, [www]);
  watching.outward.published({ origin: "example.org", serial: 1_900_000_000 });
  await until(
    () => watching.view()[0]?.state === "behind",
    () => JSON.stringify(watching.view()),
  );
  expect(watching.view()[0]?.reason).toBe("it does not serve what was decided for www.example.org A");
  changeZone(server, ["update add www.example.org 60 A 192.0.2.12"]);
  await watching.servedEverywhere(1_900_000_000);
  expect(watching.view()[0]).toMatchObject({ name: "update server", state: "in-step", serial: 1_900_000_000 });
});

test("a nameserver without an address is shown, told of once, and holds up nothing", async () => {
  const config = configFor([]);
  const zones = config.zones.map((zone) => ({ ...zone, nameservers: ["ns1.invalid"], nameserverAddresses: {} }));
  const watching = watch({ ...config, zones });
  const sentence = await watching.told("nameserver/no-address");
  expect(sentence).toContain("the nameserver ns1.invalid cannot be watched: its address cannot be looked up (");
  watching.outward.published({ origin: "example.org", serial: 7 });
  await watching.servedEverywhere(7);
  expect(watching.view()).toMatchObject([{ name: "ns1.invalid", endpoint: "", state: "unknown" }]);
});
