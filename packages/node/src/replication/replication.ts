import { hashSlot, type Bytes } from "@slotcast/protocol";
import { Stream } from "@slotcast/store";
import type { Broker } from "../broker.ts";
import { callCommand } from "../call-command.ts";
import type { Command } from "../command-registry.ts";
import type { CommandContext } from "../commands/handler.ts";
import type { Connection } from "../connection.ts";
import type { Dispatch } from "../dispatch.ts";
import { proposeExpiries } from "../expiry-effects.ts";
import { Gate } from "../gates.ts";
import { Applier } from "./applier.ts";
import { BackPressure } from "./back-pressure.ts";
import { EffectEncoder } from "./effect-encoder.ts";
import { UNCOMMITTED_BYTES_MAX, UNCOMMITTED_REPLY_BYTES_MAX } from "./limits.ts";
import type { ReplicatedCalls } from "./replicated-calls.ts";
import type { ReplicationState } from "./replication-state.ts";
import { ReplyGate } from "./reply-gate.ts";
import { Snapshots, type Snapshot } from "./snapshot.ts";
import { UncommittedReplies } from "./uncommitted-replies.ts";

export interface ReplicationParts {
  readonly state: ReplicationState;
  readonly dispatch: Dispatch;
  /** Not before the first call. */
  readonly broker: () => Broker;
  /** The steady clock that leases are counted by, in milliseconds. */
  readonly steadyMs: () => number;
  /** Asks for a `flush` at the end of the turn. */
  readonly schedule: () => void;
  /** `-MOVED slot host:port`, with its line break, for a client of that connection. */
  readonly redirection: (connection: Connection, slot: number) => string;
  /** What is allowed to be under way; tests make it small. */
  readonly limits?: { readonly uncommittedBytes: number; readonly heldBytes: number };
}

/**
 * What connects the keys and the clients of one node to the replication of its shard, without the network: the effects
 * of commands go to the log, replies wait for their commit, effects of another node's log are executed here.
 *
 * A node begins as a replica: `serve` makes it a primary, `stepDown` a replica again. While a primary has no replicas,
 * `state.isReplicated` is false and commands run as on a node that has never heard of any of this.
 *
 * Owner: the broker.
 */
export class Replication implements ReplicatedCalls {
  readonly state: ReplicationState;
  readonly effects: EffectEncoder;
  readonly gate: ReplyGate;
  readonly backPressure: BackPressure;
  readonly #parts: ReplicationParts;
  readonly #applier: Applier;
  readonly #snapshots: Snapshots;
  #isServing = false;
  #waitsByDefault = true;

  constructor(parts: ReplicationParts) {
    const { broker, dispatch, state, steadyMs, redirection } = parts;
    const { cluster, config, gates, keyspace } = broker();
    this.#parts = parts;
    this.state = state;
    this.effects = new EffectEncoder({
      append: (unit) => state.append(unit),
      nowMs: () => dispatch.nowMs,
      table: cluster === undefined ? () => dispatch.keys : undefined,
      schedule: parts.schedule,
    });
    this.gate = new ReplyGate({
      state,
      steadyMs,
      redirection,
      publish: (channel, payload) => {
        broker().hub.publish("channel", channel, payload);
      },
      holdsMore: () => {
        this.backPressure.note(0, this.gate.heldBytes);
      },
      kill: (connection) => {
        broker().kill(connection, { afterReply: false });
      },
    });
    const { gate } = this;
    this.backPressure = new BackPressure({
      gates,
      backlog: () => ({
        uncommittedBytes: this.#isLogging ? state.logEnd - state.commitOffset : 0,
        heldBytes: gate.heldBytes,
      }),
      limits: parts.limits ?? {
        uncommittedBytes: UNCOMMITTED_BYTES_MAX,
        heldBytes: UNCOMMITTED_REPLY_BYTES_MAX,
      },
      resume: (connection, argv) => {
        dispatch.pump(connection, argv);
      },
    });
    this.#applier = new Applier({ broker, keys: keyspace.table(0) });
    this.#snapshots = new Snapshots(keyspace, { isCluster: cluster !== undefined });
    keyspace.hooks.expiry = "hide";
    this.#followConfig();
    config.onChange("write-ack", () => {
      this.#followConfig();
    });
    for (const name of ["min-isr", "min-replicas-to-write", "min-replicas-max-lag"] as const) {
      config.onChange(name, () => {
        this.isrChanged();
      });
    }
  }

  /** This node decides what happens to its keys: it is the primary, and nobody else can be. */
  serve(): void {
    const { broker } = this.#parts;
    const { keyspace, silentConsumers } = broker();
    this.#isServing = true;
    keyspace.hooks.expiry = "remove";
    // What a primary was told by being asked, a replica does not know: nobody is silent because of that.
    silentConsumers.forgive(Date.now());
    this.effects.beginReign();
    this.gate.open();
    this.replicasChanged();
    this.isrChanged();
  }

  /**
   * This node ends its life in a cluster. The next one has another log: its offsets say nothing about what was done in
   * this one, so nobody is told any more what became of that.
   */
  leave(): void {
    const { blocking, clients } = this.#parts.broker();
    this.stepDown();
    this.gate.abandon();
    blocking.endReplicaWaits();
    for (const { uncommitted } of clients.all()) if (uncommitted) uncommitted.writtenOffset = 0;
  }

  /** Another node is the primary, or may be. What it decides comes by `apply`. */
  stepDown(): void {
    const { keyspace } = this.#parts.broker();
    const wasServing = this.#isServing;
    this.#isServing = false;
    keyspace.hooks.expiry = "hide";
    if (wasServing) this.gate.depose();
    this.replicasChanged();
    this.isrChanged();
  }

  /** This node hands over: nothing happens to its keys by itself any more. */
  set isFrozen(isFrozen: boolean) {
    if (!this.#isServing) return;
    this.#parts.broker().keyspace.hooks.expiry = isFrozen ? "hide" : "remove";
  }

  /** `state.isReplicated` may be another one. */
  replicasChanged(): void {
    const { broker, dispatch } = this.#parts;
    const { keyspace } = broker();
    const isLogging = this.#isLogging;
    dispatch.replicated = isLogging ? this : undefined;
    dispatch.effects = isLogging ? this.effects : undefined;
    keyspace.hooks.expired = undefined;
    if (isLogging) proposeExpiries(keyspace, this.effects);
    this.#followConfig();
    this.backPressure.review();
  }

  /** `state.isrSize` may be another one. */
  isrChanged(): void {
    const { config, gates } = this.#parts.broker();
    const replicasMin =
      config.get("min-replicas-max-lag") > 0 ? config.get("min-replicas-to-write") : 0;
    const isrSizeMin = Math.max(config.get("min-isr"), replicasMin + 1);
    const isTooSmall = this.#isServing && this.state.isrSize < isrSizeMin;
    gates.set(Gate.tooFewInSync, isTooSmall);
  }

  run(
    context: CommandContext,
    command: Command,
    argv: readonly Bytes[],
    slot: number | undefined,
  ): void {
    if (!command.isGated) {
      callCommand(context, command, argv);
      this.#endUnit();
      return;
    }
    const { client } = context;
    const replies = (client.uncommitted ??= new UncommittedReplies(this.gate));
    replies.begin(client.out);
    callCommand(context, command, argv);
    const isChange = this.#endUnit();
    const { durability } = client;
    const waits = durability === "default" ? this.#waitsByDefault : durability === "replicated";
    const { commitOffset, logEnd: offset } = this.state;
    if (client.heldReplies === undefined)
      replies.end(client.out, { offset, slot, isChange, waits });
    else replies.endLater({ offset, isChange, waits });
    if (isChange) this.backPressure.note(offset - commitOffset, this.gate.heldBytes);
  }

  /** The end of a turn, before the log is sent: what no command did joins it. */
  flush(): void {
    this.#endUnit();
  }

  /** `state.commitOffset` is another one, or the lease was renewed. */
  committed(): void {
    this.gate.committed();
    this.backPressure.review();
    this.acknowledged();
  }

  /** A replica has more of the log: who waits in WAIT may have enough. */
  acknowledged(): void {
    this.#parts.broker().blocking.retryReplicaWaiters();
  }

  /** Of a deposed primary: the new one has this node's log up to here; what is beyond happens nowhere. */
  settled(sharedOffset: number): void {
    this.gate.settle(sharedOffset);
    this.backPressure.review();
  }

  /** Some times a second. */
  tick(): void {
    this.gate.tick();
    this.backPressure.review();
  }

  /** As a client would find it; `undefined`: no such stream. */
  streamOf(database: number, key: Bytes): Stream | undefined {
    const { cluster, keyspace } = this.#parts.broker();
    const value = keyspace
      .table(cluster === undefined ? database : hashSlot(key))
      .peek(key, Date.now());
    return value instanceof Stream ? value : undefined;
  }

  /** Effects of the primary, committed. Throws EffectRefused: then this keyspace is worth nothing. */
  apply(effects: Bytes): void {
    this.#applier.apply(effects);
  }

  /** A snapshot of the primary comes in place of all keys. */
  beginLoading(): void {
    // Offsets of another log say nothing about what this node did.
    this.gate.abandon();
    this.#applier.reset();
  }

  /** The next bytes of it. Throws EffectRefused, as the next. */
  load(bytes: Bytes): void {
    this.#applier.load(bytes);
  }

  finishLoading(): void {
    this.#applier.finishLoading();
  }

  /** The rest of the snapshot will not come: there are no keys. */
  giveUpLoading(): void {
    this.#applier.giveUpLoading();
  }

  /** Of all that was executed so far: it stands for `state.logEnd`, as that is afterwards. */
  beginSnapshot(): Snapshot {
    this.#endUnit();
    return this.#snapshots.begin(this.effects.toldMs);
  }

  /** The connection is gone. */
  forget(connection: Connection): void {
    this.gate.forget(connection);
    this.backPressure.forget(connection);
  }

  /** Nobody else has to have what is executed: it is committed as soon as it is in the log. */
  get commitsAlone(): boolean {
    return this.#isLogging && this.state.isrSize === 1;
  }

  get #isLogging(): boolean {
    return this.#isServing && this.state.isReplicated;
  }

  #endUnit(): boolean {
    const isChange = this.effects.endUnit();
    this.gate.stampEvents();
    return isChange;
  }

  #followConfig(): void {
    const { config, events } = this.#parts.broker();
    this.#waitsByDefault = config.get("write-ack") !== "async";
    const areEventsHeld = this.#isLogging && this.#waitsByDefault;
    events.outlet = areEventsHeld
      ? (channel, payload) => {
          this.gate.publish(channel, payload);
        }
      : undefined;
  }
}
