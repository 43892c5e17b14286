import { EMPTY, type Bytes } from "./bytes.ts";
import type { CommandSpec } from "./command-spec.ts";
import { slotOfFirst } from "./latest-request.ts";
import { keyCount, keyPositions } from "./key-positions.ts";
import { plainKeyRange } from "./plain-key-range.ts";
import { hashSlot } from "./slot.ts";
import { sortStoreIndex } from "./sort-store-index.ts";
import { streamsIndex } from "./streams-index.ts";

/**
 * Where the arguments that choose the slot are (keys and shard channels), worked out once per row, so that
 * `slotOf` needs no key specs and no array for them. `last` is negative when it counts from the end.
 */
export type KeyAccess =
  | { readonly kind: "none" }
  | { readonly kind: "one"; readonly index: number }
  | { readonly kind: "range"; readonly first: number; readonly last: number; readonly step: number }
  /** Argument `countAt` says how many there are, from `first` on. */
  | {
      readonly kind: "counted";
      readonly countAt: number;
      readonly first: number;
      readonly step: number;
    }
  /** SORT: the first argument, and the one behind the last STORE. */
  | { readonly kind: "sort" }
  /** XREAD and XREADGROUP: the first half of what is behind STREAMS: keys, then as many ids. */
  | { readonly kind: "streams" }
  /** Anything else: by the specs, with an allocation for each request. */
  | { readonly kind: "specs"; readonly spec: CommandSpec };

/** In place of a slot: the keys are in different slots. */
export const CROSS_SLOT = -1;

export function keyAccess(spec: CommandSpec): KeyAccess {
  // What BY and GET of SORT look up nobody can say before: it does not choose the slot.
  const keySpecs = spec.keySpecs.filter(
    ({ find }) => find.type !== "unknown" || find.rule !== undefined,
  );
  const [only, second] = keySpecs;
  if (only === undefined) return { kind: "none" };
  const { first, last, step, complete } = plainKeyRange(keySpecs);
  if (complete && first === last) return { kind: "one", index: first };
  if (complete) return { kind: "range", first, last, step };
  const { begin, find } = only;
  if (second !== undefined) {
    return second.find.type === "unknown" ? { kind: "sort" } : { kind: "specs", spec };
  }
  if (begin.type === "index" && find.type === "keynum") {
    const { keyNumIndex, firstKey, keyStep } = find;
    return {
      kind: "counted",
      countAt: begin.index + keyNumIndex,
      first: begin.index + firstKey,
      step: keyStep,
    };
  }
  if (begin.type === "keyword" && begin.keyword === "STREAMS") return { kind: "streams" };
  return { kind: "specs", spec };
}

/**
 * The slot of a request, CROSS_SLOT, or `undefined` when it names no key and any node may run it. The arity
 * must have been checked; an argument list that is wrong in another way gives `undefined`, so that the
 * handler answers the syntax error here and now instead of after a redirect (Redis 7.0 src/db.c,
 * xreadGetKeys).
 */
export function slotOf(access: KeyAccess, argv: readonly Bytes[]): number | undefined {
  switch (access.kind) {
    case "none":
      return undefined;
    case "one": {
      const key = argv[access.index];
      if (key === undefined) return undefined;
      return access.index === 1 ? slotOfFirst(argv) : hashSlot(key);
    }
    case "range": {
      const { first, last, step } = access;
      return slotOfRange(argv, { first, last: last < 0 ? argv.length + last : last, step });
    }
    case "counted": {
      const { countAt, first, step } = access;
      const last = first + ((keyCount(argv[countAt]) ?? 0) - 1) * step;
      return last < argv.length ? slotOfRange(argv, { first, last, step }) : undefined;
    }
    case "sort": {
      const slot = hashSlot(argv[1] ?? EMPTY);
      const storeIndex = sortStoreIndex(argv);
      if (storeIndex === 0) return slot;
      return hashSlot(argv[storeIndex] ?? EMPTY) === slot ? slot : CROSS_SLOT;
    }
    case "streams": {
      const first = streamsIndex(argv);
      const left = argv.length - first;
      if (first === 0 || left % 2 === 1) return undefined;
      return slotOfRange(argv, { first, last: first + left / 2 - 1, step: 1 });
    }
    case "specs":
      return commonSlot(
        (keyPositions(access.spec, argv, { withShardChannels: true }) ?? []).map((position) =>
          hashSlot(argv[position] ?? EMPTY),
        ),
      );
  }
}

/** `last` is a position here, counted from the start. */
function slotOfRange(
  argv: readonly Bytes[],
  { first, last, step }: { readonly first: number; readonly last: number; readonly step: number },
): number | undefined {
  let slot: number | undefined;
  for (let index = first; index <= last; index += step) {
    const key = argv[index];
    if (key === undefined) return undefined;
    const other = hashSlot(key);
    if (slot !== undefined && other !== slot) return CROSS_SLOT;
    slot = other;
  }
  return slot;
}

function commonSlot(slots: readonly number[]): number | undefined {
  const [slot] = slots;
  return slots.every((other) => other === slot) ? slot : CROSS_SLOT;
}
