import type { CommandError, ReplyTarget, ReplyWriter } from "@slotcast/protocol";
import type { ReplyWork } from "./commands/handler.ts";
import type { Connection } from "./connection.ts";
import { MUTE } from "./muted-replies.ts";
import { writeOrFail } from "./write-or-fail.ts";

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
  /** A reply that comes later has an object in its place. */
  readonly #parts: (string | { readonly out: string })[] = [];
  #placesLeft = 0;
  /** Called when the last reply that was to come is there. */
  onComplete: (() => void) | undefined;
  /** What was pushed since, but for the last of it, which is in `connection.out`. */
  readonly #pushed: string[] = [];

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#head = connection.out;
    connection.out = "";
    connection.heldReplies = this;
  }

  /** The parts count as output of the connection, which its limit may close; then nobody reads on. */
  spill(): void {
    const { out } = this;
    this.out = "";
    this.spilledBytes += out.length;
    this.#keep(this.#parts, out);
  }

  /** `connection.out` has become long: the same for what is pushed. */
  keepPushed(): void {
    const { out } = this.#connection;
    this.#connection.out = "";
    this.#keep(this.#pushed, out);
  }

  /** A reply is still to come: some command answers later. */
  get isWaiting(): boolean {
    return this.#placesLeft > 0;
  }

  /** The next reply comes later, by what is returned. With an error it calls `failed`. Replies that come later are short. */
  leavePlace(
    reply: ReplyWriter,
    failed: (error: CommandError) => void,
  ): (write: ReplyWork) => void {
    if (this.out !== "") this.spill();
    const place = { out: "" };
    const target = reply.to === MUTE ? MUTE : place;
    this.#parts.push(place);
    this.#placesLeft += 1;
    return (write) => {
      const { to } = reply;
      reply.to = target;
      const failure = writeOrFail(reply, write);
      reply.to = to;
      if (failure !== undefined) failed(failure);
      this.#placesLeft -= 1;
      if (this.#placesLeft === 0) this.onComplete?.();
    };
  }

  #keep(parts: (string | { readonly out: string })[], out: string): void {
    parts.push(out);
    this.#connection.keep(out.length);
    if (!this.#connection.isClosed) return;
    this.#parts.length = 0;
    this.#pushed.length = 0;
  }

  /** Puts everything in order: head, replies, and what was pushed since. */
  release(): void {
    const connection = this.#connection;
    const pushed = connection.out;
    connection.heldReplies = undefined;
    connection.keptBytes = 0;
    connection.out = this.#head;
    send(
      connection,
      this.#parts.map((part) => (typeof part === "string" ? part : part.out)),
    );
    connection.out += this.out;
    send(connection, this.#pushed);
    connection.out += pushed;
  }
}

function send(connection: Connection, parts: readonly string[]): void {
  for (const part of parts) {
    connection.out += part;
    connection.spill();
  }
}
