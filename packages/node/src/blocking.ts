import { CommandError, own, type Bytes } from "@slotcast/protocol";
import { List, Stream, Waiters, type KeyTable, type ReadyKey } from "@slotcast/store";
import type { ParkRequest } from "./commands/handler.ts";
import type { Connection } from "./connection.ts";
import { TIMER_MS_MAX } from "./limits.ts";

const UNBLOCKED = new CommandError("UNBLOCKED", "client unblocked via CLIENT UNBLOCK");

interface Parked {
  readonly argv: readonly Bytes[];
  readonly waitsFor: ParkRequest["waitsFor"];
  /** Unix time; Infinity: for ever. */
  readonly deadlineMs: number;
  timer: NodeJS.Timeout | undefined;
}

/** What the parking lot needs of dispatch. */
export interface BlockingHost {
  nowMs(): number;
  /** Executes a parked command again; it may park again. */
  resume(connection: Connection, argv: readonly Bytes[], ready: ReadyKey): void;
  /** Writes a reply outside a request of the connection. */
  replyTo(connection: Connection, write: (connection: Connection) => void): void;
  /** An error reply is about to be written: it counts. */
  refused(): void;
  /** The connection may go on with what it sent meanwhile, once whoever runs now is done. */
  proceed(connection: Connection): void;
}

/**
 * Clients parked in BLPOP, XREAD BLOCK and their kin. Woken by executing their command again, as if newly
 * sent, so that every check happens again; a command that finds nothing stays parked, in its place of every
 * queue and with its first deadline.
 *
 * Source: Redis 7.0 src/blocked.c, and 7.2 for executing again.
 */
export class Blocking {
  readonly #waiters = new Waiters<Connection>();
  readonly #parked = new Map<Connection, Parked>();
  readonly #host: BlockingHost;
  #isDraining = false;

  constructor(host: BlockingHost) {
    this.#host = host;
  }

  /** INFO `blocked_clients`. */
  get size(): number {
    return this.#parked.size;
  }

  /** INFO `total_blocking_keys`. */
  get keysCount(): number {
    return this.#waiters.keysCount;
  }

  get hasReady(): boolean {
    return this.#waiters.hasReady;
  }

  isParked(connection: Connection): boolean {
    return this.#parked.has(connection);
  }

  park(connection: Connection, table: KeyTable, request: ParkRequest): void {
    connection.isStopped = true;
    // Executed again and nothing found: its place and its deadline stay.
    if (this.#parked.has(connection)) return;
    const { timeoutMs } = request;
    const deadlineMs = timeoutMs === 0 ? Number.POSITIVE_INFINITY : this.#host.nowMs() + timeoutMs;
    const parked: Parked = {
      // It may wait for long: its words must not keep the chunk they came in.
      argv: request.argv.map(own),
      waitsFor: request.waitsFor,
      deadlineMs,
      timer: undefined,
    };
    this.#parked.set(connection, parked);
    this.#waiters.park(connection, table, request.keys);
    this.#arm(connection, parked);
  }

  markReady(table: KeyTable, key: Bytes): void {
    this.#waiters.markReady(table, key);
  }

  /** Serves waiters until nothing is ready. One of them may make other keys ready: the loop goes on. */
  drain(): void {
    if (this.#isDraining) return;
    // A served command may make keys ready itself: the outermost loop takes them, in order.
    this.#isDraining = true;
    while (this.#waiters.hasReady) {
      for (const ready of this.#waiters.takeReady()) this.#serve(ready);
    }
    this.#isDraining = false;
  }

  /** CLIENT UNBLOCK. False when it is not blocked. */
  unblock(connection: Connection, withError: boolean): boolean {
    if (!this.#parked.has(connection)) return false;
    this.#release(connection);
    if (withError) this.#host.refused();
    this.#host.replyTo(connection, ({ reply }) => {
      if (withError) reply.error(UNBLOCKED);
      else reply.nullArray();
    });
    this.#host.proceed(connection);
    return true;
  }

  /** The connection is gone. */
  forget(connection: Connection): void {
    if (this.#parked.has(connection)) this.#release(connection);
  }

  #serve(ready: ReadyKey): void {
    for (const connection of this.#waiters.waitingFor(ready)) {
      const value = ready.table.peek(ready.key, this.#host.nowMs());
      if (value === undefined) return;
      const parked = this.#parked.get(connection);
      // Served or closed by one before it, or it waits for another type: it keeps waiting.
      if (parked === undefined || !isWaitedFor(value, parked.waitsFor)) continue;
      connection.isStopped = false;
      let again = true;
      try {
        this.#host.resume(connection, parked.argv, ready);
        again = connection.isStopped;
      } finally {
        if (!again || connection.isClosed) this.#release(connection);
      }
      if (!again) this.#host.proceed(connection);
    }
  }

  #release(connection: Connection): void {
    clearTimeout(this.#parked.get(connection)?.timer);
    this.#parked.delete(connection);
    this.#waiters.unpark(connection);
    connection.isStopped = connection.isClosing;
  }

  /** A deadline beyond setTimeout's reach is waited for in pieces; the clock decides, not the timer. */
  #arm(connection: Connection, parked: Parked): void {
    if (parked.deadlineMs === Number.POSITIVE_INFINITY) return;
    const waitMs = Math.max(1, parked.deadlineMs - this.#host.nowMs());
    parked.timer = setTimeout(
      () => {
        if (this.#host.nowMs() < parked.deadlineMs) this.#arm(connection, parked);
        else this.#timeOut(connection);
      },
      Math.min(waitMs, TIMER_MS_MAX),
    );
  }

  #timeOut(connection: Connection): void {
    this.#release(connection);
    this.#host.replyTo(connection, ({ reply }) => {
      reply.nullArray();
    });
    this.#host.proceed(connection);
  }
}

function isWaitedFor(value: unknown, waitsFor: ParkRequest["waitsFor"]): boolean {
  return waitsFor === "list" ? value instanceof List : value instanceof Stream;
}
