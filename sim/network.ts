/** The simulated network between nameservers: it delays what it carries, and loses some. */
import type { Prng } from "../src/base/prng.ts";
import type { Agenda } from "./agenda.ts";

export class Network {
  /** Share of messages that are lost, 0 to 1. */
  loss = 0;
  /** The longest way of a message in ms. */
  delayMsMax = 20;
  readonly agenda: Agenda;
  readonly prng: Prng;

  constructor(agenda: Agenda, prng: Prng) {
    this.agenda = agenda;
    this.prng = prng;
  }

  /** Lets `arrive` happen later, or never. */
  send(arrive: () => void): void {
    const lost = this.prng.next() < this.loss;
    const ms = 0.1 + this.prng.next() * this.delayMsMax;
    if (!lost) this.agenda.after(ms, arrive);
  }
}
