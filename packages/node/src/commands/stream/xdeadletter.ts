import {
  ascii,
  CommandError,
  hashSlot,
  lower,
  NOT_AN_INTEGER,
  SYNTAX_ERROR,
  type Bytes,
} from "@slotcast/protocol";
import {
  dropReferences,
  formatStreamId,
  nextStreamId,
  Stream,
  STREAM_ID_MAX,
  type StreamId,
} from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { makeHelp } from "../help.ts";
import { parseInteger } from "../parse-integer.ts";
import { DEAD_LETTER_FIELDS } from "./dead-letter.ts";

/** Entries that REDRIVE puts back without COUNT: one call must not hold up everybody else. */
const REDRIVE_COUNT_DEFAULT = 100;
/** Letters that are looked at in one go; the store may not be changed meanwhile. */
const BATCH = 128;

const NOT_POSITIVE = new CommandError("ERR", "COUNT must be > 0");

interface Letter {
  readonly id: StreamId;
  readonly origin: Bytes;
  /** Its own fields and values, without the traces. */
  readonly fields: readonly Bytes[];
}

/** XDEADLETTER HELP. */
export const xdeadletterHelp = makeHelp("XDEADLETTER", [
  "REDRIVE <key> [COUNT <count>]",
  "    Put dead letters back into the streams they came from, oldest first.",
]);

/**
 * XDEADLETTER REDRIVE key [COUNT count]
 *
 * Puts the oldest dead letters back into the streams that they came from, as new entries with their own fields
 * only, and removes them here. Reply: how many. An entry that is no dead letter, or whose stream cannot take it,
 * stays. A stream that is gone is made again.
 */
export function xdeadletterRedrive(context: CommandContext, argv: readonly Bytes[]): void {
  const { keys, nowMs, reply } = context;
  const [, , key] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  const countMax = parseCount(argv);
  const letters = keys.peekStream(key, nowMs);
  if (letters === undefined) {
    reply.integer(0);
    return;
  }
  let count = 0;
  let from: StreamId | undefined = letters.firstId;
  while (from !== undefined && count < countMax) {
    const batch = readBatch(letters, from);
    for (const letter of batch.letters) {
      if (count >= countMax) break;
      if (!putBack(context, key, letter)) continue;
      letters.delete(letter.id);
      dropReferences(letters.groups, letter.id);
      const id = formatStreamId(letter.id);
      context.effects?.append(["XDELEX", key, "DELREF", "IDS", "1", id].map(ascii));
      count += 1;
    }
    from = batch.next;
  }
  if (count > 0) {
    keys.touch(key);
    context.notify("stream", "xdel", key);
  }
  reply.integer(count);
}

function parseCount(argv: readonly Bytes[]): number {
  if (argv.length === 3) return REDRIVE_COUNT_DEFAULT;
  const [, , , option, value] = argv;
  if (argv.length !== 5 || option === undefined || value === undefined) throw SYNTAX_ERROR;
  if (lower(option) !== "count") throw SYNTAX_ERROR;
  const count = parseInteger(value);
  if (count === undefined) throw NOT_AN_INTEGER;
  if (count < 1) throw NOT_POSITIVE;
  return count;
}

/** `next`: where to go on; `undefined` at the end. */
function readBatch(
  stream: Stream,
  from: StreamId,
): { readonly letters: Letter[]; readonly next: StreamId | undefined } {
  const letters: Letter[] = [];
  let last: StreamId | undefined;
  stream.forEachInRange(
    { from, to: STREAM_ID_MAX, reverse: false, countMax: BATCH },
    (id, fields) => {
      last = id;
      const own = fields.length - 2 * DEAD_LETTER_FIELDS.length;
      const hasTraces = DEAD_LETTER_FIELDS.every((name, index) => fields[own + 2 * index] === name);
      const origin = fields[own + 1];
      if (own >= 2 && hasTraces && origin !== undefined) {
        letters.push({ id, origin, fields: fields.slice(0, own) });
      }
    },
  );
  return { letters, next: last === undefined ? undefined : nextStreamId(last) };
}

/** False: the origin cannot take it. */
function putBack(context: CommandContext, key: Bytes, { origin, fields }: Letter): boolean {
  const { keys, nowMs, broker } = context;
  if (origin === key) return false;
  // A forged letter must not make a key in a slot that is served elsewhere.
  if (broker.cluster !== undefined && hashSlot(origin) !== keys.index) return false;
  const existing = keys.peek(origin, nowMs);
  const stream = existing ?? new Stream(broker.streamNodeLimits);
  const id = stream instanceof Stream ? stream.nextAutoId(nowMs) : undefined;
  if (!(stream instanceof Stream) || id === undefined) return false;
  stream.append(id, fields, 0);
  if (existing === undefined) keys.set(origin, stream);
  else keys.touch(origin);
  context.notify("stream", "xadd", origin);
  context.effects?.append([ascii("XADD"), origin, formatStreamId(id), ...fields]);
  context.markReady(origin);
  return true;
}
