import { ascii, CommandError, lower, NOT_AN_INTEGER, type Bytes } from "@slotcast/protocol";
import {
  formatStreamId,
  type DeliveryCount,
  type PendingEntry,
  type StreamId,
} from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { parseInt64, parseInteger } from "../parse-integer.ts";
import { FATAL_COUNT, moveDeadLetter } from "./dead-letter.ts";
import { groupAt } from "./group-lookup.ts";
import { parseIds } from "./id-block.ts";

const error = (text: string): CommandError => new CommandError("ERR", text);
const BAD_MODE = error("mode must be SILENT, FAIL, or FATAL");
const NO_IDS = error("syntax error, expected IDS keyword");
const NOT_POSITIVE = error("numids must be a positive integer");
const TOO_FEW = error("number of IDs doesn't match numids");
const NEGATIVE_COUNT = error("Invalid RETRYCOUNT value, must be >= 0");

/** Index of the first id. */
const IDS_FROM = 6;

interface NackArguments {
  readonly mode: "silent" | "fail" | "fatal";
  readonly ids: readonly StreamId[];
  readonly retryCount: DeliveryCount | undefined;
  readonly force: boolean;
  /** When the entries were put back: now, or TIME of an effect. */
  readonly atMs: number;
}

/**
 * XNACK key group <SILENT | FAIL | FATAL> IDS numids id [id …] [RETRYCOUNT count] [FORCE] [TIME unix-ms]
 *
 * Puts pending entries back: nobody's, and the next to be claimed. SILENT takes the delivery back, FATAL says that
 * nobody should try again: with a dead-letter stream it goes there. FORCE makes entries of the stream pending
 * that were not. Reply: how many. TIME is ours, for effects: a retry delay counts from it.
 * Source: Redis 8.8 (documentation).
 */
export function xnack(context: CommandContext, argv: readonly Bytes[]): void {
  const [, key, groupName] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  const { stream, group } = groupAt(context, key, groupName);
  const { mode, ids, retryCount, force, atMs } = parse(argv, context.nowMs);
  const putBack: StreamId[] = [];
  let count = 0;
  for (const id of ids) {
    const pending = group.find(id) ?? (force && stream.find(id) ? forced(id) : undefined);
    if (pending === undefined) continue;
    count += 1;
    const deliveryCount = retryCount ?? countAfter(mode, pending);
    const dead = { ...pending, deliveryCount };
    const isFatal = mode === "fatal" && retryCount === undefined;
    const place = { key, stream, groupName, group };
    if (isFatal && moveDeadLetter(context, place, dead)) continue;
    group.putBack(id, deliveryCount, atMs);
    putBack.push(id);
  }
  if (putBack.length > 0) {
    context.keys.touchGroups(key);
    const hasDelay = group.policy?.retryDelayMs !== undefined;
    context.effects?.append([
      ...[ascii("XNACK"), key, groupName, ascii(mode), ascii("IDS"), ascii(String(putBack.length))],
      ...putBack.map(formatStreamId),
      ...(retryCount === undefined ? [] : ["RETRYCOUNT", String(retryCount)].map(ascii)),
      ...(force ? [ascii("FORCE")] : []),
      ...(hasDelay ? ["TIME", String(atMs)].map(ascii) : []),
    ]);
    context.markReady(key);
  }
  context.reply.integer(count);
}

function countAfter(mode: NackArguments["mode"], { deliveryCount }: PendingEntry): DeliveryCount {
  if (mode === "fatal") return FATAL_COUNT;
  if (mode === "fail" || deliveryCount <= 0) return deliveryCount;
  return typeof deliveryCount === "number" ? deliveryCount - 1 : canonical(deliveryCount - 1n);
}

/** A count is a plain number as long as that is exact. */
function canonical(count: bigint): DeliveryCount {
  return count <= Number.MAX_SAFE_INTEGER ? Number(count) : count;
}

function forced(id: StreamId): PendingEntry {
  return { id, consumer: undefined, deliveredAtMs: 0, deliveryCount: 0 };
}

function parse(argv: readonly Bytes[], nowMs: number): NackArguments {
  const [, , , modeWord, idsWord, countText] = argv as readonly [
    ...[Bytes, Bytes, Bytes, Bytes, Bytes, Bytes], // arity
  ];
  const mode: string = lower(modeWord);
  if (mode !== "silent" && mode !== "fail" && mode !== "fatal") throw BAD_MODE;
  if (lower(idsWord) !== "ids") throw NO_IDS;
  const count = parseInteger(countText);
  if (count === undefined || count < 1) throw NOT_POSITIVE;
  if (count > argv.length - IDS_FROM) throw TOO_FEW;
  const ids = parseIds(argv.slice(IDS_FROM, IDS_FROM + count));
  let retryCount: DeliveryCount | undefined;
  let force = false;
  let atMs = nowMs;
  for (let at = IDS_FROM + count; at < argv.length; at += 1) {
    const word = argv[at] as Bytes; // below length
    const option: string = lower(word);
    const value = argv[at + 1];
    if (option === "force") {
      force = true;
    } else if (option === "retrycount" && value !== undefined) {
      at += 1;
      retryCount = parseInt64(value);
      if (retryCount === undefined) throw NOT_AN_INTEGER;
      if (retryCount < 0) throw NEGATIVE_COUNT;
    } else if (option === "time" && value !== undefined) {
      at += 1;
      const timeMs = parseInteger(value);
      if (timeMs === undefined) throw NOT_AN_INTEGER;
      atMs = Math.min(Math.max(timeMs, 0), nowMs);
    } else {
      throw error(`Unrecognized XNACK option '${word}'`);
    }
  }
  return { mode, ids, retryCount, force, atMs };
}
