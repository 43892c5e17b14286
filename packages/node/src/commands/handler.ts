import type { Bytes, ReplyWriter } from "@slotcast/protocol";
import type { KeyTable } from "@slotcast/store";
import type { Broker } from "../broker.ts";
import type { Connection } from "../connection.ts";

/**
 * The deterministic form of a change, as a command: concrete ids, absolute times. Replication and the append
 * log will listen; a replayed effect gives the same keyspace.
 */
export interface EffectSink {
  append(effect: readonly Bytes[]): void;
}

/** How a command waits for its keys. */
export interface ParkRequest {
  readonly keys: readonly Bytes[];
  /** What a key must hold to be worth another try; another type keeps the client waiting. */
  readonly waitsFor: "list" | "stream";
  /** From now; 0: for ever. Ignored when a parked command is executed again: the first deadline stays. */
  readonly timeoutMs: number;
  /** Executed instead when a key is ready, e.g. with `$` replaced by the id it meant. */
  readonly argv: readonly Bytes[];
}

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
  /** The key that became ready when a parked command is executed again; `undefined` the first time. */
  readonly readyKey: Bytes | undefined;
  /** `undefined` while nobody listens: call as `context.effects?.append([…])`, which then costs nothing. */
  readonly effects: EffectSink | undefined;
  readonly broker: Broker;
  /** The key got data that somebody may wait for. He is served after this command. */
  markReady(key: Bytes): void;
  /** Nothing to return yet. The handler writes no reply and returns. */
  park(request: ParkRequest): void;
}

/**
 * Executes one request and writes exactly one reply (SUBSCRIBE and its kin: one push per name). May throw
 * CommandError instead, before it changed anything.
 */
export type Handler = (context: CommandContext, argv: readonly Bytes[]) => void;
