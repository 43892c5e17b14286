import { Socket } from "node:net";
import {
  BULK_BYTES_MAX,
  CommandError,
  makeReplyWriter,
  ProtocolError,
  RequestDecoder,
  type Bytes,
  type ReplyWriter,
} from "@slotcast/protocol";
import type { KeyTable } from "@slotcast/store";
import type { Broker } from "../broker.ts";
import type { Command } from "../command-registry.ts";
import type { CommandContext } from "../commands/handler.ts";
import { primaryAddressOf } from "../commands/server/replication-of.ts";
import { Connection } from "../connection.ts";
import { Gate } from "../gates.ts";
import type { EventClass } from "../keyspace-events.ts";
import { lookAhead } from "../look-ahead.ts";
import { AT, SELECT } from "./effect-encoder.ts";

const REQUEST_LIMITS = { bulkBytesMax: BULK_BYTES_MAX };

/** An effect could not be executed: this keyspace is not the one that it was made for. Nothing after it may be applied. */
export class EffectRefused extends Error {
  override readonly name = "EffectRefused";
}

/**
 * Executes effects on the keyspace of a replica, or of one that is being promoted: through the handlers of ordinary
 * commands, with a connection that leads nowhere. Nobody is asked whether they may run, nothing is answered, and no
 * command is counted. Keys change for all to see: watchers, caches, events, and waiting readers, who are served at the
 * end; monitors are shown the effects.
 *
 * The clock is that of the primary when it executed the same, and keys end only when an effect says so.
 *
 * Owner: Replication.
 */
export class Applier implements CommandContext {
  readonly reply: ReplyWriter = makeReplyWriter(2);
  readonly client: Connection;
  keys: KeyTable;
  nowMs = 0;
  readonly readyKey = undefined;
  readonly isResumed = false;
  readonly isInTransaction = false;
  readonly mustObey = true;
  readonly effects = undefined;
  readonly #broker: () => Broker;
  readonly #nowhere = {
    out: "",
    spill(): void {
      this.out = "";
    },
  };
  #decoder = new RequestDecoder(REQUEST_LIMITS);
  /** A snapshot comes in: what it says is no news. */
  #isLoading = false;

  /** `keys`: any table; the effects say which. */
  constructor({ broker, keys }: { readonly broker: () => Broker; readonly keys: KeyTable }) {
    this.#broker = broker;
    this.keys = keys;
    this.reply.to = this.#nowhere;
    this.client = new Connection({
      id: 0,
      socket: new Socket(),
      host: { requestLimits: REQUEST_LIMITS, dirty: ignore, backlogged: ignore, wrote: ignore },
      listenerName: "",
      nowMs: 0,
    });
    this.client.reply = this.reply;
  }

  get broker(): Broker {
    return this.#broker();
  }

  /** Whole effects, in the order of the log. Throws EffectRefused: then the keyspace is worth nothing any more. */
  apply(effects: Bytes): void {
    this.#execute(effects);
    if (!this.#isAtEnd) throw new EffectRefused("the last effect is cut off");
    const { blocking } = this.broker;
    if (blocking.hasReady) blocking.drain();
  }

  /** Empties the keyspace for the snapshot that comes. What was loaded of one before is void. */
  reset(): void {
    this.giveUpLoading();
    this.#isLoading = true;
  }

  /** Empties the keyspace: what came of a snapshot is worth nothing without the rest. */
  giveUpLoading(): void {
    const { keyspace, tracking } = this.broker;
    keyspace.clear();
    tracking.flushed();
    this.#decoder = new RequestDecoder(REQUEST_LIMITS);
    this.#isLoading = false;
  }

  /** The next bytes of the snapshot, cut anywhere. Throws EffectRefused, as `apply`. */
  load(bytes: Bytes): void {
    this.#execute(bytes);
  }

  /** The snapshot is whole. Throws EffectRefused when it ends within an effect. */
  finishLoading(): void {
    if (!this.#isAtEnd) throw new EffectRefused("the snapshot is cut off");
    this.#isLoading = false;
    const { blocking, keyspace } = this.broker;
    for (const table of keyspace.tables()) blocking.markAllReady(table);
    if (blocking.hasReady) blocking.drain();
  }

  markReady(key: Bytes): void {
    if (!this.#isLoading) this.broker.blocking.markReady(this.keys, key);
  }

  notify(eventClass: EventClass, event: string, key: Bytes): void {
    const { events } = this.broker;
    if (events.isOn && !this.#isLoading) events.notify(this.keys, eventClass, event, key);
  }

  park(): never {
    throw new EffectRefused("an effect waits for something");
  }

  answerLater(): never {
    throw new EffectRefused("an effect has no answer");
  }

  runQueued(): never {
    throw new EffectRefused("a transaction is no effect");
  }

  get #isAtEnd(): boolean {
    return !this.#decoder.hasBegun && this.#decoder.bufferedBytes === 0;
  }

  #execute(effects: Bytes): void {
    const { hooks } = this.broker.keyspace;
    const { expiry } = hooks;
    hooks.expiry = "keep";
    try {
      this.#decoder.push(effects);
      const { store } = this.keys;
      let ahead = 0;
      for (;;) {
        if (store.isLarge) ahead = ahead > 1 ? ahead - 1 : lookAhead(this.#decoder, store);
        const argv = this.#decoder.next();
        if (argv === undefined) break;
        this.#executeOne(argv);
      }
    } catch (error) {
      if (error instanceof ProtocolError) throw new EffectRefused(error.message, { cause: error });
      throw error;
    } finally {
      hooks.expiry = expiry;
    }
  }

  #executeOne(argv: readonly Bytes[]): void {
    const [name, value] = argv;
    if (name === AT) {
      this.nowMs = Number(value);
      return;
    }
    if (name === SELECT) {
      this.client.database = Number(value);
      return;
    }
    const { cluster, commands, gates, keyspace } = this.broker;
    const command = commands.find(argv);
    if (command === undefined) throw new EffectRefused(`no such effect: ${name}`);
    const index = cluster === undefined ? this.client.database : (command.slotOf(argv) ?? 0);
    this.keys = keyspace.table(index);
    try {
      command.handler(this, argv);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const text = `${name} was refused: ${error.prefix} ${error.message}`;
      throw new EffectRefused(text, { cause: error });
    }
    this.#nowhere.out = "";
    if ((gates.bits & Gate.monitors) !== 0) this.#show(command, argv);
  }

  /** As done by the primary, which it was. A snapshot is nothing that anybody did. */
  #show(command: Command, argv: readonly Bytes[]): void {
    if (this.#isLoading || command.isHiddenFromMonitors) return;
    const { host, port } = primaryAddressOf(this.broker, this.client.listenerName);
    const { database } = this.client;
    this.broker.monitors.show({ database, address: `${host}:${port}` }, command, argv);
  }
}

function ignore(): void {}
