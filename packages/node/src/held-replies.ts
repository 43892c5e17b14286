import type { ReplyTarget } from "@slotcast/protocol";
import type { Connection } from "./connection.ts";

/**
 * The replies of EXEC's commands until the last one is there. A message or an invalidation that one of them causes
 * for the same client goes to its connection meanwhile, and so comes after the whole array and never inside it.
 */
export class HeldReplies implements ReplyTarget {
  out = "";
  spilledBytes = 0;
  readonly #connection: Connection;
  /** What was to be sent before, the head of the array included. */
  readonly #head: string;
  readonly #parts: string[] = [];

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#head = connection.out;
    connection.out = "";
  }

  /** The parts count as output of the connection, which its limit may close; then nobody reads on. */
  spill(): void {
    this.spilledBytes += this.out.length;
    this.#connection.keep(this.out.length);
    if (this.#connection.isClosed) this.#parts.length = 0;
    else this.#parts.push(this.out);
    this.out = "";
  }

  /** Puts everything in order: head, replies, and what was pushed since. */
  release(): void {
    const connection = this.#connection;
    const pushed = connection.out;
    connection.keptBytes = 0;
    connection.out = this.#head;
    for (const part of this.#parts) {
      connection.out += part;
      connection.spill();
    }
    connection.out += this.out + pushed;
  }
}
