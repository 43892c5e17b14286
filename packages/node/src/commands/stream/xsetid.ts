import {
  ascii,
  CommandError,
  lower,
  NOT_AN_INTEGER,
  SYNTAX_ERROR,
  type Bytes,
} from "@slotcast/protocol";
import {
  compareStreamIds,
  formatStreamId,
  parseStreamId,
  STREAM_ID_MIN,
  type StreamId,
} from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";

const error = (text: string): CommandError => new CommandError("ERR", text);
const NO_SUCH_KEY = error("no such key");
const NEGATIVE_ENTRIES = error("entries_added must be positive");
const BELOW_GIVEN_DELETED = error(
  "The ID specified in XSETID is smaller than the provided max_deleted_entry_id",
);
const BELOW_DELETED = error(
  "The ID specified in XSETID is smaller than current max_deleted_entry_id",
);
const BELOW_NEWEST = error("The ID specified in XSETID is smaller than the target stream top item");
const TOO_FEW_ENTRIES = error(
  "The entries_added specified in XSETID is smaller than the target stream length",
);

/**
 * XSETID key last-id [ENTRIESADDED count] [MAXDELETEDID id]. Reply: OK. What a stream remembers of entries that
 * it does not have any more: for copies of it. A MAXDELETEDID of 0-0 changes nothing.
 * Source: Redis 7.0 src/t_stream.c, xsetidCommand; 7.2 for the id that is below the highest deleted one.
 */
export function xsetid(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs } = context;
  const [, key, idText] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  const lastId = parseStreamId(idText, 0);
  const { entriesAdded, maxDeletedId } = parseOptions(argv, lastId);
  const stream = keys.peekStream(key, nowMs);
  if (stream === undefined) throw NO_SUCH_KEY;
  if (stream.length > 0) {
    if (compareStreamIds(lastId, stream.newestId) < 0) throw BELOW_NEWEST;
    if (entriesAdded !== undefined && entriesAdded < stream.length) throw TOO_FEW_ENTRIES;
  }
  if (compareStreamIds(lastId, stream.maxDeletedId) < 0) throw BELOW_DELETED;
  const isZero = compareStreamIds(maxDeletedId, STREAM_ID_MIN) === 0;
  stream.setProgress({
    lastId,
    maxDeletedId: isZero ? stream.maxDeletedId : maxDeletedId,
    entriesAdded: entriesAdded ?? stream.entriesAdded,
  });
  if (stream.idempotenceParts !== undefined) stream.idempotence.forgetAbove(lastId);
  keys.touchGroups(key);
  context.notify("stream", "xsetid", key);
  context.effects?.append([
    ...[ascii("XSETID"), key, formatStreamId(stream.lastId)],
    ...[ascii("ENTRIESADDED"), ascii(String(stream.entriesAdded))],
    ...[ascii("MAXDELETEDID"), formatStreamId(stream.maxDeletedId)],
  ]);
  context.reply.ok();
}

function parseOptions(
  argv: readonly Bytes[],
  lastId: StreamId,
): { readonly entriesAdded: number | undefined; readonly maxDeletedId: StreamId } {
  let entriesAdded: number | undefined;
  let maxDeletedId = STREAM_ID_MIN;
  for (let at = 3; at < argv.length; at += 2) {
    const option: string = lower(argv[at] as Bytes); // below length
    const value = argv[at + 1];
    if (option === "entriesadded" && value !== undefined) {
      entriesAdded = parseInteger(value);
      if (entriesAdded === undefined) throw NOT_AN_INTEGER;
      if (entriesAdded < 0) throw NEGATIVE_ENTRIES;
    } else if (option === "maxdeletedid" && value !== undefined) {
      maxDeletedId = parseStreamId(value, 0);
      if (compareStreamIds(lastId, maxDeletedId) < 0) throw BELOW_GIVEN_DELETED;
    } else {
      throw SYNTAX_ERROR;
    }
  }
  return { entriesAdded, maxDeletedId };
}
