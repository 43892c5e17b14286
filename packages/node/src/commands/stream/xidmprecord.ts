import { CommandError, type Bytes } from "@slotcast/protocol";
import { compareStreamIds, parseStreamId } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";

const error = (text: string): CommandError => new CommandError("ERR", text);
const NO_PRODUCER = error("producer ID must be non-empty");
const NO_MESSAGE = error("idempotent ID must be non-empty");
const NO_SUCH_KEY = error("no such key");
const NO_ENTRY = error("No such message in stream");
const OTHER_ENTRY = error("IID already exists for this producer with a different stream ID");

/**
 * XIDMPRECORD key producer message id
 *
 * Makes the stream remember that an entry is this message of this producer: the effect of `XADD … IDMP`.
 * Reply: OK, also when it knew. Source: Redis 8.8 (documentation).
 */
export function xidmprecord(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const [, key, producer, message, idText] = argv as readonly [Bytes, Bytes, Bytes, Bytes, Bytes]; // arity
  if (producer === "") throw NO_PRODUCER;
  if (message === "") throw NO_MESSAGE;
  const id = parseStreamId(idText, 0);
  const stream = keys.peekStream(key, nowMs);
  if (stream === undefined) throw NO_SUCH_KEY;
  if (stream.find(id) === undefined) throw NO_ENTRY;
  const known = stream.idempotence.find(producer, message, nowMs);
  if (known !== undefined && compareStreamIds(known, id) !== 0) throw OTHER_ENTRY;
  if (known === undefined) {
    stream.idempotence.record(producer, message, id, nowMs);
    keys.touch(key);
    context.effects?.append(argv);
  }
  reply.ok();
}
