import type { Bytes, ReplyWriter } from "@slotcast/protocol";
import type { KeyTable } from "@slotcast/store";
import type { Broker } from "../broker.ts";
import type { Connection } from "../connection.ts";
import type { EventClass } from "../keyspace-events.ts";
import type { QueuedCommand } from "../transaction.ts";

/**
 * The deterministic form of a change, as a command. Replayed on the same keyspace, with the clock of the command that ran, it
 * makes the same change: a `*` of XADD is the same id there. Replication and the append log listen.
 */
export interface EffectSink {
  /** `table`: where it happened, when that may be elsewhere than the keys of a running command: expiry, eviction. */
  append(effect: readonly Bytes[], table?: KeyTable): void;
}

/** How a command waits for its keys. */
export interface ParkRequest {
  readonly keys: readonly Bytes[];
  /**
   * What a key must hold to be worth another try; another type keeps the client waiting. `group`: a stream, or
   * nothing or another type any more, since a group that is gone ends the waiting with an error. `replicas`: no key
   * ends it.
   */
  readonly waitsFor: "list" | "stream" | "group" | "replicas";
  /** From now; 0: for ever. Ignored when a parked command is executed again: the first deadline stays. */
  readonly timeoutMs: number;
  /** Executed instead when a key is ready, e.g. with `$` replaced by the id it meant. */
  readonly argv: readonly Bytes[];
  /** What a time-out answers, and a transaction, where nothing waits. The null array when missing. */
  readonly timeoutReply?: "null-array" | "null-bulk" | ((reply: ReplyWriter) => void);
  /** Unix time at which to try again although no key became ready: a consumer must be seen now and then. */
  readonly retryAtMs?: number | undefined;
  /**
   * Who waits for just the same has a turn of the same name, and is not tried again once one of them found nothing.
   * `retryAtMs` is as above, for the first of them only: a pending entry will be idle for long enough.
   */
  readonly turn?: { readonly name: string; readonly retryAtMs: number | undefined };
}

/** Writes the one reply of a command that is over, or throws CommandError. */
export type ReplyWork = (reply: ReplyWriter) => void;

/**
 * The whole permission of a command. One object serves all requests, one after the other: a handler must not
 * keep it.
 */
export interface CommandContext {
  readonly reply: ReplyWriter;
  readonly client: Connection;
  /** The keys of the slot that the request was routed to; without a cluster, of the selected database. */
  readonly keys: KeyTable;
  /** Unix time, read once per batch of requests. */
  readonly nowMs: number;
  /** The key that became ready when a parked command is executed again; `undefined` the first time, and for `retryAtMs`. */
  readonly readyKey: Bytes | undefined;
  /** A parked command is executed again: it was counted and admitted before. */
  readonly isResumed: boolean;
  /** EXEC runs this command: nothing may wait. */
  readonly isInTransaction: boolean;
  /** An effect of another node is executed: what was possible there is possible here, whatever the configuration says. */
  readonly mustObey: boolean;
  /** `undefined` while nobody listens: call as `context.effects?.append([…])`, which then costs nothing. */
  readonly effects: EffectSink | undefined;
  readonly broker: Broker;
  /**
   * Announces what happened to a key of `keys`, as `notify-keyspace-events` asks for: after the change, in Redis'
   * order. Costs a comparison while nobody does.
   */
  notify(eventClass: EventClass, event: string, key: Bytes): void;
  /** The key got data that somebody may wait for. He is served after this command. */
  markReady(key: Bytes): void;
  /** Nothing to return yet. The handler writes no reply and returns. In a transaction this answers the time-out. */
  park(request: ParkRequest): void;
  /**
   * The reply comes later, from somewhere else. The handler writes none and returns; whoever has the answer calls what
   * this returns, once, in a later turn. Until then the client counts as blocked, and what it sends waits; no time-out
   * and no CLIENT UNBLOCK ends that. In a transaction EXEC's reply waits for it, while the commands behind it run.
   */
  answerLater(argv: readonly Bytes[]): (write: ReplyWork) => void;
  /** For EXEC: executes what was queued, each with a reply of its own. */
  runQueued(queue: readonly QueuedCommand[]): void;
}

/**
 * Executes one request and writes exactly one reply (SUBSCRIBE and its kin: one push per name). May throw
 * CommandError instead, before it changed anything.
 */
export type Handler = (context: CommandContext, argv: readonly Bytes[]) => void;
