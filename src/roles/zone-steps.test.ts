import { expect, test } from "vitest";
import { wall } from "../base/time.ts";
import { fixtureConfig, fixtureMember, fixturePool, fixtureZone } from "../core/fixtures.ts";
import { textName } from "../dns/name.ts";
import type { RRset } from "../dns/types.ts";
import { viewStatus } from "./controller-view.ts";
import type { MemberState } from "./controller-state.ts";
import { Drive, good, poolOf } from "./drive.ts";
import { nothingSaved } from "../ports/store.ts";
import { viewRecords } from "./records-view.ts";

const hour = 3_600_000;
const txt: RRset = {
  owner: textName("_acme-challenge.example.org"),
  type: 16,
  ttlSeconds: 60,
  rdata: [Uint8Array.of(1, 120)],
};
const pool = poolOf(["192.0.2.1", "192.0.2.2"], { intervalMs: hour });

function running(changes = {}): Drive {
  const drive = new Drive(fixtureConfig([pool], { zones: [fixtureZone(changes)] }));
  drive.run(3100);
  return drive;
}

function update(request: number, put: readonly RRset[]): Parameters<Drive["step"]>[0] {
  return { kind: "updates-requested", origin: "example.org", updates: [{ request, key: "k", put, remove: [] }] };
}

test("a zone is opened once, after its pools are decided, so that no name is denied before", () => {
  const drive = new Drive(fixtureConfig([pool]));
  expect(drive.effects.map(({ kind }) => kind)).not.toContain("open-zone");
  drive.run(3100);
  const kinds = drive.effects.map(({ kind }) => kind).filter((kind) => kind === "publish" || kind === "open-zone");
  expect(kinds.slice(0, 2)).toEqual(["publish", "open-zone"]);
  expect(kinds.filter((kind) => kind === "open-zone")).toHaveLength(1);
});

test("M9 a step that changes nothing sends nothing", () => {
  const drive = running();
  drive.transactions();
  drive.step({ kind: "configured", config: fixtureConfig([pool]), sentences: [] });
  expect(drive.transactions()).toEqual([]);
});

const allow = [{ prefix: "127.0.0.0/8", key: null }];

/** A zone that only repeats its file, whose serial is 1, after a restart. */
function repeating(serial: number, changes = {}): Drive {
  const config = fixtureConfig([], { zones: [fixtureZone({ file: "zone", ...changes })] });
  return new Drive(config, { ...nothingSaved, serials: { "example.org": serial } });
}

function proposedBy(drive: Drive): number | undefined {
  return drive.effects.flatMap((effect) => (effect.kind === "open-zone" ? [effect.serial] : [])).at(-1);
}

test("M11 a zone that only repeats its file has its serial again after a restart, or the file's if that is further", () => {
  const serials = [0, 1, 9, 0xffff_ffff];
  expect(serials.map((serial) => proposedBy(repeating(serial)))).toEqual([1, 1, 9, 1]);
});

const wholeFile = { kind: "file", path: "copy", block: false, reload: null, reloadMsMax: 1000 } as const;

test("M11 where somebody has copies of it, a further one is proposed, and the one with which it opened is saved", () => {
  for (const changes of [{ transfer: { to: [], allow } }, { publish: [{ kind: "embedded" }, wholeFile] }]) {
    const drive = repeating(9, changes);
    expect(proposedBy(drive)).toBe(10);
    const effects = drive.step({ kind: "zone-opened", origin: "example.org", proposed: 10, serial: 9 });
    const saved = effects.flatMap((effect) => (effect.kind === "save" ? [effect.batch.serials] : []));
    expect(saved).toEqual([{ "example.org": 9 }]);
  }
});

test("what clients put into a zone is there again when the zone left the configuration and came back", () => {
  const drive = running();
  drive.step(update(1, [txt]));
  const serial = drive.controller.state.zones.get("example.org")?.serial ?? 0;
  drive.step({ kind: "configured", config: fixtureConfig([], { zones: [] }), sentences: [] });
  drive.transactions();
  drive.step({ kind: "configured", config: fixtureConfig([]), sentences: [] });
  drive.step({ kind: "zone-loaded", origin: "example.org", serial: 0 });
  const [transaction] = drive.transactions();
  expect([transaction?.layer, transaction?.put]).toEqual(["updates", [txt]]);
  expect(transaction?.serial).toBeGreaterThan(serial);
});

test("M10 a quiet zone gets a new serial after a day, and again a day later", () => {
  const drive = running();
  const before = drive.transactions().at(-1)?.serial ?? 0;
  for (let hours = 0; hours < 49; hours++) {
    drive.ms += hour;
    drive.run(1);
  }
  const transactions = drive.effects.flatMap((effect) => (effect.kind === "publish" ? [effect.transaction] : []));
  expect(transactions.map(({ put, remove }) => [put.length, remove.length])).toEqual([
    [0, 0],
    [0, 0],
  ]);
  expect(transactions[0]?.serial).toBeGreaterThan(before + 86_000);
  expect(drive.told("answer").at(-1)).toBe("zone example.org is published again: nothing has changed for 24 h");
});

/** Serials of a zone that only repeats its file: as it opens, and as nothing changes for two days. */
function quietSerials(fileSerial: number): readonly (number | undefined)[] {
  const origin = "example.net";
  const drive = new Drive(fixtureConfig([], { zones: [fixtureZone({ origin, file: "zone" })] }));
  drive.step({ kind: "zone-loaded", origin, serial: fileSerial });
  const shown = [proposedBy(drive)];
  for (let day = 0; day < 2; day++) {
    drive.ms += 24 * hour;
    drive.run(1);
    shown.push(drive.transactions().at(-1)?.serial, viewRecords(drive.controller.state, origin, drive.now)?.serial);
  }
  return shown;
}

test("M11 0 is a serial like any other, whether a file has it or others come round to it", () => {
  expect(quietSerials(0)).toEqual([0, 1, 1, 2, 2]);
  expect(quietSerials(0xffff_ffff)).toEqual([0xffff_ffff, 0, 0, 1, 1]);
});

test("M10 a zone that is never to be published again is left alone", () => {
  const drive = running({ republishMs: null });
  drive.transactions();
  drive.ms += 100 * hour;
  drive.run(1);
  expect(drive.transactions()).toEqual([]);
});

test("M10 a zone that is due while muster is away is published again as soon as it is back, and once", () => {
  const before = running();
  const zone = before.controller.state.zones.get("example.org");
  const serial = (zone?.serial ?? 0) - 25 * 3600;
  const drive = new Drive(fixtureConfig([pool]), { ...nothingSaved, serials: { "example.org": serial } });
  drive.run(3100);
  // Nothing has changed since then: it is opened with the serial that it had.
  const opening = drive.effects.find((effect) => effect.kind === "open-zone");
  expect(opening?.kind).toBe("open-zone");
  drive.effects.length = 0;
  const proposed = drive.controller.state.zones.get("example.org")?.serial ?? 0;
  drive.step({ kind: "zone-opened", origin: "example.org", proposed, serial });
  drive.ms += hour;
  drive.run(1);
  expect(drive.transactions().map(({ put, remove }) => [put.length, remove.length])).toEqual([[0, 0]]);
});

test("M7 a zone whose records are those of before a restart is shown with the serial that it is served with", () => {
  const serial = 1_800_000_000;
  const drive = new Drive(fixtureConfig([pool]), { ...nothingSaved, serials: { "example.org": serial } });
  drive.step({ kind: "zone-loaded", origin: "example.org", serial: serial + 50 });
  drive.run(3100);
  const proposed = drive.controller.state.zones.get("example.org")?.serial ?? 0;
  drive.step({ kind: "zone-opened", origin: "example.org", proposed, serial });
  const view = { version: "1", now: drive.now, outlets: [], nameservers: [] };
  expect(viewStatus(drive.controller.state, view).zones[0]?.serial).toBe(serial);
  expect(viewRecords(drive.controller.state, "example.org", drive.now)?.serial).toBe(serial);
});

test("M10 a zone that only other servers hold is left to them", () => {
  const servers = [{ address: "192.0.2.53", port: 53, key: null }];
  const drive = running({ publish: [{ kind: "update", servers }] });
  drive.transactions();
  drive.ms += 100 * hour;
  drive.run(1);
  expect([drive.transactions(), drive.told("answer").filter((line) => line.includes("again"))]).toEqual([[], []]);
});

test("a client's update is one transaction, saved, and answered behind both", () => {
  const drive = running();
  drive.effects.length = 0;
  const kinds = drive.step(update(7, [txt])).map((effect) => effect.kind);
  expect(kinds).toEqual(["tell", "publish", "save", "answer-update"]);
  expect(drive.transactions()[0]).toMatchObject({ layer: "updates", put: [txt] });
  const [zone] = drive.controller.state.zones.values();
  expect([...(zone?.updates.values() ?? [])]).toEqual([txt]);
});

test("a client may not touch a pool's name, and nothing of its update happens", () => {
  const drive = running();
  drive.effects.length = 0;
  const stray = { ...txt, owner: textName("WWW.example.org") };
  expect(drive.step(update(8, [txt, stray]))).toEqual([{ kind: "answer-update", request: 8, rcode: 5 }]);
});

/** Updates that go together, numbered from 1: each puts a text at one of these names. */
function group(...labels: readonly string[]): Parameters<Drive["step"]>[0] {
  const updates = labels.map((label, at) => {
    const put = [{ ...txt, owner: textName(`${label}.example.org`) }];
    return { request: at + 1, key: "k", put, remove: [] };
  });
  return { kind: "updates-requested", origin: "example.org", updates };
}

test("updates that go together are one transaction with one serial and one save, and each is told and answered", () => {
  const drive = running();
  drive.effects.length = 0;
  const kinds = drive.step(group("a", "b", "a")).map((effect) => effect.kind);
  const answers = ["answer-update", "answer-update", "answer-update"];
  expect(kinds).toEqual(["tell", "tell", "tell", "publish", "save", ...answers]);
  expect(drive.transactions()[0]?.put.map(({ owner }) => owner)).toEqual([
    textName("a.example.org"),
    textName("b.example.org"),
  ]);
});

test("of updates that go together, those before a refused one are made, and those behind it are to come again", () => {
  const drive = running();
  drive.effects.length = 0;
  const effects = drive.step(group("a", "www", "b"));
  const codes = effects.flatMap((effect) => (effect.kind === "answer-update" ? [[effect.request, effect.rcode]] : []));
  expect(new Map(codes as [number, number][])).toEqual(
    new Map([
      [1, 0],
      [2, 5],
      [3, 2],
    ]),
  );
  expect(drive.transactions()[0]?.put).toHaveLength(1);
});

test("M7 what clients put comes back after a restart, before the zone is opened", () => {
  const saved = { ...nothingSaved, updates: { "example.org": [txt] } };
  const drive = new Drive(fixtureConfig([pool]), saved);
  drive.run(3100);
  expect(drive.transactions().map(({ layer }) => layer)).toContain("updates");
});

test("another primary's differences go into the base, and the serial stays above both", () => {
  const drive = running();
  drive.transactions();
  drive.step({ kind: "base-changed", origin: "example.org", serial: 2_100_000_000, put: [txt], remove: [] });
  const [transaction] = drive.transactions();
  expect(transaction).toMatchObject({ layer: "base", serial: 2_100_000_001, put: [txt] });
});

test("a zone without pools has the serial of its primary", () => {
  const zone = fixtureZone({ primaries: [{ address: "192.0.2.53", port: 53, key: null }] });
  const drive = new Drive(fixtureConfig([], { zones: [zone] }));
  expect(drive.effects).toContainEqual({ kind: "open-zone", origin: "example.org", serial: 1, before: null });
  drive.step({ kind: "base-changed", origin: "example.org", serial: 5, put: [txt], remove: [] });
  expect(drive.transactions().at(-1)?.serial).toBe(5);
});

test("a zone that only goes to servers that take updates is not served here", () => {
  const publish = [{ kind: "update", servers: [{ address: "192.0.2.53", port: 53, key: null }] }] as const;
  const drive = running({ publish });
  expect(drive.effects.map(({ kind }) => kind)).not.toContain("load-zone");
  expect(drive.transactions().map(({ layer }) => layer)).toEqual(["pools"]);
});

test.each([
  ["of its own", {}],
  ["with a file", { file: "zone" }],
  ["with primaries", { primaries: [{ address: "192.0.2.53", port: 53, key: null }] }],
])("a zone that only other servers had is opened when muster comes to serve it, too: %s", (_what, changes) => {
  const publish = [{ kind: "update", servers: [{ address: "192.0.2.53", port: 53, key: null }] }] as const;
  const drive = running({ publish });
  drive.transactions();
  drive.step({ kind: "configured", config: fixtureConfig([pool], { zones: [fixtureZone(changes)] }), sentences: [] });
  expect(drive.transactions()).toEqual([]);
  drive.step({ kind: "zone-loaded", origin: "example.org", serial: 1 });
  expect(drive.effects.map(({ kind }) => kind)).toContain("open-zone");
  expect(drive.transactions().map(({ layer }) => layer)).toEqual(["pools"]);
});

const peers = [{ address: "192.0.2.53", port: 53, key: null }];
const file = { kind: "file", path: "/zone", block: false, reload: null, reloadMsMax: 1000 };

/** A member that has just been drained. */
function drainedIn(drive: Drive): MemberState | undefined {
  const about = { member: "www.example.org/192.0.2.2", owner: "o", reason: "r", setAt: wall(0), expiresAt: null };
  drive.transactions();
  drive.step({ kind: "override-set", overrides: [{ kind: "drain", ...about }] });
  return drive.controller.state.pools.get("www.example.org")?.members[1];
}

test.each([
  ["a secondary", { transfer: { to: peers, allow: [] } }],
  ["a server that is updated", { publish: [{ kind: "update", servers: peers }] }],
  ["a server that reads a file", { publish: [{ kind: "embedded" }, file] }],
])("a drained member is safe to stop only when no nameserver hands it out any more: %s", (_who, changes) => {
  const drive = running(changes);
  const state = drainedIn(drive);
  const serial = drive.transactions().at(-1)?.serial ?? 0;
  expect(state?.leftWith).toEqual({ serial, ttlSeconds: 30 });
  drive.step({ kind: "served-everywhere", origin: "example.org", serial: serial - 1, at: drive.now.wall });
  expect(state?.leftWith?.serial).toBe(serial);
  drive.ms += 60_000;
  drive.step({ kind: "served-everywhere", origin: "example.org", serial, at: drive.now.wall });
  expect([state?.leftWith, state?.safeToStopAt]).toEqual([null, drive.now.wall + 30_000]);
});

test("M11 a serial that turns out to be further is what a member left with, and the next one lies above it", () => {
  const drive = running({ transfer: { to: peers, allow: [] } });
  const left = drainedIn(drive);
  const serial = left?.leftWith?.serial ?? 0;
  drive.step({ kind: "serial-raised", origin: "example.org", proposed: serial, serial: serial + 50_000 });
  expect(left?.leftWith?.serial).toBe(serial + 50_000);
  drive.transactions();
  drive.step(update(1, [txt]));
  expect(drive.transactions().at(-1)?.serial).toBe(serial + 50_001);
});

test("P7 the normal state comes in one transaction, without overrides, and what is down leaves again by itself", () => {
  const quick = poolOf(["192.0.2.1", "192.0.2.2"]);
  const drive = new Drive(fixtureConfig([quick]));
  drive.run(3100);
  const refused = { kind: "down", tookMs: 1, reason: "connection refused" } as const;
  const member = "www.example.org/192.0.2.1";
  drive.step({
    kind: "override-set",
    overrides: [{ member, kind: "disable", owner: "o", reason: "r", setAt: wall(0), expiresAt: null }],
  });
  drive.run(5000, refused);
  expect(drive.answer()).toBe("192.0.2.2");
  drive.transactions();
  drive.step({ kind: "reset", owner: "operator", reason: "exercise" });
  expect(drive.transactions().map(({ put }) => put[0]?.rdata.length)).toEqual([2]);
  expect(drive.answer()).toBe("192.0.2.1 192.0.2.2");
  expect(drive.controller.state.overrides.size).toBe(0);
  drive.run(5000, refused);
  expect([...drive.controller.state.targets.values()].map(({ judgement }) => judgement.health)).toEqual([
    "down",
    "down",
  ]);
  drive.run(5000, good);
});

test("M11 a zone rises above the serial of a secondary that knows more, once", () => {
  const drive = running();
  drive.transactions();
  const ahead = {
    kind: "serial-ahead",
    origin: "example.org",
    serial: 2_000_000_000,
    endpoint: "192.0.2.53:53",
  } as const;
  drive.step(ahead);
  expect(drive.transactions()).toMatchObject([{ serial: 2_000_000_001, put: [], remove: [] }]);
  drive.step(ahead);
  expect(drive.transactions()).toEqual([]);
});

test("M11 a zone rises above a serial under which somebody has other records, once", () => {
  const drive = running();
  drive.transactions();
  const serial = drive.controller.state.zones.get("example.org")?.serial ?? 0;
  const ahead = { kind: "serial-ahead", origin: "example.org", serial, endpoint: "file /zone", differs: true } as const;
  drive.step(ahead);
  expect(drive.transactions().map((each) => each.serial > serial)).toEqual([true]);
  drive.step(ahead);
  expect(drive.transactions()).toEqual([]);
});

test("M11 a secondary that has a change before anybody was told of it is not ahead", () => {
  const drive = running();
  const serial = drive.transactions().at(-1)?.serial ?? 0;
  drive.step({ kind: "serial-ahead", origin: "example.org", serial, endpoint: "192.0.2.53:53" });
  expect([drive.told("trouble"), drive.transactions()]).toEqual([[], []]);
});

test("a burst of decisions is few transactions: the first at once, the rest together", () => {
  const names = Array.from({ length: 50 }, (_, i) => `p${i}.example.org`);
  const pools = names.map((name, i) =>
    fixturePool([fixtureMember(`192.0.2.${i + 1}`, { id: `${name}/192.0.2.${i + 1}`, pool: name })], { name }),
  );
  const drive = new Drive(fixtureConfig(pools));
  drive.run(3100);
  drive.transactions();
  for (const name of names.slice(0, 30)) {
    const member = `${name}/192.0.2.${names.indexOf(name) + 1}`;
    const override = { member, kind: "drain", owner: "o", reason: "r", setAt: wall(0), expiresAt: null } as const;
    drive.step({ kind: "override-set", overrides: [override] });
  }
  drive.run(20);
  const transactions = drive.transactions();
  expect(transactions).toHaveLength(2);
  expect(new Set(transactions.flatMap(({ put }) => put.map(({ owner }) => owner))).size).toBe(30);
});
