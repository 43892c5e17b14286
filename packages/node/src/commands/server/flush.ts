import { ascii, lower, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";

/**
 * FLUSHALL [ASYNC | SYNC]: drops every key of this node. Both ways are the same here: the collector frees
 * the values later anyway. Who is blocked stays blocked.
 */
export function flushall({ broker, effects, reply }: CommandContext, argv: readonly Bytes[]): void {
  checkMode(argv);
  broker.keyspace.clear();
  broker.tracking.flushed();
  effects?.append([ascii("FLUSHALL")]);
  reply.ok();
}

/** FLUSHDB [ASYNC | SYNC]: the selected database; a cluster has one. */
export function flushdb(
  { broker, effects, keys, reply }: CommandContext,
  argv: readonly Bytes[],
): void {
  checkMode(argv);
  if (broker.cluster === undefined) keys.clear();
  else broker.keyspace.clear();
  broker.tracking.flushed();
  effects?.append([ascii("FLUSHDB")]);
  reply.ok();
}

function checkMode([, mode, ...rest]: readonly Bytes[]): void {
  if (mode === undefined) return;
  const word = lower(mode);
  if (rest.length > 0 || (word !== "async" && word !== "sync")) throw SYNTAX_ERROR;
}
