import type { StreamId } from "./stream-id.ts";
import type { U64 } from "./u64.ts";

/** A key of the tree is an id: 16 bytes, big-endian. */
const KEY_BYTES = 16;
/** Keys that are looked at: some 0.3 ms. Of more, the tree is taken to go on as it begins. */
const KEYS_LOOKED_AT_MAX = 512;

/**
 * How many nodes Redis' radix tree would have with these keys, ascending: XINFO STREAM tells it. We have no such
 * tree; its shape follows from the keys. A leaf for each key, a node wherever keys part, and a node for each run
 * of bytes between these, however long. An estimate for more than 512 keys. Source: Redis 7.0 src/rax.c.
 */
export function countRadixTreeNodes(
  keys: number,
  keyAt: (index: number) => StreamId | undefined,
): number {
  if (keys <= KEYS_LOOKED_AT_MAX) return countExactly(keys, keyAt);
  return Math.round((countExactly(KEYS_LOOKED_AT_MAX, keyAt) * keys) / KEYS_LOOKED_AT_MAX);
}

function countExactly(keys: number, keyAt: (index: number) => StreamId | undefined): number {
  if (keys === 0) return 1;
  let nodes = keys;
  /** Depths at which keys part, from the root to the key looked at. -1: the root itself parts nothing. */
  const parts: number[] = [-1];
  let previous = keyAt(0);
  for (let index = 1; index <= keys; index += 1) {
    const key = index < keys ? keyAt(index) : undefined;
    const common = previous && key ? commonBytes(previous, key) : -1;
    previous = key;
    // The leaf before it hangs from the deepest place where it parts from a neighbour.
    nodes += runBetween(Math.max(parts.at(-1) ?? -1, common), KEY_BYTES);
    while ((parts.at(-1) ?? -1) > common) {
      const depth = parts.pop() ?? -1;
      nodes += runBetween(Math.max(parts.at(-1) ?? -1, common), depth);
    }
    if (parts.at(-1) !== common) {
      parts.push(common);
      nodes += 1;
    }
  }
  return nodes;
}

/** One node for the bytes between two places, if there are any. */
function runBetween(upper: number, lower: number): number {
  return lower - upper - 1 > 0 ? 1 : 0;
}

/** How many leading bytes two different keys share. */
function commonBytes(a: StreamId, b: StreamId): number {
  return a.ms === b.ms ? 8 + commonBytesOf(a.seq, b.seq) : commonBytesOf(a.ms, b.ms);
}

/** The same of two different 64-bit numbers. */
function commonBytesOf(a: U64, b: U64): number {
  if (typeof a === "bigint" || typeof b === "bigint") {
    const differingDigits = (BigInt(a) ^ BigInt(b)).toString(16).length;
    return 8 - Math.ceil(differingDigits / 2);
  }
  const high = Math.trunc(a / 2 ** 32) ^ Math.trunc(b / 2 ** 32);
  if (high !== 0) return Math.clz32(high) >>> 3;
  return 4 + (Math.clz32((a >>> 0) ^ (b >>> 0)) >>> 3);
}
