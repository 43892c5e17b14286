/**
 * The end of the turn: everything executed in one round of the event loop leaves together. Whoever has
 * output calls `schedule`; once all readable sockets were read, the steps run in the given order.
 *
 * setImmediate runs after the poll phase, that is, after every socket that was readable got its commands
 * executed. This is what turns a burst into one write per connection.
 */
export class Turn {
  readonly #steps: readonly (() => void)[];
  #scheduled = false;

  constructor(steps: readonly (() => void)[]) {
    this.#steps = steps;
  }

  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#run);
  }

  readonly #run = (): void => {
    this.#scheduled = false;
    for (const step of this.#steps) step();
  };
}
