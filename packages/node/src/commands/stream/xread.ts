import { CommandError, type Bytes } from "@slotcast/protocol";
import {
  formatStreamId,
  nextStreamId,
  parseStreamId,
  previousStreamId,
  Stream,
  type StreamId,
} from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { parseReadArguments } from "./read-arguments.ts";
import { hasNewer, ReadBudget, readEntries, type FoundEntries } from "./read-entries.ts";
import { writeEntries } from "./write-entry.ts";

const ONLY_IN_GROUPS = new CommandError(
  "ERR",
  "The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
);
const ZERO: StreamId = { ms: 0, seq: 0 };

/**
 * XREAD [COUNT count] [MAXCOUNT count] [MAXSIZE bytes] [BLOCK ms] STREAMS key [key …] id [id …]
 *
 * Reply: for each stream that has entries above its id, the key and these entries (RESP3: a map). Nothing:
 * null, after `ms` with BLOCK (0: waits for ever). `$` means the last id at the moment of the call, `+` the newest
 * entry. Source: Redis 7.0 src/t_stream.c, xreadCommand; 7.4 for `+`.
 */
export function xread(context: CommandContext, argv: readonly Bytes[]): void {
  const { reply } = context;
  const read = parseReadArguments(argv, "xread");
  const { countMax, timeoutMs, keysFrom, streams } = read;
  const afterIds: StreamId[] = [];
  const news: { readonly key: Bytes; readonly stream: Stream; readonly from: StreamId }[] = [];
  for (let index = 0; index < streams; index += 1) {
    const key = argv[keysFrom + index] as Bytes; // counted while parsing, as the next
    const idText = argv[keysFrom + streams + index] as Bytes;
    const stream = streamAt(context, key);
    const after = parseAfterId(idText, stream);
    afterIds.push(after);
    const from = nextStreamId(after);
    if (stream !== undefined && from !== undefined && hasNewer(stream, after)) {
      news.push({ key, stream, from });
    }
  }
  const budget = new ReadBudget(read);
  const found: { readonly key: Bytes; readonly entries: FoundEntries }[] = [];
  for (const { key, stream, from } of news) {
    const entries = readEntries(stream, { from, countMax }, budget);
    if (entries.ids.length > 0) found.push({ key, entries });
  }
  if (found.length === 0) {
    if (timeoutMs === undefined) {
      reply.nullArray();
      return;
    }
    // Executed again when a key is ready: `$` must still mean now.
    const frozen = [...argv.slice(0, keysFrom + streams), ...afterIds.map(formatStreamId)];
    const keys = argv.slice(keysFrom, keysFrom + streams);
    context.park({ keys, waitsFor: "stream", timeoutMs, argv: frozen });
    return;
  }
  if (reply.protocol === 3) reply.map(found.length);
  else reply.array(found.length);
  for (const { key, entries } of found) {
    if (reply.protocol === 2) reply.array(2);
    reply.bulk(key);
    writeEntries(reply, entries);
  }
}

/** While it waits, a key that turned into another type has nothing for it; at the call that is WRONGTYPE. */
function streamAt({ keys, nowMs, readyKey }: CommandContext, key: Bytes): Stream | undefined {
  if (readyKey === undefined) return keys.readStream(key, nowMs);
  const value = keys.peek(key, nowMs);
  return value instanceof Stream ? value : undefined;
}

function parseAfterId(text: Bytes, stream: Stream | undefined): StreamId {
  if (text === "$") return stream?.lastId ?? ZERO;
  if (text === "+") return previousStreamId(stream?.newestId ?? ZERO) ?? ZERO;
  if (text === ">") throw ONLY_IN_GROUPS;
  return parseStreamId(text, 0);
}
