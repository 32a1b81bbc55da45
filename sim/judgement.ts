/**
 * Histories to judge by: each seed makes one, of one kind, in which it is known at every moment who is well. The real
 * controller plays it with its defaults and one reference; what is measured is who was removed while well, who was not
 * removed while down, and how long it took.
 */
import { createPrng, type Prng } from "../src/base/prng.ts";
import { mono, wall } from "../src/base/time.ts";
import { fixtureCheck, fixtureConfig, fixtureMember, fixturePool } from "../src/core/fixtures.ts";
import type { Config } from "../src/core/model.ts";
import { makeReference } from "../src/core/target.ts";
import { Agenda } from "./agenda.ts";
import { Host } from "./host.ts";
import { Network } from "./network.ts";
import { OutletPromises } from "./outlet-witness.ts";
import { answerOf } from "./witness.ts";
import { World } from "./world.ts";
import { ZonePromises } from "./zone-witness.ts";

export const historyKinds = [
  "crash",
  "freeze",
  "slow",
  "lossy",
  "own link lost",
  "flapping",
  "rolling restart",
  "site loss",
] as const;
export type HistoryKind = (typeof historyKinds)[number];

export interface Judged {
  readonly seed: number;
  readonly kind: HistoryKind;
  /** Members that left the answers while they were well. */
  readonly falseRemovals: number;
  /** Faults of more than `noticeableMs` that never left the answers. */
  readonly missedFaults: number;
  /** From the fault to the first answer without the member, in intervals. */
  readonly detections: readonly number[];
}

/** muster's defaults; see `config/build-checks`. */
const check = fixtureCheck({ timeout: { kind: "auto", minMs: 400, maxMs: 5000 } });
const addresses = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "198.51.100.1", "198.51.100.2", "198.51.100.3"];
const referenceAddress = "203.0.113.1";
const warmUpMs = 10_000;
const historyMs = 60_000;
const lookEveryMs = 10;
/** A fault that is shorter may pass unseen. */
const noticeableMs = 2_000;
/** A member that has just recovered may be out for so long: it has to prove itself. */
const graceMs = 4_000;

/** One member is down from one moment to another. */
interface Fault {
  readonly address: string;
  readonly from: number;
  readonly to: number;
  removedAt: number | null;
}

interface Stage {
  readonly agenda: Agenda;
  readonly world: World;
  readonly host: Host;
  readonly prng: Prng;
  readonly faults: Fault[];
}

function configOf(): Config {
  const members = addresses.map((address) => fixtureMember(address, { check }));
  const reference = makeReference({ address: referenceAddress, family: 4, check });
  return fixtureConfig([fixturePool(members)], { references: [reference] });
}

function createStage(seed: number): Stage {
  const prng = createPrng(seed);
  const agenda = new Agenda();
  const world = new World(agenda, prng, wall(1_790_000_000_000));
  const zones = new ZonePromises();
  const nothing = (): void => undefined;
  const witness = {
    zones,
    outlets: new OutletPromises(zones),
    onStart: nothing,
    onReload: nothing,
    onReport: nothing,
    onStepped: nothing,
    onLost: nothing,
    onDelivered: nothing,
    onEvent: nothing,
    onTell: nothing,
    onPublish: nothing,
  };
  const network = new Network(agenda, prng);
  const host = new Host(world, configOf(), { prng, network, witness });
  for (const address of [...addresses, referenceAddress]) world.member(address).answerMs = 1 + prng.int(30);
  return { agenda, world, host, prng, faults: [] };
}

/** Puts a member into a condition at a time, and takes it out again. */
function plan(stage: Stage, address: string, fault: { kind: "stopped" | "frozen"; at: number; forMs: number }): void {
  const { agenda, host, world } = stage;
  const { at, forMs, kind } = fault;
  const set = (condition: "serving" | "stopped" | "frozen"): void =>
    world.setCondition(address, condition, (targetId) => host.trip(targetId));
  stage.faults.push({ address, from: at, to: at + forMs, removedAt: null });
  agenda.after(at - agenda.now, () => set(kind));
  agenda.after(at + forMs - agenda.now, () => set("serving"));
}

const anyAddress = ({ prng }: Stage): string => addresses[prng.int(addresses.length)] ?? referenceAddress;

const histories: Readonly<Record<HistoryKind, (stage: Stage) => void>> = {
  crash: (stage) => {
    plan(stage, anyAddress(stage), { kind: "stopped", at: warmUpMs + stage.prng.int(5000), forMs: 20_000 });
  },
  freeze: (stage) => {
    plan(stage, anyAddress(stage), { kind: "frozen", at: warmUpMs + stage.prng.int(5000), forMs: 20_000 });
  },
  // Three times as slow as before is no fault.
  slow: (stage) => {
    const member = stage.world.member(anyAddress(stage));
    stage.agenda.after(warmUpMs, () => {
      member.answerMs = 50 + stage.prng.int(150);
    });
  },
  lossy: (stage) => {
    const member = stage.world.member(anyAddress(stage));
    stage.agenda.after(warmUpMs, () => {
      member.loss = 0.01 + stage.prng.next() * 0.04;
    });
  },
  // Nothing comes through to anybody, the reference included.
  "own link lost": (stage) => {
    const all = [...addresses, referenceAddress];
    const cut = (loss: number): void => {
      for (const address of all) stage.world.member(address).loss = loss;
    };
    stage.agenda.after(warmUpMs + stage.prng.int(3000), () => cut(1));
    stage.agenda.after(warmUpMs + 5000 + stage.prng.int(20_000), () => cut(0));
  },
  flapping: (stage) => {
    const address = anyAddress(stage);
    for (let at = warmUpMs; at < warmUpMs + 40_000; at += 8000) {
      plan(stage, address, { kind: "stopped", at, forMs: 2500 + stage.prng.int(1500) });
    }
  },
  "rolling restart": (stage) => {
    for (const [i, address] of addresses.entries()) {
      plan(stage, address, { kind: "stopped", at: warmUpMs + i * 7000, forMs: 2500 + stage.prng.int(1000) });
    }
  },
  "site loss": (stage) => {
    const at = warmUpMs + stage.prng.int(5000);
    for (const address of addresses.slice(3)) plan(stage, address, { kind: "frozen", at, forMs: 25_000 });
  },
};

export function judgeHistory(seed: number): Judged {
  const kind = historyKinds[seed % historyKinds.length] ?? "crash";
  const stage = createStage(seed);
  stage.host.start();
  histories[kind](stage);
  const left = new Set<string>();
  let falseRemovals = 0;
  for (let at = 0; at < historyMs; at += lookEveryMs) {
    stage.agenda.runUntil(mono(at));
    if (at >= warmUpMs) falseRemovals += look(stage, { at, left });
  }
  const intervals = stage.faults.flatMap(({ from, removedAt }) =>
    removedAt === null ? [] : [(removedAt - from) / check.intervalMs],
  );
  const missedFaults = stage.faults.filter(
    ({ from, removedAt, to }) => removedAt === null && to - from >= noticeableMs,
  ).length;
  return { seed, kind, falseRemovals, missedFaults, detections: intervals };
}

/** Compares the answer with who is well; returns how many have wrongly left since the last look. */
function look({ faults, host }: Stage, { at, left }: { at: number; left: Set<string> }): number {
  const pool = host.config.pools[0];
  const answer = pool === undefined ? null : answerOf(pool, host);
  if (answer === null) return 0;
  let wrongly = 0;
  for (const address of addresses) {
    const isOut = !answer.addresses.includes(address) && !answer.lastResort;
    const isNews = isOut && !left.has(address);
    if (isOut) left.add(address);
    else left.delete(address);
    const fault = faults.find((one) => one.address === address && at >= one.from && at < one.to + graceMs);
    if (fault !== undefined && isOut && at < fault.to) fault.removedAt ??= at;
    if (fault === undefined && isNews) wrongly += 1;
  }
  return wrongly;
}
