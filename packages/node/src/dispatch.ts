import {
  ascii,
  CommandError,
  ProtocolError,
  REPLY_STRING_CHARS_MAX,
  wrongArity,
  type Bytes,
  type ReplyWriter,
} from "@slotcast/protocol";
import type { KeyTable } from "@slotcast/store";
import { admitRequest, WITHHELD } from "./admit-request.ts";
import { Blocking, writeTimeout, type Resumption } from "./blocking.ts";
import type { Broker } from "./broker.ts";
import { commandAtWork, goOn } from "./command-at-work.ts";
import { callCommand, countEnded, countFailure } from "./call-command.ts";
import { CommandRegistry, type Command } from "./command-registry.ts";
import type { CommandContext, EffectSink, ParkRequest, ReplyWork } from "./commands/handler.ts";
import { Restriction, type Connection } from "./connection.ts";
import { Gates } from "./gates.ts";
import type { EventClass } from "./keyspace-events.ts";
import { HeldReplies } from "./held-replies.ts";
import { lookAhead } from "./look-ahead.ts";
import { mute, MUTE } from "./muted-replies.ts";
import { Pause } from "./pause.ts";
import type { ReplicatedCalls } from "./replication/replicated-calls.ts";
import type { QueuedCommand, Transaction } from "./transaction.ts";
import { dropHttp, isHttp, unknownCommand } from "./unknown-command.ts";

const NO_AUTH = new CommandError("NOAUTH", "Authentication required.");
const NOT_IN_TRANSACTION = new CommandError("ERR", "Command not allowed inside a transaction");
/** Of a replica, FLUSHALL say. What has keys is sent to the primary. */
const READ_ONLY = new CommandError("READONLY", "You can't write against a read only replica.");
const EXEC = "exec";
const EXEC_ARGV = [ascii("EXEC")];

/** A connection whose requests are to be executed: a held-back one first, then what it sent. */
interface Runnable {
  readonly connection: Connection;
  readonly held: readonly Bytes[] | undefined;
}

/**
 * Executes requests: decode, look up, admit, route, run, and serve who waited. One request at a time, so one
 * object is the context of all of them.
 */
export class Dispatch implements CommandContext {
  reply!: ReplyWriter; // set before every handler runs, as the next three
  client!: Connection;
  keys!: KeyTable;
  nowMs = 0;
  readyKey: Bytes | undefined;
  isResumed = false;
  isInTransaction = false;
  /** The connection whose requests are being executed; `undefined` in between. */
  running: Connection | undefined;
  readonly mustObey = false;
  effects: EffectSink | undefined;
  /** `undefined`: what commands do is not replicated. */
  replicated: ReplicatedCalls | undefined;
  readonly gates = new Gates();
  readonly blocking: Blocking;
  readonly pause: Pause;
  readonly commands = new CommandRegistry();
  #broker: Broker | undefined;
  /** The first one runs; the others were freed meanwhile. */
  readonly #runnable: Runnable[] = [];

  constructor(options: { readonly effects: EffectSink | undefined }) {
    this.effects = options.effects;
    this.blocking = new Blocking({
      nowMs: Date.now,
      resume: (connection, argv, ready) => {
        this.#resume(connection, argv, ready);
      },
      replyTo: (connection, write) => {
        this.replyTo(connection, write);
      },
      changes: () => this.broker.changes,
      ended: (connection, ended) => {
        countEnded(this.broker, connection, ended);
      },
      proceed: (connection) => {
        this.pump(connection);
      },
    });
    this.pause = new Pause({
      nowMs: Date.now,
      gates: this.gates,
      resume: (connection, argv) => {
        this.pump(connection, argv);
      },
    });
  }

  get broker(): Broker {
    if (this.#broker === undefined) throw new Error("dispatch runs before its broker is attached");
    return this.#broker;
  }

  /** The broker holds the dispatch and the other way round; server.ts ties the knot once. */
  attach(broker: Broker): void {
    this.#broker = broker;
  }

  /**
   * Executes everything the connection has sent, `held` first, until it is parked, paused or closing. Asked for
   * while another connection's requests run, it waits for their end: a client that was freed goes on after the
   * one that freed it, and a chain of clients that free each other is no recursion.
   */
  pump(connection: Connection, held?: readonly Bytes[]): void {
    this.#runnable.push({ connection, held });
    if (this.#runnable.length > 1) return;
    for (let index = 0; index < this.#runnable.length; index += 1) {
      const next = this.#runnable[index] as Runnable; // below length
      this.#run(next);
    }
    this.#runnable.length = 0;
  }

  #run({ connection, held }: Runnable): void {
    if (connection.isStopped || connection.isClosed) return;
    this.nowMs = Date.now();
    this.running = connection;
    const { decoder } = connection;
    const { meter, keyspace } = this.broker;
    // A request that was held back, or that began in an earlier chunk, may be large.
    const isOld = held !== undefined || decoder.hasBegun;
    meter.beginBatch(isOld ? Number.POSITIVE_INFINITY : decoder.bufferedBytes);
    try {
      if (held !== undefined) this.#execute(connection, held);
      const store = keyspace.storeOf(connection.database);
      const { isLarge } = store;
      let ahead = 0;
      while (!connection.isStopped && !connection.isClosed) {
        if (isLarge) ahead = ahead > 1 ? ahead - 1 : lookAhead(decoder, store);
        const argv = decoder.next();
        if (argv === undefined) break;
        this.#execute(connection, argv);
        if (connection.out.length > REPLY_STRING_CHARS_MAX) {
          meter.interrupt();
          connection.spill();
        }
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.broker.stats.countError("ERR");
      this.broker.logger.debug({ client: connection.id }, error.message);
      this.replyTo(connection, ({ reply }) => {
        reply.error(new CommandError("ERR", error.message));
      });
      connection.closeAfterReply();
    }
    this.running = undefined;
    meter.interrupt();
    if (connection.out !== "") connection.markDirty();
  }

  /** Writes outside a request of the connection: a time-out, a kill, a protocol error. */
  replyTo(connection: Connection, write: (connection: Connection) => void): void {
    this.broker.hub.sync(connection);
    connection.reply.to = connection;
    mute(connection);
    write(connection);
    connection.markDirty();
  }

  markReady(key: Bytes): void {
    this.blocking.markReady(this.keys, key);
  }

  park(request: ParkRequest): void {
    if (this.isInTransaction) {
      writeTimeout(this.reply, request.timeoutReply ?? "null-array");
      return;
    }
    this.blocking.park(this.client, this.keys, request);
  }

  answerLater(argv: readonly Bytes[]): (write: ReplyWork) => void {
    const { broker, client, reply } = this;
    const replies = this.isInTransaction ? client.heldReplies : undefined;
    if (replies === undefined) return this.blocking.awaitAnswer(client, this.keys, argv);
    return replies.leavePlace(reply, (error) => {
      countFailure(broker, argv, error);
    });
  }

  notify(eventClass: EventClass, event: string, key: Bytes): void {
    const { events } = this.broker;
    if (events.isOn) events.notify(this.keys, eventClass, event, key);
  }

  /** For what the clock asks for, not a client. Who waits for what it makes ready is served after it. */
  runUnasked(keys: KeyTable, work: (context: CommandContext) => void): void {
    this.nowMs = Date.now();
    this.keys = keys;
    work(this);
    if (this.blocking.hasReady) this.blocking.drain();
  }

  #resume(connection: Connection, argv: readonly Bytes[], { key }: Resumption): void {
    const interrupted = commandAtWork(this);
    this.readyKey = key;
    this.isResumed = true;
    this.isInTransaction = false;
    this.nowMs = Date.now();
    this.running = connection;
    try {
      this.#execute(connection, argv);
    } finally {
      goOn(this, interrupted);
      this.broker.meter.interrupt();
    }
    if (connection.out !== "") connection.markDirty();
  }

  #execute(connection: Connection, argv: readonly Bytes[]): void {
    const { reply } = connection;
    reply.to = connection;
    if (connection.cohort !== undefined) this.broker.hub.sync(connection);
    const isSkipped = mute(connection);
    const command = this.commands.find(argv);
    if (command === undefined) {
      if (isHttp(argv)) dropHttp(this.broker, connection);
      else this.#reject(connection, unknownCommand(argv, this.commands.container(argv)));
      return;
    }
    const { arity } = command;
    if (arity > 0 ? argv.length !== arity : argv.length < -arity) {
      this.#reject(connection, wrongArity(command.fullName), command);
      return;
    }
    this.reply = reply;
    this.client = connection;
    connection.lastCommand = command.fullName;
    connection.commandCount += 1;
    connection.lastActiveMs = this.nowMs;
    const { broker } = this;
    if ((connection.restrictions & Restriction.needsAuth) !== 0 && !command.isAllowedBeforeAuth) {
      this.#reject(connection, NO_AUTH, command);
      return;
    }
    const { transaction } = connection;
    if (transaction !== undefined && command.isNoMulti) {
      this.#reject(connection, NOT_IN_TRANSACTION, command);
      return;
    }
    const { cluster } = broker;
    let slot: number | undefined;
    if (cluster === undefined) {
      this.keys = broker.keyspace.table(connection.database);
    } else {
      const isExec = transaction !== undefined && command.fullName === EXEC;
      slot = isExec ? transaction.slot : command.slotOf(argv);
      const request = isExec ? transaction : command;
      if (slot === undefined) {
        if (request.isWrite && cluster.view.self.role === "replica") {
          this.#reject(connection, READ_ONLY, command);
          return;
        }
        this.keys = broker.keyspace.table(0);
      } else {
        const route = cluster.route(slot, request, connection);
        if (route.to !== "here") {
          const held = this.isResumed ? undefined : argv;
          if (route.to === "refuse" && cluster.holds(connection, held, slot)) {
            if (isSkipped) connection.restrictions |= Restriction.muteNext;
            return;
          }
          // A redirect at EXEC discards the transaction and is not wrapped in EXECABORT.
          if (isExec) this.#endTransaction(connection);
          command.stats.rejected += 1;
          const error = route.to === "refuse" ? route.error : this.movedTo(connection, slot);
          this.#reject(connection, error);
          return;
        }
        this.keys = broker.keyspace.table(slot);
      }
    }
    // A waiter that is served has passed this already, when it came.
    const { isResumed } = this;
    if (!isResumed && (connection.restrictions | this.gates.bits) !== 0) {
      const refusal = admitRequest(broker, connection, command, argv);
      if (refusal === WITHHELD) {
        if (isSkipped) connection.restrictions |= Restriction.muteNext;
        return;
      }
      if (refusal !== undefined) {
        this.#reject(connection, refusal, command);
        return;
      }
    }
    if (transaction !== undefined && command.isQueued) {
      this.#queue(connection, transaction, { command, argv, slot });
      return;
    }
    if (this.replicated === undefined) callCommand(this, command, argv);
    else this.replicated.run(this, command, argv, slot);
    // Parked: the reply that the client does not want is still to come.
    if (isSkipped && connection.isStopped) connection.restrictions |= Restriction.muteNext;
    if (this.blocking.hasReady) {
      broker.meter.interrupt();
      this.blocking.drain();
    }
  }

  /** EXEC's commands, one after the other; who waits for their keys is served after the last. */
  runQueued(queue: readonly QueuedCommand[]): void {
    const { broker, client } = this;
    const replies = new HeldReplies(client);
    this.isInTransaction = true;
    try {
      for (const { command, argv, slot } of queue) {
        // SELECT and HELLO may have changed them in between.
        this.keys = broker.keyspace.table(
          broker.cluster === undefined ? client.database : (slot ?? 0),
        );
        this.reply = client.reply;
        this.reply.to = this.reply.to === MUTE ? MUTE : replies;
        callCommand(this, command, argv);
        if (replies.out.length > REPLY_STRING_CHARS_MAX) replies.spill();
      }
    } finally {
      this.isInTransaction = false;
      this.reply.to = client;
      if (replies.isWaiting) {
        const answer = this.blocking.awaitAnswer(client, this.keys, EXEC_ARGV);
        replies.onComplete = () => {
          answer(() => {
            replies.release();
          });
        };
      } else {
        replies.release();
      }
    }
  }

  #queue(connection: Connection, transaction: Transaction, queued: QueuedCommand): void {
    // A watched key has changed: EXEC will execute nothing, so nothing is kept and no slot can disagree. As Redis.
    if (!this.broker.watchedKeys.wasTouched(connection)) transaction.add(queued);
    if (transaction.sizeBytes > this.broker.config.get("client-query-buffer-limit")) {
      this.broker.stats.queryLimitDisconnections += 1;
      this.broker.logger.warn(
        { client: connection.id },
        "closed: its transaction exceeded client-query-buffer-limit",
      );
      this.broker.kill(connection, { afterReply: false });
      return;
    }
    this.broker.meter.interrupt();
    connection.reply.simple("QUEUED");
  }

  #endTransaction(connection: Connection): void {
    connection.transaction = undefined;
    this.broker.watchedKeys.forget(connection);
  }

  /**
   * Refuses a request before it ran. In a transaction, EXEC will fail; EXEC itself ends it.
   * Source: Redis 7.0 src/server.c, rejectCommand; src/multi.c, execCommandAbort.
   */
  #reject(connection: Connection, error: CommandError, command?: Command): void {
    if (command !== undefined) command.stats.rejected += 1;
    this.broker.meter.interrupt();
    connection.transaction?.abort();
    this.broker.tracking.ended(connection, command);
    const isExec = command?.fullName === EXEC;
    if (isExec) this.#endTransaction(connection);
    // A redirect is not wrapped, as in a cluster.
    if (isExec && error.prefix !== "REDIRECT") {
      const reason = error.prefix === "ERR" ? error.message : `${error.prefix} ${error.message}`;
      this.#refuse(
        connection,
        new CommandError("EXECABORT", `Transaction discarded because of: ${reason}`),
      );
      // Its MULTI was shown.
      this.broker.monitors.show(connection, command, [ascii("EXEC")]);
      return;
    }
    this.#refuse(connection, error);
  }

  /** Where the slot is served now, for a client of that connection. */
  movedTo(connection: Connection, slot: number): CommandError {
    const { cluster } = this.broker;
    const nodeId = cluster?.view.ownerOf(slot);
    const endpoint = nodeId && cluster?.endpointText(nodeId, connection.listenerName);
    return new CommandError("MOVED", `${slot} ${endpoint ?? ":0"}`);
  }

  #refuse(connection: Connection, error: CommandError): void {
    this.broker.stats.countError(error.prefix);
    connection.reply.error(error);
  }
}
