const CR = 13;
const DIGIT_0 = 48;

/**
 * Cuts the stream of a subscribed connection into messages, in RESP2 or RESP3, at a few million a second: what
 * a test of the broker's throughput needs, and nothing else. It understands pushes of bulk strings and
 * integers, as subscribers get them.
 */
export class MessageScanner {
  readonly #onPush: (kind: string, channel: string, payload: string) => void;
  #text = "";
  #at = 0;

  /** `payload` is the last element: of a confirmation it is the count, as decimal text. */
  constructor(onPush: (kind: string, channel: string, payload: string) => void) {
    this.#onPush = onPush;
  }

  push(chunk: Buffer): void {
    this.#text = this.#text.slice(this.#at) + chunk.latin1Slice();
    this.#at = 0;
    for (;;) {
      const start = this.#at;
      if (!this.#scanOne()) {
        this.#at = start;
        return;
      }
    }
  }

  /** False: it is not complete yet. */
  #scanOne(): boolean {
    const count = this.#integer();
    if (count === undefined) return false;
    if (count !== 3) throw new Error(`a push of ${count} elements`);
    const kind = this.#element();
    if (kind === undefined) return false;
    const channel = this.#element();
    if (channel === undefined) return false;
    const payload = this.#element();
    if (payload === undefined) return false;
    this.#onPush(kind, channel, payload);
    return true;
  }

  #element(): string | undefined {
    const isBulk = this.#text[this.#at] === "$";
    const value = this.#integer();
    if (value === undefined || !isBulk) return value?.toString();
    const start = this.#at;
    if (start + value + 2 > this.#text.length) return undefined;
    this.#at = start + value + 2;
    return this.#text.slice(start, start + value);
  }

  /** The number of a line such as `*3` or `$7`, and moves behind it. */
  #integer(): number | undefined {
    const text = this.#text;
    let value = 0;
    for (let at = this.#at + 1; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === CR) {
        if (at + 1 === text.length) return undefined;
        this.#at = at + 2;
        return value;
      }
      value = value * 10 + code - DIGIT_0;
    }
    return undefined;
  }
}
