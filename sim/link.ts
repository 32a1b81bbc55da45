/**
 * A link between a place and the controller that delays, breaks and comes back. What is on its way when it breaks is
 * lost, and nothing overtakes what was sent before it.
 */
import type { Agenda } from "./agenda.ts";

export class Link {
  /** One way of a message in ms. */
  delayMs = 5;
  readonly #agenda: Agenda;
  #isUp = true;
  /** When the last message arrives. */
  #arrivesAt = 0;
  /** What belongs to an earlier one never arrives. */
  #session = 0;

  constructor(agenda: Agenda) {
    this.#agenda = agenda;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Returns whether that is new. */
  set(isUp: boolean): boolean {
    if (isUp === this.#isUp) return false;
    this.#isUp = isUp;
    this.renew();
    return true;
  }

  /** Somebody at one of its ends has died or begun anew: what is on its way is lost. */
  renew(): void {
    this.#session += 1;
    this.#arrivesAt = 0;
  }

  /** One message, either way. */
  carry(arrive: () => void): void {
    if (!this.#isUp) return;
    const session = this.#session;
    this.#arrivesAt = Math.max(this.#arrivesAt, this.#agenda.now + this.delayMs);
    this.#agenda.after(this.#arrivesAt - this.#agenda.now, () => {
      if (session === this.#session) arrive();
    });
  }
}
