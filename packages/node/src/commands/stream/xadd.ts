import { ascii, CommandError, EMPTY, own, wrongArity, type Bytes } from "@slotcast/protocol";
import { formatStreamId, Stream, type StreamId } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { contentId } from "./content-id.ts";
import {
  parseTrimArguments,
  type IdempotentMessage,
  type TrimArguments,
} from "./trim-arguments.ts";
import { announceTrim, trimStream } from "./trim-stream.ts";

const ID_IS_ZERO = new CommandError("ERR", "The ID specified in XADD must be greater than 0-0");
const EXHAUSTED = new CommandError(
  "ERR",
  "The stream has exhausted the last possible ID, unable to add more items",
);

/** XADD key id …: where the id stands without options. */
const ID_AT = 2;

/**
 * XADD key [NOMKSTREAM] [KEEPREF | DELREF | ACKED] [IDMPAUTO producer | IDMP producer message]
 *   [<MAXLEN | MINID> [= | ~] threshold [LIMIT count]] <* | id> field value [field value …]
 *
 * Reply: the new entry's id; null when NOMKSTREAM forbade to make the stream; the first entry's id for a message
 * that its producer sent before.
 * Source: Redis 7.0 src/t_stream.c, xaddCommand; 8.2 and 8.6 for policies and IDMP.
 */
export function xadd(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const key = argv[1] as Bytes; // arity
  const { trim, noMakeStream, idempotent, id: asked, end } = parseTrimArguments(argv, "xadd");
  const fieldsFrom = end + 1;
  const fieldArguments = argv.length - fieldsFrom;
  if (fieldArguments < 2 || fieldArguments % 2 === 1) throw wrongArity("xadd");
  if (asked !== undefined && asked.ms === 0 && asked.seq === 0) throw ID_IS_ZERO;
  const existing = keys.peekStream(key, nowMs);
  if (existing === undefined && noMakeStream) {
    reply.nullBulk();
    return;
  }
  const message = idempotent && nameMessage(idempotent, argv, fieldsFrom);
  if (existing !== undefined && message !== undefined) {
    const original = existing.idempotence.originalOf(message.producer, message.id, nowMs);
    if (original !== undefined) {
      reply.bulk(formatStreamId(original));
      return;
    }
  }
  const stream = existing ?? new Stream(context.broker.streamNodeLimits);
  const id = chooseId(stream, asked, nowMs);
  stream.append(id, argv, fieldsFrom);
  if (message !== undefined) stream.idempotence.record(message.producer, message.id, id, nowMs);
  if (existing === undefined) keys.set(key, stream);
  else keys.touch(key);
  const trimmed = trim === undefined ? undefined : trimStream(stream, trim);
  const text = asked === undefined ? autoIdText(id) : formatStreamId(id);
  context.notify("stream", "xadd", key);
  // Without options the request itself: whoever executes it has the same stream and the same clock, and so chooses this id.
  context.effects?.append(
    end === ID_AT ? argv : [ascii("XADD"), key, text, ...argv.slice(fieldsFrom)],
  );
  // Before the trim: it wants its entry to be there.
  if (message !== undefined) {
    context.effects?.append([ascii("XIDMPRECORD"), key, message.producer, message.id, text]);
  }
  if (trim !== undefined && trimmed !== undefined && trimmed.removed > 0) {
    announceTrim(context, key, { stream, trim, end: trimmed.end });
  }
  context.markReady(key);
  reply.bulk(text);
}

/** The text of ids chosen in this millisecond, up to the sequence number: in one piece, for all that are chosen in it. */
const autoIds: { ms: StreamId["ms"]; head: Bytes } = { ms: -1, head: EMPTY };

function autoIdText({ ms, seq }: StreamId): Bytes {
  if (ms !== autoIds.ms) {
    autoIds.ms = ms;
    autoIds.head = own(ascii(`${ms}-`));
  }
  return ascii(autoIds.head + seq);
}

/** A message of a producer, as its stream remembers it. */
interface NamedMessage {
  readonly producer: Bytes;
  readonly id: Bytes;
}

function nameMessage(
  { producer, message }: IdempotentMessage,
  argv: readonly Bytes[],
  fieldsFrom: number,
): NamedMessage {
  return { producer, id: message ?? contentId(argv, fieldsFrom) };
}

function chooseId(stream: Stream, asked: TrimArguments["id"], nowMs: number): StreamId {
  const next = stream.nextAutoId(nowMs);
  if (next === undefined) throw EXHAUSTED;
  if (asked === undefined) return next;
  return asked.seq === undefined ? stream.nextIdAt(asked.ms) : { ms: asked.ms, seq: asked.seq };
}
