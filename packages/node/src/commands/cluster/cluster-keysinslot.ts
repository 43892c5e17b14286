import { CommandError, NOT_AN_INTEGER, SLOTS, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { parseInt64 } from "../parse-integer.ts";
import { clusterOf } from "./cluster-of.ts";

/**
 * CLUSTER COUNTKEYSINSLOT slot. Reply: how many keys this node holds in the slot, owned or not. Expired keys
 * that nobody touched yet are counted, as in DBSIZE.
 */
export function clusterCountkeysinslot(context: CommandContext, argv: readonly Bytes[]): void {
  const [, , slotText] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  clusterOf(context);
  const slot = parseNumber(slotText);
  if (!isSlot(slot)) throw new CommandError("ERR", "Invalid slot");
  context.reply.integer(context.broker.keyspace.table(slot).size);
}

/** CLUSTER GETKEYSINSLOT slot count. Reply: up to `count` keys that this node holds in the slot, in any order. */
export function clusterGetkeysinslot(context: CommandContext, argv: readonly Bytes[]): void {
  const [, , slotText, countText] = argv as readonly [Bytes, Bytes, Bytes, Bytes]; // arity
  clusterOf(context);
  const slot = parseNumber(slotText);
  const count = parseNumber(countText);
  if (!isSlot(slot) || count < 0) {
    throw new CommandError("ERR", "Invalid slot or number of keys");
  }
  const table = context.broker.keyspace.table(slot);
  let remaining = Math.min(count, table.size);
  context.reply.array(remaining);
  for (const key of table.keys()) {
    if (remaining === 0) break;
    context.reply.bulk(key);
    remaining -= 1;
  }
}

/** A number beyond 2^53 is out of every range here, so its exact value does not matter. */
function parseNumber(text: Bytes): number {
  const value = parseInt64(text);
  if (value === undefined) throw NOT_AN_INTEGER;
  return Number(value);
}

function isSlot(value: number): boolean {
  return value >= 0 && value < SLOTS;
}
