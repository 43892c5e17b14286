export { decodePayload, encodePayload, type DecodedPayload } from "./dump-payload.ts";
export type { Idempotence, IdempotenceLimits, IdempotenceStats } from "./idempotence.ts";
export type { Consumer } from "./consumer.ts";
export {
  nextDeliveryCount,
  type ConsumerGroup,
  type DeliveryCount,
  type PendingEntry,
} from "./consumer-group.ts";
export { entriesReadUpTo, lagOf, moveOn } from "./group-progress.ts";
export type { GroupPolicy } from "./group-policy.ts";
export { KeyTable, type Value } from "./key-table.ts";
export type {
  ExpiryMode,
  KeyGuard,
  KeyNames,
  KeyspaceHooks,
  KeyspaceObserver,
  KeyspaceStats,
  KeyIterator,
  KeySource,
} from "./keyspace-hooks.ts";
export type { KeyStore } from "./key-store.ts";
export { Keyspace } from "./keyspace.ts";
export type { HashSeed } from "./half-sip-hash.ts";
export type { Random } from "./hash-ordered-set.ts";
export type { ListEnd } from "./list-middle.ts";
export { List, type ListRange } from "./list.ts";
export { MemberSet, type MemberSetOptions } from "./member-set.ts";
export type { StreamNodeLimits } from "./open-node.ts";
export {
  dropReferences,
  dropTrimmedReferences,
  isNeeded,
  trimUnneeded,
  type ReferencePolicy,
} from "./reference-policy.ts";
export { splitStream, type RecordedMessage } from "./split-stream.ts";
export {
  compareStreamIds,
  formatStreamId,
  nextAutoId,
  nextStreamId,
  parseNewStreamId,
  parseRangeBound,
  parseStreamId,
  previousStreamId,
  STREAM_ID_MAX,
  STREAM_ID_MIN,
  type StreamId,
} from "./stream-id.ts";
export type { TrimOptions, TrimThreshold } from "./stream-trim.ts";
export { Stream } from "./stream.ts";
export { cloneValue, type ValueSurroundings } from "./value-codec.ts";
export {
  ENTRY_OVERHEAD_BYTES,
  entrySizeBytes,
  EXPIRY_BYTES,
  valueSizeBytes,
} from "./value-size.ts";
export { Waiters, type ReadyKey } from "./waiters.ts";
