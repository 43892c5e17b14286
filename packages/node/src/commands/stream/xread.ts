import { CommandError, lower, NOT_AN_INTEGER, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import {
  compareStreamIds,
  formatStreamId,
  nextStreamId,
  parseStreamId,
  Stream,
  STREAM_ID_MAX,
  type StreamId,
} from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";
import { parseTimeoutMs } from "../parse-timeout.ts";
import { writeEntry } from "./write-entry.ts";

interface XreadArguments {
  /** Entries per stream; Infinity: all. */
  readonly countMax: number;
  /** `undefined`: does not block. */
  readonly timeoutMs: number | undefined;
  /** Index of the first key; as many ids follow the keys. */
  readonly keysFrom: number;
  readonly streams: number;
}

const ONLY_IN_GROUPS = new CommandError(
  "ERR",
  "The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
);

/**
 * XREAD [COUNT count] [BLOCK ms] STREAMS key [key …] id [id …]
 *
 * Reply: for each stream that has entries above its id, the key and these entries (RESP3: a map). Nothing:
 * null, after `ms` with BLOCK (0: waits for ever). `$` means the last id at the moment of the call.
 * Source: Redis 7.0 src/t_stream.c, xreadCommand.
 */
export function xread(context: CommandContext, argv: readonly Bytes[]): void {
  const { reply } = context;
  const { countMax, timeoutMs, keysFrom, streams } = parse(argv);
  const afterIds: StreamId[] = [];
  const found: { readonly key: Bytes; readonly stream: Stream; readonly from: StreamId }[] = [];
  for (let index = 0; index < streams; index += 1) {
    const key = argv[keysFrom + index] as Bytes; // counted by `parse`, as the next
    const idText = argv[keysFrom + streams + index] as Bytes;
    const stream = streamAt(context, key);
    const after = parseAfterId(idText, stream);
    afterIds.push(after);
    const from = nextStreamId(after);
    if (
      stream !== undefined &&
      from !== undefined &&
      compareStreamIds(newestId(stream), after) > 0
    ) {
      found.push({ key, stream, from });
    }
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
  for (const { key, stream, from } of found) {
    if (reply.protocol === 2) reply.array(2);
    reply.bulk(key);
    const entries: (readonly [StreamId, readonly Bytes[]])[] = [];
    stream.forEachInRange({ from, to: STREAM_ID_MAX, reverse: false, countMax }, (id, fields) => {
      entries.push([id, fields]);
    });
    reply.array(entries.length);
    for (const [id, fields] of entries) writeEntry(reply, id, fields);
  }
}

/** While it waits, a key that turned into another type has nothing for it; at the call that is WRONGTYPE. */
function streamAt({ keys, nowMs, readyKey }: CommandContext, key: Bytes): Stream | undefined {
  if (readyKey === undefined) return keys.readStream(key, nowMs);
  const value = keys.peek(key, nowMs);
  return value instanceof Stream ? value : undefined;
}

function parseAfterId(text: Bytes, stream: Stream | undefined): StreamId {
  if (text === "$") return stream?.lastId ?? { ms: 0, seq: 0 };
  if (text === ">") throw ONLY_IN_GROUPS;
  return parseStreamId(text, 0);
}

/** 0-0 when there is none: no id is below it. */
function newestId(stream: Stream): StreamId {
  let newest: StreamId = { ms: 0, seq: 0 };
  stream.forEachInRange(
    { from: { ms: 0, seq: 0 }, to: STREAM_ID_MAX, reverse: true, countMax: 1 },
    (id) => {
      newest = id;
    },
  );
  return newest;
}

function parse(argv: readonly Bytes[]): XreadArguments {
  let countMax = Number.POSITIVE_INFINITY;
  let timeoutMs: number | undefined;
  for (let at = 1; at < argv.length; at += 2) {
    const option = lower(argv[at] as Bytes); // below length
    const value = argv[at + 1];
    if (option === "noack") throw onlyInXreadgroup("NOACK");
    if (value === undefined) throw SYNTAX_ERROR;
    if (option === "block") {
      timeoutMs = parseTimeoutMs(value);
    } else if (option === "count") {
      const count = parseInteger(value);
      if (count === undefined) throw NOT_AN_INTEGER;
      countMax = count > 0 ? count : Number.POSITIVE_INFINITY;
    } else if (option === "streams") {
      const following = argv.length - (at + 1);
      if (following % 2 === 1) {
        throw new CommandError(
          "ERR",
          "Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
        );
      }
      return { countMax, timeoutMs, keysFrom: at + 1, streams: following / 2 };
    } else if (option === "group" && argv.length - 1 - at >= 2) {
      throw onlyInXreadgroup("GROUP");
    } else {
      throw SYNTAX_ERROR;
    }
  }
  throw SYNTAX_ERROR;
}

function onlyInXreadgroup(option: string): CommandError {
  return new CommandError(
    "ERR",
    `The ${option} option is only supported by XREADGROUP. You called XREAD instead.`,
  );
}
