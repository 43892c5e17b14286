export {
  Keyspace,
  KeyTable,
  type KeyspaceHooks,
  type KeyspaceObserver,
  type KeyspaceStats,
  type Value,
} from "./keyspace.ts";
export { List } from "./list.ts";
export type { StreamNodeLimits } from "./open-node.ts";
export {
  compareStreamIds,
  formatStreamId,
  nextStreamId,
  parseNewStreamId,
  parseRangeBound,
  parseStreamId,
  STREAM_ID_MAX,
  type StreamId,
} from "./stream-id.ts";
export { Stream, type TrimOptions } from "./stream.ts";
export { Waiters, type ReadyKey } from "./waiters.ts";
