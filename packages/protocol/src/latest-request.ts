import type { ByteSpan } from "./byte-span.ts";
import { EMPTY, type Bytes } from "./bytes.ts";
import { hashSlot, hashSlotOfPart } from "./slot.ts";

interface LatestRequest {
  argv: Bytes[];
  /** The decoder. */
  owner: unknown;
  /** The chunk that all of it came in; empty: it came in several, or in a large one. */
  text: Bytes;
  from: number;
  to: number;
  /** The first argument behind the name, in `text`. */
  keyFrom: number;
  keyTo: number;
  /** Of that argument. */
  slot: number;
}

/** Nobody has asked for it yet. */
export const NO_SLOT = -1;

/**
 * The request that any decoder has given last, as it came in. What is asked about it is asked between this one and the
 * next: its bytes, and the slot of its first argument, are then at hand without its views.
 */
export const latest: LatestRequest = {
  argv: [],
  owner: undefined,
  text: EMPTY,
  from: 0,
  to: 0,
  keyFrom: 0,
  keyTo: 0,
  slot: NO_SLOT,
};

/**
 * The bytes of a request, when it is the one that was decoded last and came in one chunk: they stand there already, and
 * need not be written again. Valid until the next request is decoded. `undefined`: write it.
 */
export function spanOfLatest(argv: readonly Bytes[]): ByteSpan | undefined {
  return argv === latest.argv && latest.to > 0 ? latest : undefined;
}

/**
 * The slot of `argv[1]`, which is there. Cost: nothing for the key that the request before it named; else it is summed
 * in the chunk, where a char takes half the time that it takes in a view.
 */
export function slotOfFirst(argv: readonly Bytes[]): number {
  if (argv !== latest.argv) return hashSlot(argv[1] as Bytes); // the caller has seen it
  if (latest.slot === NO_SLOT) {
    const { text, keyFrom, keyTo } = latest;
    latest.slot =
      text === EMPTY
        ? hashSlot(argv[1] as Bytes) // as above
        : hashSlotOfPart(text, keyFrom, keyTo);
  }
  return latest.slot;
}
