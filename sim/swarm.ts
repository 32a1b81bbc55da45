/**
 * One seed, one life: a configuration, a minute of faults of every kind, then a quiet time in which everything must be
 * well again. The transcript is the run, line by line; the same seed gives the same bytes.
 */
import { createPrng, type Prng } from "../src/base/prng.ts";
import { later, mono, wall } from "../src/base/time.ts";
import type { Config } from "../src/core/model.ts";
import { Agenda } from "./agenda.ts";
import { Host } from "./host.ts";
import { planConfig, replan } from "./plan.ts";
import { Promises, noticeMsMax } from "./witness.ts";
import { World } from "./world.ts";

export interface Run {
  readonly seed: number;
  /** Null: every promise was kept. */
  readonly broken: string | null;
  readonly transcript: readonly string[];
}

const faultMs = 60_000;
const quietMs = 2 * noticeMsMax + 10_000;
const faultEveryMsMax = 4000;

interface Life {
  readonly prng: Prng;
  readonly host: Host;
  readonly world: World;
  readonly promises: Promises;
  readonly full: Config;
  readonly note: (line: string) => void;
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

const faults: readonly Fault[] = [
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
    life.world.agenda.after(life.prng.int(3000), () => life.host.controller ?? life.host.start());
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

export function runSeed(seed: number): Run {
  const transcript: string[] = [];
  const prng = createPrng(seed);
  const agenda = new Agenda();
  const world = new World(agenda, prng, wall(1_790_000_000_000));
  const promises = new Promises();
  const note = (line: string): void => void transcript.push(`${(agenda.now / 1000).toFixed(6)} ${line}`);
  const full = planConfig(prng);
  const host = new Host(world, full, { prng, witness: recording(promises, note) });
  const life: Life = { prng, host, world, promises, full, note };
  try {
    host.start();
    scheduleFaults(life);
    watch(life);
    agenda.runUntil(mono(faultMs));
    makePeace(life);
    agenda.runUntil(later(agenda.now, quietMs));
    return { seed, broken: null, transcript };
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
  promises.noteSound(world.agenda.now);
  if (host.controller === null) host.start();
  for (const [address, member] of world.members) {
    Object.assign(member, { loss: 0, answerMs: 5 });
    setCondition(life, address, "serving");
  }
}

/** Writes everything that passes into the transcript before the promises look at it. */
function recording(promises: Promises, note: (line: string) => void): ConstructorParameters<typeof Host>[2]["witness"] {
  return {
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
