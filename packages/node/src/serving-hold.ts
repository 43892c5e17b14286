import { own, type Bytes } from "@slotcast/protocol";
import type { Connection } from "./connection.ts";
import { SERVING_HOLD_MS } from "./limits.ts";

/** `undefined`: the connection is parked, and what it waits for may be there. */
export type Resume = (connection: Connection, argv: readonly Bytes[] | undefined) => void;

/**
 * Requests for slots of a primary that does not serve yet, or no more: its reign is being established, or it hands over.
 * That takes some milliseconds, and a client that waits need not know. Whatever its connection sent after the request
 * waits behind it. When it takes longer than SERVING_HOLD_MS they are refused as without this. Who was parked already,
 * and is served just then, has no request here: it stays parked, and is tried again.
 *
 * Owner: ClusterNode.
 */
export class ServingHold {
  readonly #resume: Resume;
  readonly #held = new Map<Connection, readonly Bytes[] | undefined>();
  #timer: NodeJS.Timeout | undefined;
  #hasEnded = false;

  constructor(resume: Resume) {
    this.#resume = resume;
  }

  get size(): number {
    return this.#held.size;
  }

  /** This node does not serve, and will, or another will in its place. False once that takes too long. */
  hold(connection: Connection, argv: readonly Bytes[] | undefined): boolean {
    if (this.#hasEnded) return false;
    this.#timer ??= setTimeout(() => {
      this.#hasEnded = true;
      this.#letGo();
    }, SERVING_HOLD_MS);
    connection.isStopped = true;
    this.#held.set(connection, argv?.map(own));
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
      if (argv !== undefined) connection.isStopped = connection.isClosing;
      this.#resume(connection, argv);
    }
  }
}
