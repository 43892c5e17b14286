import {
  CommandError,
  EMPTY,
  ERROR_QUOTE_CHARS_MAX,
  lower,
  ProtocolError,
  REPLY_STRING_CHARS_MAX,
  wrongArity,
  type Bytes,
  type ReplyWriter,
} from "@slotcast/protocol";
import type { Route } from "@slotcast/router";
import type { KeyTable, ReadyKey } from "@slotcast/store";
import { Blocking } from "./blocking.ts";
import type { Broker } from "./broker.ts";
import { CommandRegistry, type Command } from "./command-registry.ts";
import type { CommandContext, EffectSink, ParkRequest } from "./commands/handler.ts";
import { Restriction, type Connection } from "./connection.ts";
import { Pause } from "./pause.ts";

const NO_AUTH = new CommandError("NOAUTH", "Authentication required.");
const ALLOWED_SUBSCRIBED = new Set<string>([
  "ping", "subscribe", "ssubscribe", "psubscribe",
  "unsubscribe", "sunsubscribe", "punsubscribe", "quit", "reset",
]); // prettier-ignore

/** A connection whose requests are to be executed: a held-back one first, then what it sent. */
interface Runnable {
  readonly connection: Connection;
  readonly held: readonly Bytes[] | undefined;
}

/** Replies of a connection that asked for none. */
const MUTE = {
  out: "",
  spill(): void {
    this.out = "";
  },
};

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
  readonly effects: EffectSink | undefined;
  readonly blocking: Blocking;
  readonly pause: Pause;
  #broker: Broker | undefined;
  /** The first one runs; the others were freed meanwhile. */
  readonly #runnable: Runnable[] = [];
  readonly #registry = new CommandRegistry();

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
      refused: () => {
        this.broker.stats.errorReplies += 1;
      },
      proceed: (connection) => {
        this.pump(connection);
      },
    });
    this.pause = new Pause({
      nowMs: Date.now,
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
    const { decoder } = connection;
    try {
      if (held !== undefined) this.#execute(connection, held);
      while (!connection.isStopped && !connection.isClosed) {
        const argv = decoder.next();
        if (argv === undefined) break;
        this.#execute(connection, argv);
        if (connection.out.length > REPLY_STRING_CHARS_MAX) connection.spill();
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.broker.stats.errorReplies += 1;
      this.broker.logger.debug({ client: connection.id }, error.message);
      this.replyTo(connection, ({ reply }) => {
        reply.error(new CommandError("ERR", error.message));
      });
      connection.closeAfterReply();
    }
    if (connection.out !== "") connection.markDirty();
  }

  /** Writes outside a request of the connection: a time-out, a kill, a protocol error. */
  replyTo(connection: Connection, write: (connection: Connection) => void): void {
    this.broker.hub.sync(connection);
    connection.reply.to = connection;
    this.#mute(connection);
    write(connection);
    connection.markDirty();
  }

  markReady(key: Bytes): void {
    this.blocking.markReady(this.keys, key);
  }

  park(request: ParkRequest): void {
    this.blocking.park(this.client, this.keys, request);
  }

  #resume(connection: Connection, argv: readonly Bytes[], ready: ReadyKey): void {
    this.readyKey = ready.key;
    this.nowMs = Date.now();
    try {
      this.#execute(connection, argv);
    } finally {
      this.readyKey = undefined;
    }
    if (connection.out !== "") connection.markDirty();
  }

  #execute(connection: Connection, argv: readonly Bytes[]): void {
    const { reply } = connection;
    reply.to = connection;
    if (connection.cohort !== undefined) this.broker.hub.sync(connection);
    const isSkipped = this.#mute(connection);
    const command = this.#registry.find(argv);
    if (command === undefined) {
      if (isHttp(argv)) this.#dropHttp(connection);
      else this.#refuse(connection, this.#unknown(argv));
      return;
    }
    const { arity } = command.spec;
    if (arity > 0 ? argv.length !== arity : argv.length < -arity) {
      this.#refuse(connection, wrongArity(command.fullName));
      return;
    }
    this.reply = reply;
    this.client = connection;
    connection.lastCommand = command.fullName;
    connection.commandCount += 1;
    connection.lastActiveMs = this.nowMs;
    const { broker } = this;
    if ((connection.restrictions & Restriction.needsAuth) !== 0 && !command.isAllowedBeforeAuth) {
      this.#refuse(connection, NO_AUTH);
      return;
    }
    const { cluster } = broker;
    if (cluster === undefined) {
      this.keys = broker.keyspace.table(connection.database);
    } else {
      const slot = command.slotOf(argv);
      if (slot === undefined) {
        this.keys = broker.keyspace.table(0);
      } else {
        const route = cluster.route(slot, command);
        if (route.to !== "here") {
          this.#redirect(connection, route);
          return;
        }
        this.keys = broker.keyspace.table(slot);
      }
    }
    // A waiter that is served has passed this already, when it came.
    const isResumed = this.readyKey !== undefined;
    if (!isResumed && (connection.restrictions !== 0 || broker.pause.mode !== undefined)) {
      const refusal = this.#admit(connection, command, argv);
      if (refusal === HELD) {
        if (isSkipped) connection.restrictions |= Restriction.muteNext;
        return;
      }
      if (refusal !== undefined) {
        this.#refuse(connection, refusal);
        return;
      }
    }
    if (!isResumed) broker.stats.commandsProcessed += 1;
    try {
      command.handler(this, argv);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.#refuse(connection, error);
    }
    // Parked: the reply that the client does not want is still to come.
    if (isSkipped && connection.isStopped) connection.restrictions |= Restriction.muteNext;
    if (this.blocking.hasReady) this.blocking.drain();
  }

  /** A browser was made to POST to us: nothing of it may run, least of all its body. */
  #dropHttp(connection: Connection): void {
    this.broker.logger.warn(
      { client: connection.id, address: connection.address },
      "closed: a request of HTTP, as in a cross-protocol attack",
    );
    this.broker.kill(connection, { afterReply: false });
  }

  /** An error, HELD, or undefined: go on. Not on the everyday path: some restriction or a pause is set. */
  #admit(
    connection: Connection,
    command: Command,
    argv: readonly Bytes[],
  ): CommandError | typeof HELD | undefined {
    const { restrictions } = connection;
    if (
      (restrictions & Restriction.subscribed) !== 0 &&
      connection.protocol === 2 &&
      !ALLOWED_SUBSCRIBED.has(command.fullName)
    ) {
      return new CommandError(
        "ERR",
        `Can't execute '${command.fullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
      );
    }
    const { mode } = this.broker.pause;
    if (mode === "all" ? !command.isPauseControl : mode === "write" && command.isPausedByWrite) {
      this.broker.pause.hold(connection, argv);
      return HELD;
    }
    return undefined;
  }

  /** CLIENT REPLY: a SKIP mutes the request after it, and that one only; true: this is the one. */
  #mute(connection: Connection): boolean {
    if ((connection.restrictions & (Restriction.muted | Restriction.muteNext)) === 0) return false;
    const isSkipped = (connection.restrictions & Restriction.muteNext) !== 0;
    if ((connection.restrictions & Restriction.muteNext) !== 0) {
      connection.restrictions &= ~Restriction.muteNext;
      connection.reply.to = MUTE;
    }
    if ((connection.restrictions & Restriction.muted) !== 0) connection.reply.to = MUTE;
    MUTE.out = "";
    return isSkipped;
  }

  #redirect(connection: Connection, route: Exclude<Route, { to: "here" }>): void {
    if (route.to === "refuse") {
      this.#refuse(connection, route.error);
      return;
    }
    const endpoint =
      this.broker.cluster?.endpointText(route.nodeId, connection.listenerName) ?? ":0";
    this.#refuse(connection, new CommandError("MOVED", `${route.slot} ${endpoint}`));
  }

  #refuse(connection: Connection, error: CommandError): void {
    this.broker.stats.errorReplies += 1;
    connection.reply.error(error);
  }

  /** Source: Redis 7.0 src/server.c, commandCheckExistence. */
  #unknown(argv: readonly Bytes[]): CommandError {
    const [name = "", subcommand] = argv;
    const container = this.#registry.container(argv);
    if (container !== undefined && subcommand === undefined) return wrongArity(container);
    if (container !== undefined && subcommand !== undefined) {
      return new CommandError(
        "ERR",
        `unknown subcommand '${subcommand.slice(0, ERROR_QUOTE_CHARS_MAX)}'. Try ${container.toUpperCase()} HELP.`,
      );
    }
    let quoted = "";
    for (const argument of argv.slice(1)) {
      if (quoted.length >= ERROR_QUOTE_CHARS_MAX) break;
      quoted += `'${argument.slice(0, ERROR_QUOTE_CHARS_MAX - quoted.length)}' `;
    }
    return new CommandError(
      "ERR",
      `unknown command '${name.slice(0, ERROR_QUOTE_CHARS_MAX)}', with args beginning with: ${quoted}`,
    );
  }
}

/** The request waits for the end of a pause. */
const HELD = Symbol("held");

/** How HTTP begins and goes on. Source: Redis 7.0 src/server.c, processCommand. */
function isHttp([name = EMPTY]: readonly Bytes[]): boolean {
  const word: string = lower(name);
  return word === "post" || word === "host:";
}
