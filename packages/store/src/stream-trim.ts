import type { Deque } from "./deque.ts";
import type { StreamNodeLimits } from "./open-node.ts";
import { compareStreamIds, STREAM_ID_MAX, STREAM_ID_MIN, type StreamId } from "./stream-id.ts";
import type { StreamNode } from "./stream-node.ts";

/** What a trim may remove, oldest entries first. */
export interface TrimOptions {
  /** Remove whole nodes only: cheap, and may leave up to a node too much. `~` of XADD and XTRIM. */
  readonly approximate: boolean;
  /**
   * Stop before a node that would make more than this many entries removed; 0: no limit. When `undefined`,
   * Redis' defaults: 100 nodes' worth for an approximate trim, no limit for an exact one.
   */
  readonly limit: number | undefined;
}

/** Remove the oldest entries above `lengthMax`, or those below `idMin`. */
export type TrimThreshold =
  | { readonly by: "maxlen"; readonly lengthMax: number }
  | { readonly by: "minid"; readonly idMin: StreamId };

/** Bounds of the default limit: Redis 7.0 src/t_stream.c, streamParseAddOrTrimArgsOrReply. */
const TRIM_LIMIT_MAX = 1_000_000;
const TRIM_LIMIT_WITHOUT_NODE_ENTRIES = 10_000;
const TRIM_LIMIT_NODES = 100;

/** The limit of a trim in entries; 0: none. */
export function trimLimit(
  { approximate, limit }: TrimOptions,
  { nodeEntriesMax }: StreamNodeLimits,
): number {
  if (limit !== undefined) return limit;
  if (!approximate) return 0;
  if (nodeEntriesMax === 0) return TRIM_LIMIT_WITHOUT_NODE_ENTRIES;
  return Math.min(TRIM_LIMIT_NODES * nodeEntriesMax, TRIM_LIMIT_MAX);
}

/**
 * Where a trim ends: an id that no entry which it would remove has reached; `undefined`: it would remove all.
 * For trims that look at entries one by one, since some of them are still needed.
 */
export function trimEnd(
  nodes: Deque<StreamNode>,
  threshold: TrimThreshold,
  options: {
    readonly approximate: boolean;
    readonly limitEntries: number;
    readonly length: number;
  },
): StreamId | undefined {
  const { approximate, limitEntries } = options;
  let left = options.length;
  let seen = 0;
  for (let index = 0; ; index += 1) {
    const node = nodes.at(index);
    if (node === undefined) return undefined;
    const { length } = node;
    const isDone = threshold.by === "maxlen" && left <= threshold.lengthMax;
    if (isDone || (limitEntries !== 0 && seen + length > limitEntries)) return node.firstId;
    const isWhole =
      threshold.by === "maxlen"
        ? left - length >= threshold.lengthMax
        : compareStreamIds(node.lastId, threshold.idMin) < 0;
    if (!isWhole) {
      if (approximate) return node.firstId;
      return threshold.by === "minid"
        ? threshold.idMin
        : idOfEntry(node, left - threshold.lengthMax);
    }
    left -= length;
    seen += length;
  }
}

/** Entries are counted from 0 here, and the node has more than `index`. */
function idOfEntry(node: StreamNode, index: number): StreamId {
  const all = { from: STREAM_ID_MIN, to: STREAM_ID_MAX, reverse: false, countMax: index + 1 };
  let found = node.firstId;
  node.reader(all).forEachInRange(all, (id) => {
    found = id;
  });
  return found;
}
