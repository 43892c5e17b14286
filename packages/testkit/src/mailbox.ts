import { REPLY_WITHIN_MS } from "./limits.ts";

interface Taker<Item> {
  resolve(item: Item): void;
  reject(error: Error): void;
}

/** Items in order of arrival; whoever asks first gets the first. */
export class Mailbox<Item> {
  readonly #items: Item[] = [];
  readonly #takers: Taker<Item>[] = [];
  readonly #what: string;
  #failure: Error | undefined;

  constructor(what: string) {
    this.#what = what;
  }

  /** Arrived and not taken. */
  get size(): number {
    return this.#items.length;
  }

  put(item: Item): void {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#items.push(item);
    else taker.resolve(item);
  }

  /** Nothing more will come: everybody who waits, or asks later for more than there is, gets the error. */
  fail(error: Error): void {
    this.#failure = error;
    for (const taker of this.#takers.splice(0)) taker.reject(error);
  }

  async take(withinMs = REPLY_WITHIN_MS): Promise<Item> {
    if (this.#items.length > 0) return this.#items.shift() as Item; // the length says that it is there
    if (this.#failure !== undefined) throw this.#failure;
    const { promise, resolve, reject } = Promise.withResolvers<Item>();
    const taker: Taker<Item> = { resolve, reject };
    this.#takers.push(taker);
    const timer = setTimeout(() => {
      this.#takers.splice(this.#takers.indexOf(taker), 1);
      reject(new Error(`no ${this.#what} within ${withinMs} ms`));
    }, withinMs);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }
}
