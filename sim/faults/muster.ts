/** What happens to muster's own machine: its network, its disk, its life, its file, and clients that update its zone. */
import { textName } from "../../src/dns/name.ts";
import { rrType } from "../../src/dns/rr-types.ts";
import { serialGreater } from "../../src/dns/serial.ts";
import { readDisk } from "../../src/ports/memory-store.ts";
import type { Config } from "../../src/core/model.ts";
import { type Fault, type Life, pick } from "../life.ts";
import { guestZone, replan } from "../plan.ts";

/** A client counts up the record of one of a few names. */
export const update: Fault = (life) => {
  if (life.host.controller === null) return;
  const number = ++life.counted;
  const { origin } = pick(life.prng, life.full.zones);
  const name = `u${life.prng.int(3)}.${origin}`;
  const text = new TextEncoder().encode(String(number));
  const set = { owner: textName(name), type: rrType.TXT, ttlSeconds: 60, rdata: [Uint8Array.of(text.length, ...text)] };
  life.note(`UPDATE ${name} ${number}`);
  life.host.update(origin, [set], (code) => {
    life.note(`UPDATE ${name} ${number} is answered with rcode ${code}`);
    if (code === 0) life.promises.zones.onAcknowledged(name, number);
  });
};

/**
 * The one thing that the world is not allowed: a disk that does not know the last serials (full, or restored), a crash, a
 * secondary that has them, and a clock that has stepped back behind them, all at once. Nothing is left then from which a
 * start could know of them; a disk or a clock that works is enough. A guest counts on from the serial of its
 * file, or comes back when the clock is wrong again: its secondaries are set up anew.
 */
export function startAgain({ host, note, promises, world }: Life): void {
  if (host.controller !== null) return;
  const { serials } = readDisk(host.disk);
  for (const [origin, serial] of promises.zones.highest) {
    const lateMs = Math.ceil(serial * 1000 - world.now().wall);
    const durable = serials[origin];
    if (durable !== undefined && !serialGreater(serial, durable)) continue;
    if (origin === guestZone) {
      note(`the secondaries of ${origin} are set up anew`);
      for (const secondary of host.secondaries) if (secondary.parts.origin === origin) secondary.reset();
      promises.zones.onForgotten(origin);
    } else if (lateMs > 0) {
      note(`the wall clock is set right by ${lateMs} ms`);
      world.stepWallClock(lateMs);
    }
  }
  host.start();
}

const nameservers: Fault = (life) => {
  life.network.loss = life.prng.next() < 0.5 ? 0 : life.prng.next() * 0.7;
  life.network.delayMsMax = 1 + life.prng.int(400);
  const { delayMsMax, loss } = life.network;
  life.note(`nameservers lose ${loss.toFixed(3)} and take ${delayMsMax} ms`);
};

const sickness: Fault = (life) => {
  const { home } = life.world;
  home.isSick = !home.isSick;
  life.note(`the checker is ${home.isSick ? "sick" : "sound"}`);
  life.promises.noteSound(life.world.agenda.now);
};

export const disk: Fault = (life) => {
  life.world.diskFull = !life.world.diskFull;
  life.note(`the disk is ${life.world.diskFull ? "full" : "writable"}`);
  life.promises.notify.noteSound(life.world.agenda.now);
};

export const crash: Fault = (life) => {
  life.note("kill -9, and start again");
  life.host.kill();
  life.world.agenda.after(life.prng.int(3000), () => startAgain(life));
};

/** Not for long: the longer a channel fails, the longer it rests. */
const channel: Fault = ({ note, prng, promises, world }) => {
  world.brokenChannels.add("ops");
  note("the channel ops fails");
  world.agenda.after(prng.int(15_000), () => {
    world.brokenChannels.delete("ops");
    note("the channel ops works");
    promises.notify.noteSound(world.agenda.now);
  });
};

/** In order: everything is saved once more. */
const stop: Fault = (life) => {
  if (life.host.controller === null) return;
  life.note("stop, and start again");
  const { host, world } = life;
  host.dispatch({ kind: "stopping" });
  const stopped = host.controller;
  world.agenda.after(20, () => {
    if (host.controller === stopped) host.kill();
  });
  world.agenda.after(50 + life.prng.int(1000), () => startAgain(life));
};

const backup: Fault = (life) => {
  life.backup = structuredClone(life.host.disk);
  life.note("a backup is taken");
};

const restore: Fault = (life) => {
  if (life.backup === null) return;
  life.note("kill -9, a backup is restored, and start again");
  life.host.kill();
  life.host.disk = structuredClone(life.backup);
  life.promises.onRestored();
  life.world.agenda.after(life.prng.int(3000), () => startAgain(life));
};

/** muster reads a configuration; when it is dead, it does so at its next start. */
export function reloadTo(life: Life, config: Config, words: string): void {
  const { host, note, promises, world } = life;
  if (host.controller === null) {
    note(`${words}, while muster is stopped`);
    host.config = config;
    return;
  }
  note(words);
  const acknowledge = promises.orders.onAsked({ kind: "configured", config, sentences: [] }, host);
  host.reload(config, (isDurable) => {
    if (isDurable) acknowledge();
  });
  promises.noteSound(world.agenda.now);
}

const reload: Fault = (life) => {
  if (life.host.controller !== null) reloadTo(life, replan(life.prng, life.full, life.host.config), "reload");
};

const hourMs = 3_600_000;

function step(life: Life, ms: number): void {
  life.note(`the wall clock steps by ${Math.round(ms)} ms`);
  life.world.stepWallClock(ms);
}

/** Either way, by a second at least: less is a correction. */
function away({ prng }: Life, msMax: number): number {
  return (prng.next() < 0.5 ? -1 : 1) * (1000 + prng.next() * msMax);
}

/** Serials of muster are the time, and those of files lie anywhere: further away, neither would be ahead (RFC 1982). */
const yearsMax = 4;

/** By up to an hour; by seconds; by years, and back a little later. */
const clock: Fault = (life) => step(life, away(life, hourMs));
const clockALittle: Fault = (life) => step(life, away(life, 60_000));
const clockFar: Fault = (life) => {
  const ms = away(life, yearsMax * 365 * 24 * hourMs);
  step(life, ms);
  life.world.agenda.after(life.prng.int(8000), () => step(life, -ms));
};

export const musterFaults: readonly Fault[] = [
  update,
  update,
  nameservers,
  sickness,
  disk,
  crash,
  stop,
  channel,
  backup,
  restore,
  clock,
  clockALittle,
  clockFar,
  reload,
];
