import { CommandError, own, type Bytes, type ReplyWriter } from "@slotcast/protocol";
import { List, Stream, Waiters, type KeyTable, type ReadyKey } from "@slotcast/store";
import type { ChangeFeed, ChangeListener } from "./change-feed.ts";
import type { ParkRequest, ReplyWork } from "./commands/handler.ts";
import type { Connection } from "./connection.ts";
import { TIMER_MS_MAX } from "./limits.ts";
import { Turns } from "./turns.ts";
import { writeOrFail } from "./write-or-fail.ts";

const UNBLOCKED = new CommandError("UNBLOCKED", "client unblocked via CLIENT UNBLOCK");

/** `answer`: nothing here ends it, but who has the answer. */
type WaitsFor = ParkRequest["waitsFor"] | "answer";

interface Parked {
  readonly argv: readonly Bytes[];
  readonly table: KeyTable;
  readonly waitsFor: WaitsFor;
  readonly timeoutReply: TimeoutReply;
  /** Unix time; Infinity: for ever. */
  readonly deadlineMs: number;
  /** Unix time of the next try without a ready key; Infinity: none. */
  retryAtMs: number;
  /** Whom it waits in turn with, within its table; `undefined`: with nobody. */
  readonly turn: string | undefined;
  /** Spent on its executions so far. */
  workedMs: number;
  timer: NodeJS.Timeout | undefined;
}

export type TimeoutReply = NonNullable<ParkRequest["timeoutReply"]>;

/** Why a parked command is executed again. */
export interface Resumption {
  readonly table: KeyTable;
  readonly key: Bytes | undefined;
}

/** For statistics. */
export interface EndedCommand {
  readonly argv: readonly Bytes[];
  /** Spent on executing it; waiting does not count. */
  readonly workedMs: number;
  readonly error: CommandError | undefined;
}

/** What the parking lot needs of dispatch. */
export interface BlockingHost {
  nowMs(): number;
  /** Executes a parked command again; it may park again. Without a key: its time to retry has come. */
  resume(connection: Connection, argv: readonly Bytes[], ready: Resumption): void;
  changes(): ChangeFeed;
  /** Writes a reply outside a request of the connection. */
  replyTo(connection: Connection, write: (connection: Connection) => void): void;
  /** A parked command ended without being executed again. With an error: CLIENT UNBLOCK asked for one. */
  ended(connection: Connection, ended: EndedCommand): void;
  /** The connection may go on with what it sent meanwhile, once whoever runs now is done. */
  proceed(connection: Connection): void;
}

/**
 * Clients parked in BLPOP, XREAD BLOCK and their kin. Woken by executing their command again, as if newly sent, so that
 * every check happens again; who finds nothing stays parked, in its place of every queue and with its first deadline.
 *
 * Source: Redis 7.0 src/blocked.c, and 7.2 for executing again.
 */
export class Blocking {
  readonly #waiters = new Waiters<Connection>();
  readonly #parked = new Map<Connection, Parked>();
  readonly #host: BlockingHost;
  /** A group may be gone with its key: its readers are told. */
  readonly #goneKeys: ChangeListener = {
    changed: (table, key) => {
      if (!(table.peekRaw(key) instanceof Stream)) this.#waiters.markReady(table, key);
    },
    replaced: (table) => {
      this.markAllReady(table);
    },
  };
  readonly #turns = new Turns({
    nowMs: () => this.#host.nowMs(),
    tryAgain: (connection) => {
      this.retry(connection);
      return !this.#parked.has(connection);
    },
  });
  /** In WAIT. */
  readonly #replicaWaiters = new Set<Connection>();
  #groupReaderCount = 0;
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

  /** INFO `total_blocking_keys_on_nokey`: somebody wants to be told when the key is gone. */
  get groupKeysCount(): number {
    if (this.#groupReaderCount === 0) return 0;
    return this.#waiters.countKeys((waiter) => this.#parked.get(waiter)?.waitsFor === "group");
  }

  get hasReady(): boolean {
    return this.#waiters.hasReady;
  }

  isParked(connection: Connection): boolean {
    return this.#parked.has(connection);
  }

  /** The time that a command took, with its earlier executions when it was or is parked. */
  addWork(connection: Connection, durationMs: number): number {
    const parked = this.#parked.get(connection);
    if (parked === undefined) return durationMs;
    parked.workedMs += durationMs;
    return parked.workedMs;
  }

  /** Of a command that answers later. What is returned is to be called once; when the client is gone it does nothing. */
  awaitAnswer(
    connection: Connection,
    table: KeyTable,
    argv: readonly Bytes[],
  ): (write: ReplyWork) => void {
    connection.isStopped = true;
    const parked: Parked = {
      argv: argv.map(own),
      table,
      waitsFor: "answer",
      timeoutReply: "null-array",
      deadlineMs: Number.POSITIVE_INFINITY,
      retryAtMs: Number.POSITIVE_INFINITY,
      turn: undefined,
      workedMs: 0,
      timer: undefined,
    };
    this.#parked.set(connection, parked);
    return (write) => {
      if (this.#parked.get(connection) === parked) this.#answer(connection, parked, write);
    };
  }

  park(connection: Connection, table: KeyTable, request: ParkRequest): void {
    connection.isStopped = true;
    const retryAtMs = request.retryAtMs ?? Number.POSITIVE_INFINITY;
    const waiting = this.#parked.get(connection);
    if (waiting !== undefined) {
      // Executed again and nothing found: its place and its deadline stay.
      if (waiting.retryAtMs !== retryAtMs) this.#retryAt(connection, waiting, retryAtMs);
      this.#waitInTurn(connection, waiting, request);
      return;
    }
    const { timeoutMs } = request;
    const deadlineMs = timeoutMs === 0 ? Number.POSITIVE_INFINITY : this.#host.nowMs() + timeoutMs;
    const parked: Parked = {
      // It may wait for long: its words must not keep the chunk they came in.
      argv: request.argv.map(own),
      table,
      waitsFor: request.waitsFor,
      timeoutReply: request.timeoutReply ?? "null-array",
      deadlineMs,
      retryAtMs,
      turn: request.turn && `${table.index} ${request.turn.name}`,
      workedMs: 0,
      timer: undefined,
    };
    this.#parked.set(connection, parked);
    if (parked.waitsFor === "group") this.#groupReaders(1);
    if (parked.waitsFor === "replicas") this.#replicaWaiters.add(connection);
    this.#waiters.park(connection, table, request.keys);
    this.#waitInTurn(connection, parked, request);
    this.#arm(connection, parked);
  }

  markReady(table: KeyTable, key: Bytes): void {
    this.#waiters.markReady(table, key);
  }

  /** The whole table holds something else: whoever waits for one of its keys has another look. */
  markAllReady(table: KeyTable): void {
    for (const key of this.#waiters.keysOf(table)) this.#waiters.markReady(table, key);
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

  /** It waits, and not for an answer that will come. */
  mayUnblock(connection: Connection): boolean {
    return (this.#parked.get(connection)?.waitsFor ?? "answer") !== "answer";
  }

  /** CLIENT UNBLOCK. Nothing happens unless it may. */
  unblock(connection: Connection, withError: boolean): void {
    const parked = this.#parked.get(connection);
    if (parked === undefined || parked.waitsFor === "answer") return;
    if (withError) this.#fail(connection, parked, UNBLOCKED);
    else this.#timeOut(connection, parked);
  }

  /** What it waits for may be there. Nothing happens when it does not wait any more. */
  retry(connection: Connection): void {
    const parked = this.#parked.get(connection);
    if (parked === undefined || parked.waitsFor === "answer") return;
    this.#tryAgain(connection, parked, undefined);
  }

  /** A replica has more of the log: who waits in WAIT has another look. */
  retryReplicaWaiters(): void {
    // A copy: who has enough leaves, and may be back at once.
    for (const connection of [...this.#replicaWaiters]) this.retry(connection);
  }

  /**
   * This node may no longer serve what clients wait for. `errorFor` says what a client is told, `undefined` that it
   * waits on.
   */
  redirect(
    errorFor: (
      connection: Connection,
      waiting: { readonly table: KeyTable; readonly argv: readonly Bytes[] },
    ) => CommandError | undefined,
  ): void {
    for (const [connection, parked] of [...this.#parked]) {
      if (parked.waitsFor === "replicas" || parked.waitsFor === "answer") continue;
      const error = errorFor(connection, parked);
      if (error !== undefined) this.#fail(connection, parked, error);
    }
  }

  /** This node has no replicas any more, it is one: who waits for them gets the answer of its time-out. */
  endReplicaWaits(): void {
    for (const connection of [...this.#replicaWaiters]) {
      const parked = this.#parked.get(connection);
      if (parked?.waitsFor === "replicas") this.#timeOut(connection, parked);
    }
  }

  /** The connection is gone. */
  forget(connection: Connection): void {
    if (this.#parked.has(connection)) this.#release(connection);
  }

  #serve(ready: ReadyKey): void {
    let value = ready.table.peek(ready.key, this.#host.nowMs());
    /** Turns in which somebody found nothing, and when he tries again: the others of it are not asked. */
    const idleTurns = new Map<string, number>();
    for (const connection of this.#waiters.waitingFor(ready)) {
      const parked = this.#parked.get(connection);
      // Served or closed by one before it, or it waits for another type: it keeps waiting.
      if (parked === undefined || !isWaitedFor(value, parked.waitsFor)) continue;
      const { turn } = parked;
      const retryAtMs = turn === undefined ? undefined : idleTurns.get(turn);
      if (retryAtMs !== undefined) {
        // What made him hurry holds for all: a policy that is new, say.
        if (retryAtMs < parked.retryAtMs) this.#retryAt(connection, parked, retryAtMs);
        continue;
      }
      this.#tryAgain(connection, parked, ready);
      const stillWaits = this.#parked.get(connection) === parked;
      if (turn !== undefined && stillWaits) idleTurns.set(turn, parked.retryAtMs);
      value = ready.table.peek(ready.key, this.#host.nowMs());
    }
  }

  #waitInTurn(connection: Connection, { turn }: Parked, request: ParkRequest): void {
    if (turn === undefined) return;
    this.#turns.wait(connection, turn, request.turn?.retryAtMs ?? Number.POSITIVE_INFINITY);
  }

  #tryAgain(connection: Connection, parked: Parked, ready: ReadyKey | undefined): void {
    connection.isStopped = false;
    let again = true;
    try {
      this.#host.resume(connection, parked.argv, { table: parked.table, key: ready?.key });
      again = connection.isStopped;
    } finally {
      if (!again || connection.isClosed) this.#release(connection);
    }
    if (!again) this.#host.proceed(connection);
  }

  /** Only they are woken by a key that goes away, so only then somebody has to look. */
  #groupReaders(change: 1 | -1): void {
    this.#groupReaderCount += change;
    if (this.#groupReaderCount === 0) this.#host.changes().remove(this.#goneKeys);
    else this.#host.changes().add(this.#goneKeys);
  }

  #release(connection: Connection): void {
    const parked = this.#parked.get(connection);
    if (parked === undefined) return;
    clearTimeout(parked.timer);
    this.#parked.delete(connection);
    this.#replicaWaiters.delete(connection);
    if (parked.waitsFor === "group") this.#groupReaders(-1);
    if (parked.turn !== undefined) this.#turns.leave(connection, parked.turn);
    this.#waiters.unpark(connection);
    connection.isStopped = connection.isClosing;
  }

  #retryAt(connection: Connection, parked: Parked, retryAtMs: number): void {
    parked.retryAtMs = retryAtMs;
    this.#arm(connection, parked);
  }

  /** A deadline beyond setTimeout's reach is waited for in pieces; the clock decides, not the timer. */
  #arm(connection: Connection, parked: Parked): void {
    clearTimeout(parked.timer);
    const nextMs = Math.min(parked.deadlineMs, parked.retryAtMs);
    if (nextMs === Number.POSITIVE_INFINITY) return;
    const waitMs = Math.max(1, nextMs - this.#host.nowMs());
    parked.timer = setTimeout(
      () => {
        this.#ring(connection, parked);
      },
      Math.min(waitMs, TIMER_MS_MAX),
    );
  }

  #ring(connection: Connection, parked: Parked): void {
    const nowMs = this.#host.nowMs();
    if (nowMs >= parked.retryAtMs) {
      parked.retryAtMs = Number.POSITIVE_INFINITY;
      this.#tryAgain(connection, parked, undefined);
      if (!this.#parked.has(connection)) return;
    }
    if (nowMs >= parked.deadlineMs) this.#timeOut(connection, parked);
    else this.#arm(connection, parked);
  }

  #timeOut(connection: Connection, parked: Parked): void {
    this.#release(connection);
    this.#end(connection, parked, undefined);
    this.#host.replyTo(connection, ({ reply }) => {
      writeTimeout(reply, parked.timeoutReply);
    });
    this.#host.proceed(connection);
  }

  #fail(connection: Connection, parked: Parked, error: CommandError): void {
    this.#release(connection);
    this.#end(connection, parked, error);
    this.#host.replyTo(connection, ({ reply }) => {
      reply.error(error);
    });
    this.#host.proceed(connection);
  }

  #answer(connection: Connection, parked: Parked, write: ReplyWork): void {
    this.#release(connection);
    let failure: CommandError | undefined;
    this.#host.replyTo(connection, ({ reply }) => {
      failure = writeOrFail(reply, write);
    });
    this.#end(connection, parked, failure);
    this.#host.proceed(connection);
  }

  #end(connection: Connection, { argv, workedMs }: Parked, error: CommandError | undefined): void {
    this.#host.ended(connection, { argv, workedMs, error });
  }
}

/** What a blocking command answers when nothing came. */
export function writeTimeout(reply: ReplyWriter, kind: TimeoutReply): void {
  if (typeof kind === "function") kind(reply);
  else if (kind === "null-bulk") reply.nullBulk();
  else reply.nullArray();
}

function isWaitedFor(value: unknown, waitsFor: WaitsFor): boolean {
  switch (waitsFor) {
    case "list":
      return value instanceof List;
    case "stream":
      return value instanceof Stream;
    case "group":
      return true;
    case "replicas":
    case "answer":
      return false;
  }
}
