import { own, type Bytes } from "@slotcast/protocol";
import type { Command } from "../command-registry.ts";
import type { Connection } from "../connection.ts";
import { Gate, type Gates } from "../gates.ts";

const EXEC = "exec";

/** What is under way and not committed. */
export interface Backlog {
  /** Of the log. */
  readonly uncommittedBytes: number;
  /** Of replies. */
  readonly heldBytes: number;
}

export interface BackPressureParts {
  readonly gates: Gates;
  readonly backlog: () => Backlog;
  /** Where each of the two becomes too much. */
  readonly limits: Backlog;
  /** Executes a held request, then what its connection sent after it. */
  readonly resume: (connection: Connection, argv: readonly Bytes[]) => void;
}

/**
 * Too much is not committed: clients that write wait, and are not read from, until half of it is. When it is their
 * replies that take too much, whoever touches keys waits. Nobody gets an error, and nothing is executed out of turn.
 *
 * Costs nothing while there is room: a bit of `gates` sends requests here. Owner: Replication.
 */
export class BackPressure {
  readonly #parts: BackPressureParts;
  readonly #held = new Map<Connection, readonly Bytes[]>();

  constructor(parts: BackPressureParts) {
    this.#parts = parts;
  }

  /** Clients that wait. */
  get heldConnections(): number {
    return this.#held.size;
  }

  /** Something was executed, and this is the backlog now. Hot: asked for each change. */
  note(uncommittedBytes: number, heldBytes: number): void {
    const { gates, limits } = this.#parts;
    if (uncommittedBytes >= limits.uncommittedBytes || heldBytes >= limits.heldBytes) {
      gates.set(Gate.congestion, true);
    }
  }

  /** Asked while the gate is set: whether a request of this client has to wait. */
  concerns(connection: Connection, command: Command): boolean {
    const { transaction } = connection;
    const { backlog, limits } = this.#parts;
    // It is not executed yet.
    if (transaction !== undefined && command.isQueued) return false;
    if (backlog().heldBytes >= limits.heldBytes) return command.isGated;
    return command.fullName === EXEC ? transaction?.isWrite === true : command.isWrite;
  }

  hold(connection: Connection, argv: readonly Bytes[]): void {
    connection.isStopped = true;
    connection.socket.pause();
    this.#held.set(connection, argv.map(own));
  }

  /** Something was committed, or nothing will be: lets them go on when there is room again. */
  review(): void {
    const { backlog, gates, limits, resume } = this.#parts;
    if ((gates.bits & Gate.congestion) === 0 || isAbove(backlog(), half(limits))) return;
    gates.set(Gate.congestion, false);
    const held = [...this.#held];
    this.#held.clear();
    for (const [connection, argv] of held) {
      connection.isStopped = connection.isClosing;
      connection.socket.resume();
      // It may become too much again: then the rest is held once more, in this order.
      resume(connection, argv);
    }
  }

  /** The connection is gone. */
  forget(connection: Connection): void {
    this.#held.delete(connection);
  }
}

function isAbove(backlog: Backlog, limits: Backlog): boolean {
  return (
    backlog.uncommittedBytes >= limits.uncommittedBytes || backlog.heldBytes >= limits.heldBytes
  );
}

function half({ uncommittedBytes, heldBytes }: Backlog): Backlog {
  return { uncommittedBytes: uncommittedBytes / 2, heldBytes: heldBytes / 2 };
}
