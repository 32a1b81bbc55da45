/**
 * One seed, one life: a configuration, a minute of faults of every kind, then a quiet time in which everything must be
 * well again. The transcript is the run, line by line; the same seed gives the same bytes.
 */
import { createPrng } from "../src/base/prng.ts";
import { later, mono } from "../src/base/time.ts";
import { Agenda } from "./agenda.ts";
import { elsewhereFaults, restoreSites } from "./faults/elsewhere.ts";
import { fileFaults, restoreFiles } from "./faults/files.ts";
import { machineFaults, restoreMachines } from "./faults/machines.ts";
import { memberFaults, setCondition } from "./faults/members.ts";
import { musterFaults, startAgain } from "./faults/muster.ts";
import { nameserverFaults, restoreNameservers } from "./faults/nameservers.ts";
import { operatorFaults } from "./faults/operator.ts";
import { restoreZones, zoneFaults } from "./faults/zones.ts";
import { Host } from "./host.ts";
import type { Fault, Life } from "./life.ts";
import { isGuestIn, planConfig } from "./plan.ts";
import { Promises, noticeMsMax } from "./witness.ts";
import { Network } from "./network.ts";
import { startAt, World } from "./world.ts";
import type { PlantedFaults } from "./planted.ts";

export interface Run {
  readonly seed: number;
  /** Null: every promise was kept. */
  readonly broken: string | null;
  readonly transcript: readonly string[];
}

const faultMs = 60_000;
const quietMs = 2 * noticeMsMax + 10_000;
/** A change reaches every secondary within so long when nothing is lost. */
const settleMs = 3000;
/** A nameserver that has refused is left in peace for up to a minute. */
const restMs = 65_000;
const faultEveryMsMax = 4000;

const faults: readonly Fault[] = [
  ...memberFaults,
  ...musterFaults,
  ...operatorFaults,
  ...elsewhereFaults,
  ...machineFaults,
  ...nameserverFaults,
  ...fileFaults,
];

/** `only`: the kinds of faults that happen, for a test of what few of them bring to light; by default a part of all. */
export function runSeed(seed: number, planted: PlantedFaults = {}, only: readonly Fault[] = []): Run {
  const transcript: string[] = [];
  const prng = createPrng(seed);
  const agenda = new Agenda();
  const world = new World(agenda, prng, startAt);
  const promises = new Promises();
  const note = (line: string): void => void transcript.push(`${(agenda.now / 1000).toFixed(6)} ${line}`);
  const full = planConfig(prng);
  const network = new Network(agenda, prng);
  const host = new Host(world, full, { prng, network, witness: recording(promises, note), faults: planted });
  const life: Life = { prng, host, world, network, promises, full, note, counted: 0, backup: null };
  try {
    host.start();
    scheduleFaults(life, only);
    watch(life);
    agenda.runUntil(mono(faultMs));
    makePeace(life);
    agenda.runUntil(later(agenda.now, quietMs));
    // A change may just have left.
    for (const ms of [settleMs, restMs])
      if (promises.findLaggard(host) !== null) agenda.runUntil(later(agenda.now, ms));
    return { seed, broken: promises.findLaggard(host), transcript };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { seed, broken: `${error.name}: ${error.message}`, transcript };
  }
}

/** Each life knows only some kinds of faults, so that it has more of each (swarm testing, Groce et al., 2012). */
function scheduleFaults(life: Life, only: readonly Fault[]): void {
  const share = 0.3 + life.prng.next() * 0.7;
  const possible = isGuestIn(life.full) ? [...faults, ...zoneFaults] : faults;
  const known = only.length > 0 ? only : possible.filter(() => life.prng.next() < share);
  const next = (): void => {
    if (life.world.agenda.now >= faultMs) return;
    known[life.prng.int(known.length)]?.(life);
    life.world.agenda.after(life.prng.int(faultEveryMsMax), next);
  };
  life.world.agenda.after(life.prng.int(faultEveryMsMax), next);
}

function watch(life: Life): void {
  life.world.agenda.after(1000, () => {
    life.promises.checkLasting(life.host);
    life.promises.laggards.check(life.host, life.network);
    watch(life);
  });
}

/** Ends every fault: from here on all members serve, and the promises must show it. */
function makePeace(life: Life): void {
  const { host, note, promises, world } = life;
  note("peace");
  world.diskFull = false;
  world.brokenChannels.clear();
  promises.notify.noteSound(world.agenda.now);
  restoreSites(life);
  restoreMachines(life);
  restoreNameservers(life);
  restoreFiles(life);
  restoreZones(life);
  Object.assign(life.network, { loss: 0, delayMsMax: 20 });
  promises.noteSound(world.agenda.now);
  if (host.controller === null) startAgain(life);
  for (const [address, member] of world.members) {
    Object.assign(member, { loss: 0, answerMs: 5 });
    setCondition(life, address, "serving");
  }
}

/** Writes everything that passes into the transcript before the promises look at it. */
function recording(promises: Promises, note: (line: string) => void): ConstructorParameters<typeof Host>[2]["witness"] {
  return {
    zones: promises.zones,
    outlets: promises.outlets,
    onStart: (saved, host) => promises.onStart(saved, host),
    onReload: (config) => promises.onReload(config),
    onReport: (report, host) => promises.onReport(report, host),
    onStepped: (host) => promises.onStepped(host),
    onLost: (events) => promises.onLost(events),
    onDelivered: (message) => {
      for (const { state, text } of message.lines)
        note(`message ${message.id} to ${message.channel}: ${state}: ${text}`);
      promises.onDelivered(message);
    },
    onEvent: (event, host) => promises.onEvent(event, host),
    onTell: (event, host) => {
      note(`#${event.id} ${event.rule}: ${event.sentence}`);
      promises.onTell(event, host);
    },
    onPublish: (transaction, host) => {
      note(`serial ${transaction.serial}: ${transaction.put.length} sets`);
      promises.onPublish(transaction, host);
    },
  };
}
