import { own, type Bytes } from "@slotcast/protocol";
import type { Connection } from "./connection.ts";
import { SERVING_HOLD_MS } from "./limits.ts";

/**
 * Requests for slots of a primary that does not serve yet, or no more: its reign is being established, or it hands over.
 * That takes some milliseconds, and a client that waits need not know. Whatever its connection sent after the request
 * waits behind it. When it takes longer than SERVING_HOLD_MS they are refused as without this.
 *
 * Owner: ClusterNode.
 */
export class ServingHold {
  readonly #resume: (connection: Connection, argv: readonly Bytes[]) => void;
  readonly #held = new Map<Connection, readonly Bytes[]>();
  #timer: NodeJS.Timeout | undefined;
  #hasEnded = false;

  constructor(resume: (connection: Connection, argv: readonly Bytes[]) => void) {
    this.#resume = resume;
  }

  get size(): number {
    return this.#held.size;
  }

  /** This node does not serve, and will, or another will in its place. False from `hold` once that takes too long. */
  hold(connection: Connection, argv: readonly Bytes[]): boolean {
    if (this.#hasEnded) return false;
    this.#timer ??= setTimeout(() => {
      this.#hasEnded = true;
      this.#letGo();
    }, SERVING_HOLD_MS);
    connection.isStopped = true;
    this.#held.set(connection, argv.map(own));
    return true;
  }

  /** It is known now who serves. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#hasEnded = false;
    this.#letGo();
  }

  /** The connection is gone. */
  forget(connection: Connection): void {
    this.#held.delete(connection);
  }

  #letGo(): void {
    const held = [...this.#held];
    this.#held.clear();
    for (const [connection, argv] of held) {
      connection.isStopped = connection.isClosing;
      this.#resume(connection, argv);
    }
  }
}
