import { CommandError, lower, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import {
  compareStreamIds,
  formatStreamId,
  nextDeliveryCount,
  STREAM_ID_MAX,
  parseRangeBound,
  STREAM_ID_MIN,
  type PendingEntry,
  type Stream,
  type StreamId,
} from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { parseInt64, parseInteger } from "../parse-integer.ts";
import { isDead, moveDeadLetters } from "./dead-letter.ts";
import { finish } from "./deliver.ts";
import type { Delivered } from "./group-effects.ts";
import { consumerSeen, readGroupAt, type StreamGroup } from "./group-lookup.ts";
import { writeEntries } from "./write-entry.ts";
import { isIdleFor } from "./xclaim.ts";

const COUNT_DEFAULT = 100;
/** Pending entries looked at in each of the two walks, for each entry that may be returned. */
const LOOKED_AT_PER_ENTRY = 10;
/** Of the walk by id, whatever the count: what is idle behind them is found faster by idle time. */
const LOOKED_AT_BY_ID_MAX = 256;
/** Beyond it Redis' own product of the two overflows. */
const COUNT_MAX = 2n ** 63n / 16n - 1n;
const INVALID_MIN_IDLE = new CommandError("ERR", "Invalid min-idle-time argument for XAUTOCLAIM");
const INVALID_COUNT = new CommandError("ERR", "COUNT must be > 0");

interface AutoclaimArguments {
  readonly minIdleMs: number;
  readonly from: StreamId;
  readonly countMax: number;
  readonly justId: boolean;
}

/** What is to be done: found first, changed afterwards. */
interface Found {
  readonly idle: PendingEntry[];
  readonly fields: (readonly Bytes[])[];
  readonly deleted: StreamId[];
  /** Where the next call goes on; 0-0: nothing is left. */
  cursor: StreamId;
}

/**
 * XAUTOCLAIM key group consumer min-idle-ms start [COUNT count] [JUSTID]
 *
 * Up to `count` entries from `start` on that were idle for so long, or are nobody's, become this consumer's.
 * Reply: where to go on (0-0: at the end), the entries (ids with JUSTID, which does not count as a delivery), and
 * the ids that were pending though deleted from the stream: they are forgotten, and count.
 * Source: Redis 7.0 src/t_stream.c, xautoclaimCommand.
 */
export function xautoclaim(context: CommandContext, argv: readonly Bytes[]): void {
  const { nowMs, reply } = context;
  const [, key, groupName, name] = argv as readonly [Bytes, Bytes, Bytes, Bytes]; // arity
  const claim = parseAutoclaim(argv);
  const target = readGroupAt(context, key, groupName);
  const { group } = target;
  const consumer = consumerSeen(context, group, { key, groupName, name });
  const found = find(target, claim, nowMs);
  const claimed: Delivered[] = [];
  const fields: (readonly Bytes[])[] = [];
  const dead: PendingEntry[] = [];
  for (const [index, entry] of found.idle.entries()) {
    if (!claim.justId && isDead(group.policy, entry)) {
      dead.push(entry);
      continue;
    }
    const { id, deliveryCount: before } = entry;
    const deliveryCount = claim.justId ? before : nextDeliveryCount(before);
    const delivered = { deliveredAtMs: nowMs, deliveryCount };
    group.claim(id, { consumer, ...delivered });
    claimed.push({ id, ...delivered });
    fields.push(found.fields[index] as readonly Bytes[]); // as many as idle
  }
  for (const id of found.deleted) group.acknowledge(id);
  finish(context, { key, groupName, consumer }, claimed, found.deleted);
  moveDeadLetters(context, { key, groupName, ...target }, dead);
  const ids = claimed.map(({ id }) => id);
  reply.array(3);
  reply.bulk(formatStreamId(found.cursor));
  if (claim.justId) writeIds(context, ids);
  else writeEntries(reply, { ids, fields });
  writeIds(context, found.deleted);
}

function writeIds({ reply }: CommandContext, ids: readonly StreamId[]): void {
  reply.array(ids.length);
  for (const id of ids) reply.bulk(formatStreamId(id));
}

/**
 * Walks by id, as Redis does. Where Redis would give up after ten looks an entry and leave the caller to ask again
 * and again, a second walk goes by idle time and finds what is idle among millions that are not. Entries that were
 * deleted from the stream are found by the first walk at once, by the second when they are idle.
 */
function find(target: StreamGroup, claim: AutoclaimArguments, nowMs: number): Found {
  const found: Found = { idle: [], fields: [], deleted: [], cursor: STREAM_ID_MIN };
  const looksMax = claim.countMax * LOOKED_AT_PER_ENTRY;
  const looksByIdMax = Math.min(looksMax, LOOKED_AT_BY_ID_MAX);
  const stoppedAt = walkById(target, claim, { found, looksMax: looksByIdMax, nowMs });
  if (stoppedAt === undefined) return found;
  found.cursor = stoppedAt;
  if (hasEnough(found, claim)) return found;
  const isAll = walkByIdleTime(target, claim, { found, looksMax, nowMs, from: stoppedAt });
  // A retry delay puts entries further back than their idle time says: the next call goes on by id.
  if (isAll && target.group.policy?.retryDelayMs === undefined) found.cursor = STREAM_ID_MIN;
  return found;
}

interface Walk {
  readonly found: Found;
  readonly looksMax: number;
  readonly nowMs: number;
}

/** Returns the pending id that it did not come to; `undefined`: it came to the end. */
function walkById(
  { stream, group }: StreamGroup,
  claim: AutoclaimArguments,
  { found, looksMax, nowMs }: Walk,
): StreamId | undefined {
  let looks = 0;
  let stoppedAt: StreamId | undefined;
  group.forEachPending({ from: claim.from, to: STREAM_ID_MAX }, (entry) => {
    if (looks >= looksMax || hasEnough(found, claim)) {
      stoppedAt = entry.id;
      return false;
    }
    looks += 1;
    if (isIdleFor(entry, claim.minIdleMs, nowMs)) take(stream, entry, found);
    else if (!stream.stillHas(entry.id)) found.deleted.push(entry.id);
    return true;
  });
  return stoppedAt;
}

/** True: it met everything that is idle. */
function walkByIdleTime(
  { stream, group }: StreamGroup,
  claim: AutoclaimArguments,
  { found, looksMax, nowMs, from }: Walk & { readonly from: StreamId },
): boolean {
  let looks = 0;
  let isAll = true;
  group.forEachIdle(nowMs - claim.minIdleMs, (entry) => {
    if (looks >= looksMax || hasEnough(found, claim)) {
      isAll = false;
      return false;
    }
    looks += 1;
    if (compareStreamIds(entry.id, from) >= 0) take(stream, entry, found);
    return true;
  });
  return isAll;
}

function take(stream: Stream, entry: PendingEntry, found: Found): void {
  const fields = stream.find(entry.id);
  if (fields === undefined) {
    found.deleted.push(entry.id);
  } else {
    found.idle.push(entry);
    found.fields.push(fields);
  }
}

function hasEnough({ idle, deleted }: Found, { countMax }: AutoclaimArguments): boolean {
  return idle.length + deleted.length >= countMax;
}

function parseAutoclaim(argv: readonly Bytes[]): AutoclaimArguments {
  const [, , , , minIdleText, startText] = argv as [Bytes, Bytes, Bytes, Bytes, Bytes, Bytes]; // arity
  const minIdleMs = parseInteger(minIdleText);
  if (minIdleMs === undefined) throw INVALID_MIN_IDLE;
  const from = parseRangeBound(startText, "start");
  let countMax = COUNT_DEFAULT;
  let justId = false;
  for (let at = 6; at < argv.length; at += 1) {
    const option: string = lower(argv[at] as Bytes); // below length
    const value = argv[at + 1];
    if (option === "count" && value !== undefined) {
      const count = parseInt64(value);
      if (count === undefined || count <= 0 || count > COUNT_MAX) throw INVALID_COUNT;
      countMax = Number(count);
      at += 1;
    } else if (option === "justid") {
      justId = true;
    } else {
      throw SYNTAX_ERROR;
    }
  }
  return { minIdleMs, from, countMax, justId };
}
