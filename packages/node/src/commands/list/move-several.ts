import { ascii, CommandError, lower, SYNTAX_ERROR, type Bytes } from "@slotcast/protocol";
import type { List } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { parseInteger } from "../parse-integer.ts";
import { parseTimeoutSeconds } from "../parse-timeout.ts";
import { finishMove, moveWords, parseMove, targetOf, type Move } from "./move.ts";

const COUNT_NOT_POSITIVE = new CommandError("ERR", "count should be greater than 0");

interface Amount {
  readonly count: number;
  /** All or nothing. */
  readonly isExact: boolean;
  /** `obo`, one by one: what is taken first is pushed first. `bulk`: their order in the source stays. */
  readonly order: "obo" | "bulk";
}

const ONE: Amount = { count: 1, isExact: false, order: "obo" };
const ORDERS = new Map<string, Amount["order"]>([
  ["obo", "obo"],
  ["bulk", "bulk"],
]);
/** `COUNT 2 OBO` */
const AMOUNT_WORDS = 3;

/**
 * LMOVEM source destination <LEFT | RIGHT> <LEFT | RIGHT> [<COUNT | EXACTLY> count <OBO | BULK>]
 *
 * Reply: the elements that were moved, as they stand in the destination, from its head to its tail. Without a
 * source the empty array; null when there are fewer than EXACTLY so many. All are taken before the first is
 * pushed, which shows when source and destination are the same. Source: Redis 8.10 documentation.
 */
export function lmovem(context: CommandContext, argv: readonly Bytes[]): void {
  const move = parseMove(argv);
  const amount = parseAmount(argv, 5);
  const list = context.keys.peekList(move.source, context.nowMs);
  if (list !== undefined && hasEnough(list, amount)) moveSeveral(context, { move, amount, list });
  else if (amount.isExact) context.reply.nullArray();
  else context.reply.array(0);
}

/**
 * BLMOVEM source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout [<COUNT | EXACTLY> count <OBO | BULK>]
 *
 * Waits for one element; with EXACTLY, until the source has so many. Reply: as LMOVEM; the null array after the
 * time-out.
 */
export function blmovem(context: CommandContext, argv: readonly Bytes[]): void {
  const move = parseMove(argv);
  const timeoutMs = parseTimeoutSeconds(argv[5] as Bytes); // arity
  const amount = parseAmount(argv, 6);
  const list = context.keys.peekList(move.source, context.nowMs);
  if (list !== undefined && hasEnough(list, amount)) moveSeveral(context, { move, amount, list });
  else context.park({ keys: [move.source], waitsFor: "list", timeoutMs, argv });
}

function parseAmount(argv: readonly Bytes[], from: number): Amount {
  if (argv.length === from) return ONE;
  if (argv.length !== from + AMOUNT_WORDS) throw SYNTAX_ERROR;
  const [selectorWord, countText, orderWord] = argv.slice(from) as [Bytes, Bytes, Bytes]; // as many
  const selector = lower(selectorWord);
  if (selector !== "count" && selector !== "exactly") throw SYNTAX_ERROR;
  const count = parseInteger(countText);
  if (count === undefined || count <= 0) throw COUNT_NOT_POSITIVE;
  const order = ORDERS.get(lower(orderWord));
  if (order === undefined) throw SYNTAX_ERROR;
  return { count, isExact: selector === "exactly", order };
}

/** A stored list has an element. */
function hasEnough(list: List, { count, isExact }: Amount): boolean {
  return !isExact || list.length >= count;
}

function moveSeveral(
  context: CommandContext,
  { move, amount, list }: { readonly move: Move; readonly amount: Amount; readonly list: List },
): void {
  const { from, to } = move;
  const { reply } = context;
  const target = targetOf(context, move.destination);
  const count = Math.min(amount.count, list.length);
  const taken = Array.from({ length: count }, () => list.pop(from) as Bytes); // it has so many
  // From one end to the same end, one by one turns the order around.
  const pushed = amount.order === "bulk" && from === to ? taken.toReversed() : taken;
  for (const element of pushed) target.list.push(to, element);
  finishMove(context, move, list, target);
  context.effects?.append([
    ascii("LMOVEM"),
    ...moveWords(move),
    ascii("EXACTLY"),
    ascii(String(count)),
    ascii(amount.order.toUpperCase()),
  ]);
  reply.array(count);
  reply.bulks((add) => {
    for (const element of to === "tail" ? pushed : pushed.toReversed()) add(element);
  });
}
