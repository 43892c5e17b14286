import { CommandError, lower, type Bytes } from "@slotcast/protocol";
import {
  compareStreamIds,
  formatStreamId,
  nextDeliveryCount,
  parseStreamId,
  type DeliveryCount,
  type PendingEntry,
  type StreamId,
} from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { parseInt64, parseInteger } from "../parse-integer.ts";
import { isDead, moveDeadLetters } from "./dead-letter.ts";
import { finish } from "./deliver.ts";
import { appendProgress, type Delivered } from "./group-effects.ts";
import { consumerSeen, readGroupAt } from "./group-lookup.ts";
import { writeEntries } from "./write-entry.ts";

interface ClaimArguments {
  readonly minIdleMs: number;
  readonly ids: readonly StreamId[];
  readonly deliveredAtMs: number;
  /** `undefined`: one more than before, or as many with JUSTID. */
  readonly retryCount: DeliveryCount | undefined;
  readonly force: boolean;
  readonly justId: boolean;
  readonly lastId: StreamId | undefined;
}

const error = (text: string): CommandError => new CommandError("ERR", text);
const invalid = (what: string): CommandError => error(`Invalid ${what} argument for XCLAIM`);
const INVALID_MIN_IDLE = invalid("min-idle-time");
const INVALID_IDLE = invalid("IDLE option");
const INVALID_TIME = invalid("TIME option");
const INVALID_RETRYCOUNT = invalid("RETRYCOUNT option");

/**
 * XCLAIM key group consumer min-idle-ms id [id …] [IDLE ms] [TIME unix-ms] [RETRYCOUNT count] [FORCE] [JUSTID]
 *   [LASTID id]
 *
 * Entries that were idle for so long, and those that are nobody's, become this consumer's. FORCE: also those that
 * are not pending. What was deleted from the stream is forgotten. Reply: the entries that changed hands; their ids
 * with JUSTID, which does not count as a delivery.
 * Source: Redis 7.0 src/t_stream.c, xclaimCommand; 7.2 for the consumer that is made in any case.
 */
export function xclaim(context: CommandContext, argv: readonly Bytes[]): void {
  const { nowMs, reply } = context;
  const [, key, groupName, name] = argv as readonly [Bytes, Bytes, Bytes, Bytes]; // arity
  const { stream, group } = readGroupAt(context, key, groupName);
  const claim = parseClaim(argv, nowMs);
  const { lastId, deliveredAtMs } = claim;
  const isAhead = lastId !== undefined && compareStreamIds(lastId, group.lastDeliveredId) > 0;
  if (isAhead) group.lastDeliveredId = lastId;
  const consumer = consumerSeen(context, group, { key, groupName, name });
  const ids: StreamId[] = [];
  const fields: (readonly Bytes[])[] = [];
  const claimed: Delivered[] = [];
  const forgotten: StreamId[] = [];
  const dead: PendingEntry[] = [];
  for (const id of claim.ids) {
    const entry = stream.find(id);
    if (entry === undefined) {
      if (group.acknowledge(id)) forgotten.push(id);
      continue;
    }
    const pending = group.find(id);
    if (pending === undefined ? !claim.force : !isIdleFor(pending, claim.minIdleMs, nowMs))
      continue;
    // A person who says RETRYCOUNT hands it out in spite of that.
    const isAgain = pending !== undefined && !claim.justId && claim.retryCount === undefined;
    if (isAgain && isDead(group.policy, pending)) {
      dead.push(pending);
      continue;
    }
    const before = pending?.deliveryCount ?? 1;
    const deliveryCount = claim.retryCount ?? (claim.justId ? before : nextDeliveryCount(before));
    group.claim(id, { consumer, deliveredAtMs, deliveryCount });
    claimed.push({ id, deliveredAtMs, deliveryCount });
    ids.push(id);
    fields.push(entry);
  }
  finish(context, { key, groupName, consumer }, claimed, forgotten);
  moveDeadLetters(context, { key, groupName, stream, group }, dead);
  if (isAhead) {
    context.keys.touchGroups(key);
    appendProgress(context, { key, groupName }, group);
  }
  // Its entries may be idle for long enough sooner than a reader with CLAIM expects.
  if (claimed.length > 0) context.markReady(key);
  if (claim.justId) {
    reply.array(ids.length);
    for (const id of ids) reply.bulk(formatStreamId(id));
  } else {
    writeEntries(reply, { ids, fields });
  }
}

/** With 0 always: also when the clock was put back since. */
export function isIdleFor(entry: PendingEntry, minIdleMs: number, nowMs: number): boolean {
  return minIdleMs <= 0 || nowMs - entry.deliveredAtMs >= minIdleMs;
}

/** Ids end at the first word that is none. Times that lie in the future, or before 1970, are taken for now. */
function parseClaim(argv: readonly Bytes[], nowMs: number): ClaimArguments {
  const minIdleMs = parseInteger(argv[4] as Bytes); // arity
  if (minIdleMs === undefined) throw INVALID_MIN_IDLE;
  const ids: StreamId[] = [];
  let at = 5;
  for (; at < argv.length; at += 1) {
    const id = parseIdOrOption(argv[at] as Bytes); // below length
    if (id === undefined) break;
    ids.push(id);
  }
  let deliveredAtMs = nowMs;
  let retryCount: DeliveryCount | undefined;
  let force = false;
  let justId = false;
  let lastId: StreamId | undefined;
  for (; at < argv.length; at += 1) {
    const word = argv[at] as Bytes; // below length
    const option: string = lower(word);
    const value = argv[at + 1];
    if (option === "force") {
      force = true;
    } else if (option === "justid") {
      justId = true;
    } else if (value === undefined || !WITH_VALUE.has(option)) {
      throw error(`Unrecognized XCLAIM option '${word}'`);
    } else {
      at += 1;
      if (option === "idle") deliveredAtMs = nowMs - orThrow(parseInteger(value), INVALID_IDLE);
      else if (option === "time") deliveredAtMs = orThrow(parseInteger(value), INVALID_TIME);
      else if (option === "lastid") lastId = parseStreamId(value, 0);
      else retryCount = orThrow(parseInt64(value), INVALID_RETRYCOUNT);
    }
  }
  if (deliveredAtMs < 0 || deliveredAtMs > nowMs) deliveredAtMs = nowMs;
  // As in Redis, where -1 says that it was not given.
  if (retryCount !== undefined && retryCount < 0) retryCount = undefined;
  return { minIdleMs, ids, deliveredAtMs, retryCount, force, justId, lastId };
}

const WITH_VALUE: ReadonlySet<string> = new Set(["idle", "time", "retrycount", "lastid"]);

function orThrow<T>(value: T | undefined, reason: CommandError): T {
  if (value === undefined) throw reason;
  return value;
}

/** `undefined`: no id. */
function parseIdOrOption(text: Bytes): StreamId | undefined {
  try {
    return parseStreamId(text, 0);
  } catch (problem) {
    if (problem instanceof CommandError) return undefined;
    throw problem;
  }
}
