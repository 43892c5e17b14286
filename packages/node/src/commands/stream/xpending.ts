import { ascii, EMPTY, lower, NOT_AN_INTEGER, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import {
  formatStreamId,
  parseRangeBound,
  type ConsumerGroup,
  type PendingEntry,
  type StreamId,
} from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";
import { readGroupAt } from "./group-lookup.ts";

/** Of the long form: which entries are asked for. */
interface PendingQuery {
  readonly minIdleMs: number;
  readonly from: StreamId;
  readonly to: StreamId;
  readonly countMax: number;
  readonly consumer: Bytes | undefined;
}

/**
 * XPENDING key group
 * XPENDING key group [IDLE min-idle-ms] start end count [consumer]
 *
 * Reply, short: how many are pending, the lowest and the highest id, and each consumer that has some with their
 * number, as text. Long: id, consumer, idle time and number of deliveries of each; one that is nobody's has no
 * name, an idle time of -1, and is as idle as can be. Source: Redis 7.0 src/t_stream.c, xpendingCommand.
 */
export function xpending(context: CommandContext, argv: readonly Bytes[]): void {
  const [, key, groupName] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  const query = argv.length === 3 ? undefined : parseQuery(argv);
  const { group } = readGroupAt(context, key, groupName);
  if (query === undefined) writeSummary(context, group);
  else writeFound(context, find(context, group, query));
}

/** Source: as above; a ninth argument is let through unread, as there. */
function parseQuery(argv: readonly Bytes[]): PendingQuery {
  if (argv.length < 6 || argv.length > 9) throw SYNTAX_ERROR;
  let at = 3;
  let minIdleMs = 0;
  const [, , , first, second] = argv as readonly [Bytes, Bytes, Bytes, Bytes, Bytes]; // six at least
  if (lower(first) === "idle") {
    minIdleMs = parseNumber(second);
    if (argv.length < 8) throw SYNTAX_ERROR;
    at = 5;
  }
  const [start, end, count, consumer] = argv.slice(at) as [Bytes, Bytes, Bytes, Bytes?]; // counted above
  const countMax = Math.max(parseNumber(count), 0);
  const from = parseRangeBound(start, "start");
  return { minIdleMs, from, to: parseRangeBound(end, "end"), countMax, consumer };
}

function parseNumber(text: Bytes): number {
  const value = parseInteger(text);
  if (value === undefined) throw NOT_AN_INTEGER;
  return value;
}

function find(
  { nowMs }: CommandContext,
  group: ConsumerGroup,
  { minIdleMs, from, to, countMax, consumer: name }: PendingQuery,
): PendingEntry[] {
  const consumer = name === undefined ? undefined : group.consumer(name);
  const found: PendingEntry[] = [];
  if (countMax === 0 || (name !== undefined && consumer === undefined)) return found;
  group.forEachPending({ from, to, consumer }, (entry) => {
    if (nowMs - entry.deliveredAtMs >= minIdleMs) found.push(entry);
    return found.length < countMax;
  });
  return found;
}

function writeFound({ nowMs, reply }: CommandContext, entries: readonly PendingEntry[]): void {
  reply.array(entries.length);
  for (const { id, consumer, deliveredAtMs, deliveryCount } of entries) {
    reply.array(4);
    reply.bulk(formatStreamId(id));
    reply.bulk(consumer?.name ?? EMPTY);
    reply.integer(consumer === undefined ? -1 : Math.max(nowMs - deliveredAtMs, 0));
    reply.integer(deliveryCount);
  }
}

function writeSummary({ reply }: CommandContext, group: ConsumerGroup): void {
  reply.array(4);
  reply.integer(group.pendingCount);
  const bounds = group.pendingBounds();
  if (bounds === undefined) {
    reply.nullBulk();
    reply.nullBulk();
    reply.nullArray();
    return;
  }
  for (const id of bounds) reply.bulk(formatStreamId(id));
  const busy = group.consumers().filter(({ pendingCount }) => pendingCount > 0);
  reply.array(busy.length);
  for (const { name, pendingCount } of busy) {
    reply.array(2);
    reply.bulk(name);
    reply.bulk(ascii(String(pendingCount)));
  }
}
