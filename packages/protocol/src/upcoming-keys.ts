import { EMPTY, type Bytes } from "./bytes.ts";

const STAR = 42;
const DOLLAR = 36;
const ZERO = 48;
const NINE = 57;
const CR = 13;

/** Looked for at a time: what belongs to so many fits into a cache near the core until it is asked for. */
export const UPCOMING_KEYS_MAX = 512;

/** Longer keys are rare, and not worth hashing twice. */
const UPCOMING_KEY_BYTES_MAX = 64;

/**
 * Where the keys of the next requests stand in a text, as far as a glance tells: the second word of each request. A hint
 * for whoever can prepare for them, nothing more: the decoder reads and checks the requests, later.
 */
export class UpcomingKeys {
  text = EMPTY;
  /** Of requests. */
  count = 0;
  /** Where the last of them ends. */
  end = 0;
  /** From and to of the second word of each; both the same where there is none, or a long one. */
  readonly bounds = new Int32Array(2 * UPCOMING_KEYS_MAX);
  #at = 0;

  /** Looks from a position on at which a request begins. Ends at the first one that is not whole, or not usual. */
  find(text: Bytes, position: number): void {
    this.text = text;
    this.count = 0;
    this.#at = position;
    this.end = position;
    while (this.count < UPCOMING_KEYS_MAX && this.#next()) this.end = this.#at;
  }

  /** Lets go of the text. */
  forget(): void {
    this.text = EMPTY;
    this.count = 0;
  }

  #next(): boolean {
    const words = this.#number(STAR);
    if (words < 1) return false;
    let keyFrom = 0;
    let keyTo = 0;
    for (let word = 0; word < words; word += 1) {
      const length = this.#number(DOLLAR);
      const from = this.#at;
      const to = from + length;
      if (length < 0 || to + 2 > this.text.length) return false;
      if (word === 1 && length <= UPCOMING_KEY_BYTES_MAX) {
        keyFrom = from;
        keyTo = to;
      }
      this.#at = to + 2;
    }
    this.bounds[2 * this.count] = keyFrom;
    this.bounds[2 * this.count + 1] = keyTo;
    this.count += 1;
    return true;
  }

  /** The number in the line here, and on to the next line; -1: the line begins in another way, or is not whole. */
  #number(first: number): number {
    const { text } = this;
    let at = this.#at;
    if (text.charCodeAt(at) !== first) return -1;
    at += 1;
    let value = 0;
    for (const end = at + 9; at < end; at += 1) {
      const digit = text.charCodeAt(at);
      if (!(digit >= ZERO && digit <= NINE)) break;
      value = value * 10 + digit - ZERO;
    }
    if (text.charCodeAt(at) !== CR) return -1;
    this.#at = at + 2;
    return value;
  }
}
