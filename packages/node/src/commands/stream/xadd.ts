import { ascii, CommandError, wrongArity, type Bytes } from "@slotcast/protocol";
import { formatStreamId, Stream, type StreamId } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import {
  parseTrimArguments,
  trimEffect,
  trimStream,
  type Trim,
  type TrimArguments,
} from "./trim-arguments.ts";

const ID_IS_ZERO = new CommandError("ERR", "The ID specified in XADD must be greater than 0-0");
const EXHAUSTED = new CommandError(
  "ERR",
  "The stream has exhausted the last possible ID, unable to add more items",
);

/**
 * XADD key [NOMKSTREAM] [<MAXLEN | MINID> [= | ~] threshold [LIMIT count]] <* | id> field value [field value …]
 *
 * Reply: the new entry's id; null when NOMKSTREAM forbade to make the stream. Effects carry the id chosen here,
 * never `*`: clocks differ. Source: Redis 7.0 src/t_stream.c, xaddCommand.
 */
export function xadd(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const key = argv[1] as Bytes; // arity
  const { trim, noMakeStream, id: asked, end } = parseTrimArguments(argv, "xadd");
  const fieldsFrom = end + 1;
  const fieldArguments = argv.length - fieldsFrom;
  if (fieldArguments < 2 || fieldArguments % 2 === 1) throw wrongArity("xadd");
  if (asked !== undefined && asked.ms === 0 && asked.seq === 0) throw ID_IS_ZERO;
  const existing = keys.peekStream(key, nowMs);
  if (existing === undefined && noMakeStream) {
    reply.nullBulk();
    return;
  }
  const stream = existing ?? new Stream(context.broker.streamNodeLimits);
  const id = chooseId(stream, asked, nowMs);
  stream.append(id, argv, fieldsFrom);
  if (existing === undefined) keys.set(key, stream);
  else keys.touch(key);
  if (trim !== undefined) trimStream(stream, trim);
  const text = formatStreamId(id);
  context.effects?.append(xaddEffect({ argv, fieldsFrom, id: text, trim, stream }));
  context.markReady(key);
  reply.bulk(text);
}

function chooseId(stream: Stream, asked: TrimArguments["id"], nowMs: number): StreamId {
  const next = stream.nextAutoId(nowMs);
  if (next === undefined) throw EXHAUSTED;
  if (asked === undefined) return next;
  return asked.seq === undefined ? stream.nextIdAt(asked.ms) : { ms: asked.ms, seq: asked.seq };
}

function xaddEffect(added: {
  readonly argv: readonly Bytes[];
  readonly fieldsFrom: number;
  readonly id: Bytes;
  readonly trim: Trim | undefined;
  readonly stream: Stream;
}): readonly Bytes[] {
  const { argv, fieldsFrom, id, trim, stream } = added;
  const trimWords = trim === undefined ? [] : trimEffect(trim, stream).map(ascii);
  return [ascii("XADD"), argv[1] as Bytes, ...trimWords, id, ...argv.slice(fieldsFrom)]; // arity
}
