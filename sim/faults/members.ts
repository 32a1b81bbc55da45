/** What happens to members: they stop, freeze, crawl, lose packets, and serve again. */
import { anyMember, type Fault, type Life } from "../life.ts";
import type { SimulatedMember } from "../world.ts";

export function setCondition(life: Life, address: string, condition: SimulatedMember["condition"]): void {
  life.promises.noteCondition(address, life.world.agenda.now);
  life.world.setCondition(address, condition, (targetId) => life.host.trip(targetId));
}

function turn(condition: SimulatedMember["condition"]): Fault {
  return (life) => {
    const { address } = anyMember(life);
    life.note(`${address} is ${condition}`);
    setCondition(life, address, condition);
  };
}

function quality(lossMax: number, answerMsMax: number): Fault {
  return (life) => {
    const { address } = anyMember(life);
    const member = life.world.member(address);
    member.loss = life.prng.next() * lossMax;
    member.answerMs = 1 + life.prng.int(answerMsMax);
    life.promises.noteCondition(address, life.world.agenda.now);
    life.note(`${address} loses ${member.loss.toFixed(3)} and takes ${member.answerMs} ms`);
  };
}

/** A member goes and comes a few times in a row. */
const flap: Fault = (life) => {
  const { address } = anyMember(life);
  const times = 2 + life.prng.int(4);
  life.note(`${address} goes and comes ${times} times`);
  for (let i = 0; i < times; i++) {
    life.world.agenda.after(i * 3000, () => setCondition(life, address, "stopped"));
    life.world.agenda.after(i * 3000 + 1500, () => setCondition(life, address, "serving"));
  }
};

export const memberFaults: readonly Fault[] = [
  turn("stopped"),
  turn("frozen"),
  turn("serving"),
  turn("serving"),
  quality(0.3, 900),
  quality(0, 50),
  flap,
];
