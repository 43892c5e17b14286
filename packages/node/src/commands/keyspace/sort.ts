import { ascii, EMPTY, WRONG_TYPE, type Bytes } from "@slotcast/protocol";
import { List, MemberSet, type Value } from "@slotcast/store";
import type { CommandContext, EffectSink } from "../handler.ts";
import { announceOverwritten } from "./announce-overwritten.ts";
import { parseSortOptions, type SortOptions } from "./sort-options.ts";
import { sortByNumber, sortByText } from "./sort-order.ts";
import { lookUpPattern } from "./sort-pattern.ts";

/** Elements in one effect: a request takes at most 1,048,576 arguments. */
const EFFECT_ELEMENTS_MAX = 1024;

/**
 * SORT key [BY pattern] [LIMIT start count] [GET pattern …] [ASC | DESC] [ALPHA] [STORE destination]
 *
 * The elements of a list or set in order, as numbers unless ALPHA. Reply: an array, or with STORE how many there
 * are; nothing to store deletes the destination. Source: Redis 7.0 src/sort.c, sortCommandGeneric.
 */
export function sort(context: CommandContext, argv: readonly Bytes[]): void {
  sortKey(context, argv, { isReadOnly: false });
}

/** SORT_RO: SORT without STORE. */
export function sortRo(context: CommandContext, argv: readonly Bytes[]): void {
  sortKey(context, argv, { isReadOnly: true });
}

function sortKey(
  context: CommandContext,
  argv: readonly Bytes[],
  { isReadOnly }: { readonly isReadOnly: boolean },
): void {
  const { broker, keys, nowMs, reply } = context;
  const isCluster = broker.cluster !== undefined;
  const options = parseSortOptions(argv, { isReadOnly, isCluster });
  const sorted = sortedElements(context, keys.read(argv[1] as Bytes, nowMs), options); // arity
  const { get, store } = options;
  if (store !== undefined) {
    const found = (element: Bytes): Bytes[] =>
      lookUpAll(context, get, element).map((each) => each ?? EMPTY);
    const stored = get.length === 0 ? sorted : sorted.flatMap(found);
    storeList(context, store, stored);
    reply.integer(stored.length);
    return;
  }
  reply.array(sorted.length * Math.max(get.length, 1));
  for (const element of sorted) {
    if (get.length === 0) reply.bulk(element);
    for (const found of lookUpAll(context, get, element)) {
      if (found === undefined) reply.nullBulk();
      else reply.bulk(found);
    }
  }
}

/** None without a value. Throws WRONGTYPE. */
function sortedElements(
  context: CommandContext,
  value: Value | undefined,
  options: SortOptions,
): readonly Bytes[] {
  if (value === undefined) return [];
  if (!(value instanceof List) && !(value instanceof MemberSet)) throw WRONG_TYPE;
  if (value instanceof List && !options.isSorted) return rangeOf(value, options);
  const { from, to } = limitOf(options, value instanceof List ? value.length : value.size);
  return inOrder(context, elementsOf(value), options).slice(from, to);
}

/** `to` is behind the last one. A start below 0 is 0. */
function limitOf({ limit: { start, count } }: SortOptions, length: number): Range {
  const from = Math.min(Math.max(start, 0), length);
  return { from, to: count < 0 ? length : Math.min(from + count, length) };
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** A list that is not to be sorted has an order of its own: only what is asked for is looked at. */
function rangeOf(list: List, options: SortOptions): readonly Bytes[] {
  const { length } = list;
  const { from, to } = limitOf(options, length);
  if (!options.isDescending) return elementsOf(list, { from, to });
  return elementsOf(list, { from: length - to, to: length - from }).toReversed();
}

function elementsOf(value: List | MemberSet, range?: Range): Bytes[] {
  const elements: Bytes[] = [];
  const take = (element: Bytes): void => {
    elements.push(element);
  };
  if (value instanceof MemberSet) {
    value.forEach(take);
  } else {
    const { from, to } = range ?? { from: 0, to: value.length };
    value.forEachInRange({ start: from, stop: to - 1 }, take);
  }
  return elements;
}

function inOrder(
  { keys, nowMs }: CommandContext,
  elements: readonly Bytes[],
  options: SortOptions,
): readonly Bytes[] {
  const { by, isAlpha, isDescending, isSorted, store } = options;
  const direction = isDescending ? -1 : 1;
  // A set, then: what is stored must not depend on its order, which may differ on who replays it.
  if (!isSorted && store === undefined) return elements;
  const isByElement = by === undefined || !isSorted;
  const sortables = elements.map((element) => ({
    element,
    by: isByElement ? element : lookUpPattern(keys, by, { element, nowMs }),
  }));
  const order = isAlpha || !isSorted ? sortByText : sortByNumber;
  return order(sortables, direction);
}

function lookUpAll(
  { keys, nowMs }: CommandContext,
  patterns: readonly Bytes[],
  element: Bytes,
): (Bytes | undefined)[] {
  return patterns.map((pattern) => lookUpPattern(keys, pattern, { element, nowMs }));
}

/** The effects name the result: what BY and GET found may have expired on who replays them. */
function storeList(context: CommandContext, key: Bytes, elements: readonly Bytes[]): void {
  const { broker, effects, keys, nowMs } = context;
  const before = keys.peek(key, nowMs);
  if (before !== undefined) effects?.append([ascii("DEL"), key]);
  if (elements.length === 0) {
    if (keys.delete(key)) context.notify("generic", "del", key);
    return;
  }
  const list = new List();
  for (const element of elements) list.pushTail(element);
  keys.set(key, list);
  if (effects !== undefined) appendPushes(effects, key, elements);
  announceOverwritten(broker.events, keys, key, { before, after: list });
  context.notify("list", "sortstore", key);
  context.markReady(key);
}

function appendPushes(effects: EffectSink, key: Bytes, elements: readonly Bytes[]): void {
  for (let at = 0; at < elements.length; at += EFFECT_ELEMENTS_MAX) {
    effects.append([ascii("RPUSH"), key, ...elements.slice(at, at + EFFECT_ELEMENTS_MAX)]);
  }
}
