/**
 * Encoded replies, kept until what they say has changed. Bounded by who asks: its keys are protocols and
 * listeners.
 */
export class ReplyCache {
  /** Grows with every change of what any of the replies says. */
  readonly #version: () => number;
  readonly #replies = new Map<string, string>();
  #cachedVersion = 0;

  constructor(version: () => number) {
    this.#version = version;
  }

  get(key: string, render: () => string): string {
    const version = this.#version();
    if (version !== this.#cachedVersion) {
      this.#cachedVersion = version;
      this.#replies.clear();
    }
    let reply = this.#replies.get(key);
    if (reply === undefined) {
      reply = render();
      this.#replies.set(key, reply);
    }
    return reply;
  }
}
