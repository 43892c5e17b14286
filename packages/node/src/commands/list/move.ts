import { ascii, type Bytes } from "@slotcast/protocol";
import { List, type ListEnd } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { parseTimeoutSeconds } from "../parse-timeout.ts";
import { listEndWord, parseListEnd } from "./list-end.ts";
import { finishPop } from "./pop.ts";
import { finishPush } from "./push.ts";

/** From one end of a list to one end of another, or of the same. */
export interface Move {
  readonly source: Bytes;
  readonly destination: Bytes;
  readonly from: ListEnd;
  readonly to: ListEnd;
}

/** The list that elements are moved to; a new one is stored once it has them. */
interface Target {
  readonly list: List;
  readonly isNew: boolean;
}

/**
 * LMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT>
 *
 * Reply: the element that was moved; null without a source. Nobody sees it missing from both lists. The same
 * list twice is rotated. Source: Redis 7.0 src/t_list.c, lmoveGenericCommand.
 */
export function lmove(context: CommandContext, argv: readonly Bytes[]): void {
  moveIfThere(context, argv, parseMove(argv));
}

/** RPOPLPUSH source destination. Reply: as LMOVE. */
export function rpoplpush(context: CommandContext, argv: readonly Bytes[]): void {
  moveIfThere(context, argv, tailToHead(argv));
}

/** BLMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout. Reply: as LMOVE; the null array after the time-out. */
export function blmove(context: CommandContext, argv: readonly Bytes[]): void {
  const move = parseMove(argv);
  const timeoutMs = parseTimeoutSeconds(argv[5] as Bytes); // arity
  moveOrWait(context, argv, { move, effectName: "LMOVE", timeoutMs });
}

/** BRPOPLPUSH source destination timeout. Reply: as BLMOVE. */
export function brpoplpush(context: CommandContext, argv: readonly Bytes[]): void {
  const move = tailToHead(argv);
  const timeoutMs = parseTimeoutSeconds(argv[3] as Bytes); // arity
  moveOrWait(context, argv, { move, effectName: "RPOPLPUSH", timeoutMs });
}

/** The arguments that LMOVE and its kin begin with. */
export function parseMove(argv: readonly Bytes[]): Move {
  const [, source, destination, from, to] = argv as readonly [Bytes, Bytes, Bytes, Bytes, Bytes]; // arity
  return { source, destination, from: parseListEnd(from), to: parseListEnd(to) };
}

/** They as arguments again. */
export function moveWords({ source, destination, from, to }: Move): readonly Bytes[] {
  return [source, destination, listEndWord(from), listEndWord(to)];
}

/** To be asked for before anything is taken: a wrong type is an error then. */
export function targetOf(context: CommandContext, destination: Bytes): Target {
  const existing = context.keys.peekList(destination, context.nowMs);
  return { list: existing ?? new List(), isNew: existing === undefined };
}

/** The elements are where they belong. Redis announces the push before the pop. */
export function finishMove(
  context: CommandContext,
  move: Move,
  source: List,
  target: Target,
): void {
  finishPush(context, move.destination, { ...target, end: move.to });
  finishPop(context, move.source, source, move.from);
}

function tailToHead(argv: readonly Bytes[]): Move {
  const [, source, destination] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  return { source, destination, from: "tail", to: "head" };
}

function moveIfThere(context: CommandContext, argv: readonly Bytes[], move: Move): void {
  const list = context.keys.peekList(move.source, context.nowMs);
  if (list === undefined) {
    context.reply.nullBulk();
    return;
  }
  moveOne(context, move, list);
  context.effects?.append(argv);
}

interface BlockingMove {
  readonly move: Move;
  /** The command that does the same and never waits. */
  readonly effectName: "LMOVE" | "RPOPLPUSH";
  readonly timeoutMs: number;
}

function moveOrWait(
  context: CommandContext,
  argv: readonly Bytes[],
  { move, effectName, timeoutMs }: BlockingMove,
): void {
  const list = context.keys.peekList(move.source, context.nowMs);
  if (list === undefined) {
    // As Redis: a time-out answers what BLPOP's does; a transaction, what LMOVE does.
    const timeoutReply = context.isInTransaction ? "null-bulk" : "null-array";
    context.park({ keys: [move.source], waitsFor: "list", timeoutMs, argv, timeoutReply });
    return;
  }
  moveOne(context, move, list);
  const words = effectName === "LMOVE" ? moveWords(move) : [move.source, move.destination];
  context.effects?.append([ascii(effectName), ...words]);
}

function moveOne(context: CommandContext, move: Move, source: List): void {
  // A rotation is what queues do all day.
  const isRotation = move.destination === move.source;
  const target = isRotation ? { list: source, isNew: false } : targetOf(context, move.destination);
  const element = source.pop(move.from) as Bytes; // an empty list is never stored
  target.list.push(move.to, element);
  finishMove(context, move, source, target);
  context.reply.bulk(element);
}
