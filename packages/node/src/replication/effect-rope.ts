import { ascii, type ByteSpan, type Bytes } from "@slotcast/protocol";

/**
 * Effects in order, not put together yet. Requests that are their own effects come as the bytes of the chunk that they
 * stood in; those that follow one another there are added by moving one end, so that a pipeline costs no string for
 * each of its requests (measured: docs/decisions/0009-cost-of-a-replica.md).
 *
 * Keeps the chunks alive until `take`. Owner: EffectLog.
 */
export class EffectRope {
  #text = "";
  /** What follows `#text`: `#chunk` from `#from` on, up to `#to`. */
  #chunk = "";
  #from = 0;
  #to = 0;

  get length(): number {
    return this.#text.length + this.#to - this.#from;
  }

  add(effects: Bytes | ByteSpan): void {
    if (typeof effects === "string") {
      this.#join();
      this.#text += effects;
      return;
    }
    const { text, from, to } = effects;
    if (from !== this.#to || text !== this.#chunk) {
      this.#join();
      this.#chunk = text;
      this.#from = from;
    }
    this.#to = to;
  }

  /** All of it; nothing is left. */
  take(): Bytes {
    this.#join();
    const text = ascii(this.#text);
    this.#text = "";
    return text;
  }

  #join(): void {
    this.#text += this.#chunk.substring(this.#from, this.#to);
    this.#chunk = "";
    this.#from = 0;
    this.#to = 0;
  }
}
