const CLEAR_LINE = "\r\u001b[K";

/** One line of progress, rewritten in place. Silent when stderr is no terminal. */
export class ProgressLine {
  readonly #write: (text: string) => void;
  readonly #isShown: boolean;
  readonly #stepsTotal: number;
  #steps = 0;

  constructor(options: {
    readonly write: (text: string) => void;
    readonly isShown: boolean;
    readonly stepsTotal: number;
  }) {
    this.#write = options.write;
    this.#isShown = options.isShown;
    this.#stepsTotal = options.stepsTotal;
  }

  step(text: string): void {
    this.#steps += 1;
    if (!this.#isShown) return;
    this.#write(`${CLEAR_LINE}[${this.#steps}/${this.#stepsTotal}] ${text}`);
  }

  clear(): void {
    if (this.#isShown) this.#write(CLEAR_LINE);
  }
}
