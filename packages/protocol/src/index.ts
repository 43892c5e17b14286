export { ACL_CATEGORIES, aclCategories, type AclCategory } from "./acl-categories.ts";
export { bulkHead, nextBulkHead } from "./bulk-run.ts";
export {
  ascii,
  compareBytes,
  EMPTY,
  fromBuffer,
  fromText,
  lower,
  own,
  slice,
  toBuffer,
  toText,
  writeAt,
  type Bytes,
} from "./bytes.ts";
export { channelsOf } from "./channels-of.ts";
export { COMMAND_DOCS, type ArgumentDoc, type CommandDoc } from "./command-docs.ts";
export { commandNamed, commandOf, TOP_LEVEL_COMMANDS, type Command } from "./command-lookup.ts";
export type { CommandFlag, CommandSpec, KeyFlag, KeySpec } from "./command-spec.ts";
export {
  COMMANDS,
  type CommandName,
  type HandledCommandName,
  type HandledNameOf,
} from "./command-table.ts";
export { CLUSTER_COMMANDS } from "./command-table/cluster.ts";
export { CONNECTION_COMMANDS } from "./command-table/connection.ts";
export { KEYSPACE_COMMANDS } from "./command-table/keyspace.ts";
export { LISTS_COMMANDS } from "./command-table/lists.ts";
export { PUBSUB_COMMANDS } from "./command-table/pubsub.ts";
export { SERVER_COMMANDS } from "./command-table/server.ts";
export { SETS_COMMANDS } from "./command-table/sets.ts";
export { STREAMS_COMMANDS } from "./command-table/streams.ts";
export { STRINGS_COMMANDS } from "./command-table/strings.ts";
export { TRANSACTIONS_COMMANDS } from "./command-table/transactions.ts";

export { crc64, type Crc64 } from "./crc64.ts";
export {
  CommandError,
  ERROR_PREFIXES,
  NOT_AN_INTEGER,
  OUT_OF_RANGE_POSITIVE,
  ProtocolError,
  SYNTAX_ERROR,
  WRONG_TYPE,
  wrongArity,
  type ErrorPrefix,
} from "./errors.ts";
export { globMatches } from "./glob.ts";
export { CROSS_SLOT, keyAccess, slotOf, type KeyAccess } from "./key-access.ts";
export {
  keyPositions,
  keyReferences,
  mayHaveKeys,
  type KeyReference,
  type KeySearch,
} from "./key-positions.ts";
export { BULK_BYTES_MAX, ERROR_QUOTE_CHARS_MAX, REPLY_STRING_CHARS_MAX } from "./limits.ts";
export { plainKeyRange, type PlainKeyRange } from "./plain-key-range.ts";
export { makeReplyWriter, type ReplyTarget, type ReplyWriter } from "./reply-writer.ts";
export { bytesOfSpan, type ByteSpan } from "./byte-span.ts";
export { UPCOMING_KEYS_MAX, UpcomingKeys } from "./upcoming-keys.ts";
export { spanOfLatest } from "./latest-request.ts";
export { RequestDecoder, type RequestLimits } from "./request-decoder.ts";
export { hashSlot, SLOTS } from "./slot.ts";
export { splitInline } from "./split-inline.ts";
export { xxh3 } from "./xxh3.ts";
