import {
  ascii,
  CommandError,
  EMPTY,
  lower,
  SLOTS,
  SYNTAX_ERROR,
  type Bytes,
} from "@slotcast/protocol";
import { wrongSubcommandArity } from "../connection/wrong-subcommand-arity.ts";
import type { CommandContext } from "../handler.ts";
import { parseInt64 } from "../parse-integer.ts";
import { clusterOf } from "./cluster-of.ts";
import { parseSlot } from "./parse-slot.ts";

const NO_METRIC = new CommandError("ERR", "Unrecognized sort metric for ORDERBY.");
const BAD_LIMIT = new CommandError(
  "ERR",
  "Limit has to lie in between 1 and 16384 (maximum number of slots).",
);
const TWICE = new CommandError("ERR", "Multiple filters of the same type are disallowed.");

interface SlotStats {
  readonly slot: number;
  readonly keyCount: number;
}

/**
 * CLUSTER SLOT-STATS SLOTSRANGE first last
 * CLUSTER SLOT-STATS ORDERBY key-count [LIMIT n] [ASC | DESC]
 *
 * Reply: `[slot, map]` for each slot of this node's shard, in the order of the slots or of what is asked for (DESC when
 * nothing is said). The map has `key-count` only: what Redis counts with `cluster-slot-stats-enabled` is not counted.
 * Source: Redis 8.2 src/cluster_slot_stats.c, clusterSlotStatsCommand.
 */
export function clusterSlotStats(context: CommandContext, argv: readonly Bytes[]): void {
  const [, , how, what, ...rest] = argv as readonly [Bytes, Bytes, Bytes, Bytes, ...Bytes[]]; // arity
  const [lastText, ...more] = rest;
  clusterOf(context);
  const word: string = lower(how);
  if (word === "slotsrange" && lastText !== undefined && more.length === 0) {
    const first = parseSlot(what);
    const last = parseSlot(lastText);
    if (first > last) {
      const text = `Start slot number ${first} is greater than end slot number ${last}`;
      throw new CommandError("ERR", text);
    }
    write(context, ownStats(context, first, last));
  } else if (word === "orderby") {
    if (lower(what) !== "key-count") throw NO_METRIC;
    const { limit, isDescending } = parseOrder(rest);
    const sign = isDescending ? -1 : 1;
    const stats = ownStats(context, 0, SLOTS - 1).sort(
      (left, right) => sign * (left.keyCount - right.keyCount) || left.slot - right.slot,
    );
    write(context, stats.slice(0, limit));
  } else {
    throw wrongSubcommandArity(argv);
  }
}

function parseOrder(words: readonly Bytes[]): { limit: number; isDescending: boolean } {
  let limit: number | undefined;
  let isDescending: boolean | undefined;
  for (let at = 0; at < words.length; at += 1) {
    const word = lower(words[at] ?? EMPTY);
    const next = words[at + 1];
    if (word === "limit" && next !== undefined) {
      const count = parseInt64(next);
      if (typeof count !== "number" || count < 1 || count > SLOTS) throw BAD_LIMIT;
      if (limit !== undefined) throw TWICE;
      limit = count;
      at += 1;
    } else if (word === "asc" || word === "desc") {
      if (isDescending !== undefined) throw TWICE;
      isDescending = word === "desc";
    } else {
      throw SYNTAX_ERROR;
    }
  }
  return { limit: limit ?? SLOTS, isDescending: isDescending ?? true };
}

/** A replica tells of its primary's slots, which it holds a copy of. */
function ownStats(context: CommandContext, first: number, last: number): SlotStats[] {
  const { view } = clusterOf(context);
  // Only slots that had keys have a table, and none is made for asking.
  const counts = new Map(
    context.broker.keyspace.tables().map(({ index, size }) => [index, size] as const),
  );
  const stats: SlotStats[] = [];
  for (let slot = first; slot <= last; slot += 1) {
    const owner = view.ownerOf(slot);
    const isOwn = owner !== undefined && (owner === view.selfId || owner === view.followedId);
    if (isOwn) stats.push({ slot, keyCount: counts.get(slot) ?? 0 });
  }
  return stats;
}

function write({ reply }: CommandContext, stats: readonly SlotStats[]): void {
  reply.array(stats.length);
  for (const { slot, keyCount } of stats) {
    reply.array(2);
    reply.integer(slot);
    reply.map(1);
    reply.bulk(ascii("key-count"));
    reply.integer(keyCount);
  }
}
