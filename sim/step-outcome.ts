/** The parts of one step that must all be done before a client hears of it. */
export class StepOutcome {
  #open = 0;
  #isWell = true;
  readonly #ends: ((isWell: boolean) => void)[] = [];

  part(): (isWell: boolean) => void {
    this.#open += 1;
    return (isWell) => {
      this.#open -= 1;
      this.#isWell &&= isWell;
      if (this.#open === 0) for (const end of this.#ends.splice(0)) end(this.#isWell);
    };
  }

  onEnd(end: (isWell: boolean) => void): void {
    if (this.#open === 0) end(this.#isWell);
    else this.#ends.push(end);
  }
}
