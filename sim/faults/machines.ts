/** What happens to agents and to data: links, the agents themselves, mounts, mirrors, and the origin that they follow. */
import type { MirrorState } from "../data.ts";
import { type Fault, type Life, pick } from "../life.ts";
import { isAboutData } from "../plan-probe.ts";
import type { Machine } from "../machines.ts";

function onMachine(act: (machine: Machine, life: Life) => string): Fault {
  return (life) => {
    const { all } = life.host.machines;
    if (all.length === 0) return;
    const machine = pick(life.prng, all);
    life.note(`agent ${machine.name} ${act(machine, life)}`);
    life.promises.noteCondition(machine.address, life.world.agenda.now);
  };
}

const link = onMachine((machine) => {
  machine.setLink(!machine.link.isUp);
  return machine.link.isUp ? "is linked again" : "loses its link";
});

const delay = onMachine((machine, { prng }) => {
  machine.link.delayMs = pick(prng, [1, 20, 300, 1500]);
  return `is ${machine.link.delayMs} ms away`;
});

const restart = onMachine((machine, { prng, world }) => {
  machine.stop();
  world.agenda.after(prng.int(10_000), () => machine.start());
  return "starts again";
});

const mount = onMachine(({ address }, { prng, world }) => {
  const state = pick(prng, ["ok", "hung", "gone"] as const);
  world.member(address).mount = state;
  return `finds its mount ${state}`;
});

const mirrorStates: readonly MirrorState[] = ["follows", "follows", "stuck", "stuck", "gone", "ahead"];

const mirror: Fault = (life) => {
  const members = life.host.config.pools.flatMap((pool) => pool.members);
  const mirrors = members.filter(({ check }) => isAboutData(check.probe));
  if (mirrors.length === 0) return;
  const { address } = pick(life.prng, mirrors);
  const { mirror: data } = life.world.member(address);
  data.state = pick(life.prng, mirrorStates);
  life.note(`the data of ${address}: ${data.state}`);
  life.promises.noteCondition(address, life.world.agenda.now);
};

const origin: Fault = ({ note, world }) => {
  world.origin.isReadable = !world.origin.isReadable;
  note(`the origin ${world.origin.isReadable ? "can" : "cannot"} be read`);
};

/** Everything is heard, mounted and as new as the origin. */
export function restoreMachines({ host, promises, world }: Life): void {
  world.origin.isReadable = true;
  for (const [address, member] of world.members) {
    member.mount = "ok";
    member.mirror.state = "follows";
    promises.noteCondition(address, world.agenda.now);
  }
  for (const machine of host.machines.all) {
    machine.link.delayMs = 5;
    machine.setLink(true);
    machine.start();
  }
}

export const machineFaults: readonly Fault[] = [link, delay, restart, mount, mirror, mirror, origin];
