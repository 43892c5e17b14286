import { EMPTY, lower, NOT_AN_INTEGER, type Bytes, type ReplyWriter } from "@slotcast/protocol";
import {
  formatStreamId,
  STREAM_ID_MAX,
  STREAM_ID_MIN,
  type Consumer,
  type ConsumerGroup,
  type PendingEntry,
  type Stream,
} from "@slotcast/store";
import { wrongSubcommandArity } from "../connection/wrong-subcommand-arity.ts";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";
import { readEntries } from "./read-entries.ts";
import { writeEntries, writeEntry } from "./write-entry.ts";
import { writePolicy } from "./write-policy.ts";
import { field, streamToShow, writeProgress } from "./xinfo.ts";

/** Entries and pending entries that FULL shows of each kind, when not told. */
const FULL_COUNT_DEFAULT = 10;
/** What both forms tell first, and what each tells after it. */
const COMMON_FIELDS = 13;
const SHORT_FIELDS = 3;
const FULL_FIELDS = 2;

/**
 * XINFO STREAM key [FULL [COUNT count]]
 *
 * Reply: a map. Short: with the first and the last entry. FULL: with entries, groups, consumers and what is pending,
 * `count` of each (0: all). `radix-tree-…` is what Redis would have.
 * Source: Redis 7.0 src/t_stream.c, xinfoReplyWithStreamInfo; 7.2 for `active-time`, 8.6 and 8.8 for what is newer.
 */
export function xinfoStream(context: CommandContext, argv: readonly Bytes[]): void {
  const { reply, nowMs } = context;
  const stream = streamToShow(context, argv);
  const countMax = parseFull(argv);
  reply.map(COMMON_FIELDS + (countMax === undefined ? SHORT_FIELDS : FULL_FIELDS));
  field(reply, "length").integer(stream.length);
  field(reply, "radix-tree-keys").integer(stream.nodeCount);
  field(reply, "radix-tree-nodes").integer(stream.radixTreeNodes());
  field(reply, "last-generated-id").bulk(formatStreamId(stream.lastId));
  field(reply, "max-deleted-entry-id").bulk(formatStreamId(stream.maxDeletedId));
  field(reply, "entries-added").integer(stream.entriesAdded);
  field(reply, "recorded-first-entry-id").bulk(formatStreamId(stream.firstId));
  const idempotence = stream.idempotenceStats(nowMs);
  field(reply, "idmp-duration").integer(idempotence.durationS);
  field(reply, "idmp-maxsize").integer(idempotence.sizeMax);
  field(reply, "pids-tracked").integer(idempotence.pidsTracked);
  field(reply, "iids-tracked").integer(idempotence.iidsTracked);
  field(reply, "iids-added").integer(idempotence.iidsAdded);
  field(reply, "iids-duplicates").integer(idempotence.iidsDuplicates);
  if (countMax === undefined) {
    field(reply, "groups").integer(stream.groups.size);
    writeEnd(field(reply, "first-entry"), stream, { reverse: false });
    writeEnd(field(reply, "last-entry"), stream, { reverse: true });
    return;
  }
  field(reply, "entries");
  writeEntries(reply, readEntries(stream, { from: STREAM_ID_MIN, countMax }));
  const groups = stream.groups.named();
  field(reply, "groups").array(groups.length);
  for (const [name, group] of groups) writeGroup(reply, { name, stream, group, countMax });
}

/** How many of each kind; `undefined`: not FULL. */
function parseFull(argv: readonly Bytes[]): number | undefined {
  const [, , , full, option, value] = argv;
  if (full === undefined) return undefined;
  if (lower(full) !== "full") throw wrongSubcommandArity(argv);
  if (option === undefined) return FULL_COUNT_DEFAULT;
  if (argv.length !== 6 || value === undefined || lower(option) !== "count") {
    throw wrongSubcommandArity(argv);
  }
  const count = parseInteger(value);
  if (count === undefined) throw NOT_AN_INTEGER;
  if (count === 0) return Number.POSITIVE_INFINITY;
  return count < 0 ? FULL_COUNT_DEFAULT : count;
}

function writeEnd(reply: ReplyWriter, stream: Stream, { reverse }: { reverse: boolean }): void {
  if (stream.length === 0) {
    reply.nullBulk();
    return;
  }
  const range = { from: STREAM_ID_MIN, to: STREAM_ID_MAX, reverse, countMax: 1 };
  stream.forEachInRange(range, (id, fields) => {
    writeEntry(reply, id, fields);
  });
}

function writeGroup(
  reply: ReplyWriter,
  {
    name,
    stream,
    group,
    countMax,
  }: {
    readonly name: Bytes;
    readonly stream: Stream;
    readonly group: ConsumerGroup;
    readonly countMax: number;
  },
): void {
  reply.map(group.policy === undefined ? 8 : 9);
  field(reply, "name").bulk(name);
  writeProgress(reply, stream, group);
  field(reply, "pel-count").integer(group.pendingCount);
  field(reply, "nacked-count").integer(group.unownedCount);
  const pending = firstPending(group, undefined, countMax);
  field(reply, "pending").array(pending.length);
  for (const { id, consumer, deliveredAtMs, deliveryCount } of pending) {
    reply.array(4);
    reply.bulk(formatStreamId(id));
    reply.bulk(consumer?.name ?? EMPTY);
    reply.integer(consumer === undefined ? 0 : deliveredAtMs);
    reply.integer(deliveryCount);
  }
  const consumers = group.consumers();
  field(reply, "consumers").array(consumers.length);
  for (const consumer of consumers) writeConsumer(reply, group, consumer, countMax);
  if (group.policy !== undefined) writePolicy(field(reply, "policy"), group.policy);
}

function writeConsumer(
  reply: ReplyWriter,
  group: ConsumerGroup,
  consumer: Consumer,
  countMax: number,
): void {
  reply.map(5);
  field(reply, "name").bulk(consumer.name);
  field(reply, "seen-time").integer(consumer.seenTimeMs);
  field(reply, "active-time").integer(consumer.activeTimeMs ?? -1);
  field(reply, "pel-count").integer(consumer.pendingCount);
  const pending = firstPending(group, consumer, countMax);
  field(reply, "pending").array(pending.length);
  for (const { id, deliveredAtMs, deliveryCount } of pending) {
    reply.array(3);
    reply.bulk(formatStreamId(id));
    reply.integer(deliveredAtMs);
    reply.integer(deliveryCount);
  }
}

/** The oldest ones of the group, or of one of its consumers. */
function firstPending(
  group: ConsumerGroup,
  consumer: Consumer | undefined,
  countMax: number,
): PendingEntry[] {
  const found: PendingEntry[] = [];
  group.forEachPending({ from: STREAM_ID_MIN, to: STREAM_ID_MAX, consumer }, (entry) => {
    return found.push(entry) < countMax;
  });
  return found;
}
