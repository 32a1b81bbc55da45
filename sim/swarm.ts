/**
 * One seed, one life: a configuration, a minute of faults of every kind, then a quiet time in which everything must be
 * well again. The transcript is the run, line by line; the same seed gives the same bytes.
 */
import { createPrng, type Prng } from "../src/base/prng.ts";
import { textName } from "../src/dns/name.ts";
import { rrType } from "../src/dns/rr-types.ts";
import { serialGreater } from "../src/dns/serial.ts";
import { type MemoryDisk, readDisk } from "../src/ports/memory-store.ts";
import { later, mono, wall } from "../src/base/time.ts";
import type { Config } from "../src/core/model.ts";
import { Agenda } from "./agenda.ts";
import { Host } from "./host.ts";
import { planConfig, replan } from "./plan.ts";
import { Promises, noticeMsMax } from "./witness.ts";
import { Network } from "./network.ts";
import { World } from "./world.ts";
import type { PlantedFaults } from "./zone-keeper.ts";

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
const faultEveryMsMax = 4000;

interface Life {
  readonly prng: Prng;
  readonly host: Host;
  readonly world: World;
  readonly network: Network;
  readonly promises: Promises;
  readonly full: Config;
  readonly note: (line: string) => void;
  /** The last number that a client sent. */
  counted: number;
  backup: MemoryDisk | null;
}

type Fault = (life: Life) => void;

function anyAddress({ host, prng }: Life): string {
  const members = host.config.pools.flatMap((pool) => pool.members);
  return members[prng.int(members.length)]?.address ?? "192.0.2.1";
}

function condition(kind: "serving" | "stopped" | "frozen"): Fault {
  return (life) => {
    const address = anyAddress(life);
    life.note(`${address} is ${kind}`);
    setCondition(life, address, kind);
  };
}

function setCondition(life: Life, address: string, kind: "serving" | "stopped" | "frozen"): void {
  life.promises.noteCondition(address, life.world.agenda.now);
  life.world.setCondition(address, kind, (targetId) => life.host.trip(targetId));
}

function quality(lossMax: number, answerMsMax: number): Fault {
  return (life) => {
    const address = anyAddress(life);
    const member = life.world.member(address);
    member.loss = life.prng.next() * lossMax;
    member.answerMs = 1 + life.prng.int(answerMsMax);
    life.promises.noteCondition(address, life.world.agenda.now);
    life.note(`${address} loses ${member.loss.toFixed(3)} and takes ${member.answerMs} ms`);
  };
}

/** A client counts up the record of one of a few names. */
function update(life: Life): void {
  if (life.host.controller === null) return;
  const number = ++life.counted;
  const name = `u${life.prng.int(3)}.example.org`;
  const text = new TextEncoder().encode(String(number));
  const set = { owner: textName(name), type: rrType.TXT, ttlSeconds: 60, rdata: [Uint8Array.of(text.length, ...text)] };
  life.note(`UPDATE ${name} ${number}`);
  life.host.update("example.org", [set], (code) => {
    life.note(`UPDATE ${name} ${number} is answered with rcode ${code}`);
    if (code === 0) life.promises.zones.onAcknowledged(name, number);
  });
}

/**
 * The one thing that the world is not allowed: a disk that does not know the last serials (full, or restored), a crash, a
 * secondary that has them, and a clock that has stepped back behind them, all at once. Nothing is left then from which a
 * start could know of them; a disk or a clock that works is enough.
 */
function startAgain({ host, note, promises, world }: Life): void {
  if (host.controller !== null) return;
  const { serials } = readDisk(host.disk);
  for (const [origin, serial] of promises.zones.highest) {
    const lateMs = Math.ceil(serial * 1000 - world.now().wall);
    if (!serialGreater(serial, serials[origin] ?? 0) || lateMs <= 0) continue;
    note(`the wall clock is set right by ${lateMs} ms`);
    world.stepWallClock(lateMs);
  }
  host.start();
}

const faults: readonly Fault[] = [
  update,
  update,
  (life) => {
    life.network.loss = life.prng.next() < 0.5 ? 0 : life.prng.next() * 0.7;
    life.network.delayMsMax = 1 + life.prng.int(400);
    const { delayMsMax, loss } = life.network;
    life.note(`nameservers lose ${loss.toFixed(3)} and take ${delayMsMax} ms`);
  },
  condition("stopped"),
  condition("frozen"),
  condition("serving"),
  condition("serving"),
  quality(0.3, 900),
  quality(0, 50),
  (life) => {
    life.world.checkerSick = !life.world.checkerSick;
    life.note(`the checker is ${life.world.checkerSick ? "sick" : "sound"}`);
    life.promises.noteSound(life.world.agenda.now);
  },
  (life) => {
    life.world.diskFull = !life.world.diskFull;
    life.note(`the disk is ${life.world.diskFull ? "full" : "writable"}`);
  },
  (life) => {
    life.note("kill -9, and start again");
    life.host.kill();
    life.world.agenda.after(life.prng.int(3000), () => startAgain(life));
  },
  (life) => {
    life.backup = structuredClone(life.host.disk);
    life.note("a backup is taken");
  },
  (life) => {
    if (life.backup === null) return;
    life.note("kill -9, a backup is restored, and start again");
    life.host.kill();
    life.host.disk = structuredClone(life.backup);
    life.promises.zones.onRestored();
    life.world.agenda.after(life.prng.int(3000), () => startAgain(life));
  },
  (life) => {
    const ms = (life.prng.next() - 0.5) * 7_200_000;
    life.note(`the wall clock steps by ${Math.round(ms)} ms`);
    life.world.stepWallClock(ms);
  },
  (life) => {
    if (life.host.controller === null) return;
    life.note("reload");
    life.host.reload(replan(life.prng, life.full));
    life.promises.noteSound(life.world.agenda.now);
  },
  (life) => {
    const members = life.host.config.pools.flatMap((pool) => pool.members);
    const member = members[life.prng.int(members.length)]?.id ?? "";
    const setAt = life.world.now().wall;
    const expiresAt = life.prng.next() < 0.8 ? wall(setAt + life.prng.int(10_000)) : null;
    const override = {
      member,
      kind: life.prng.next() < 0.5 ? "drain" : "disable",
      owner: "swarm",
      reason: "fault",
      setAt,
      expiresAt,
    } as const;
    life.note(`${override.kind} ${member}`);
    life.host.dispatch({ kind: "override-set", overrides: [override] });
  },
  (life) => {
    const members = life.host.config.pools.flatMap((pool) => pool.members.map((member) => member.id));
    life.note("enable all");
    life.host.dispatch({ kind: "override-cleared", members, owner: "swarm" });
  },
];

export function runSeed(seed: number, planted: PlantedFaults = {}): Run {
  const transcript: string[] = [];
  const prng = createPrng(seed);
  const agenda = new Agenda();
  const world = new World(agenda, prng, wall(1_790_000_000_000));
  const promises = new Promises();
  const note = (line: string): void => void transcript.push(`${(agenda.now / 1000).toFixed(6)} ${line}`);
  const full = planConfig(prng);
  const network = new Network(agenda, prng);
  const host = new Host(world, full, { prng, network, witness: recording(promises, note), faults: planted });
  const life: Life = { prng, host, world, network, promises, full, note, counted: 0, backup: null };
  try {
    host.start();
    scheduleFaults(life);
    watch(life);
    agenda.runUntil(mono(faultMs));
    makePeace(life);
    agenda.runUntil(later(agenda.now, quietMs));
    // A change may just have left.
    if (promises.zones.findLaggard(host) !== null) agenda.runUntil(later(agenda.now, settleMs));
    return { seed, broken: promises.zones.findLaggard(host), transcript };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { seed, broken: `${error.name}: ${error.message}`, transcript };
  }
}

function scheduleFaults(life: Life): void {
  const next = (): void => {
    if (life.world.agenda.now >= faultMs) return;
    faults[life.prng.int(faults.length)]?.(life);
    life.world.agenda.after(life.prng.int(faultEveryMsMax), next);
  };
  life.world.agenda.after(life.prng.int(faultEveryMsMax), next);
}

function watch(life: Life): void {
  life.world.agenda.after(1000, () => {
    life.promises.checkLasting(life.host);
    watch(life);
  });
}

/** Ends every fault: from here on all members serve, and the promises must show it. */
function makePeace(life: Life): void {
  const { host, note, promises, world } = life;
  note("peace");
  world.diskFull = false;
  world.checkerSick = false;
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
    onStart: (saved, host) => promises.onStart(saved, host),
    onReload: (config) => promises.onReload(config),
    onVerdict: (event, host) => promises.onVerdict(event, host),
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
