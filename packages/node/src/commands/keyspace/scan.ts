import { ascii, type Bytes } from "@slotcast/protocol";
import type { KeyTable } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import {
  matchesPattern,
  parseScanCursor,
  parseScanOptions,
  type ScanOptions,
} from "../scan-arguments.ts";
import { typeName } from "./type.ts";

/** Of a cursor, for the place in one table: 0, where it begins, and one more than each hash of 32 bits. */
const PLACES_PER_TABLE = 2 ** 33;

/**
 * SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]
 *
 * Reply: the next cursor, 0 at the end, and some keys of this node; without a cluster, of the selected database. A
 * cursor is a place in the order of the hashes of keys, and in a cluster the slot: `slot × 2^33 + hash + 1`. Nothing
 * is remembered between two calls. Source: Redis 7.0 src/db.c, scanCommand; docs/decisions/0006-scan.md.
 */
export function scan(context: CommandContext, argv: readonly Bytes[]): void {
  const { reply } = context;
  const cursor = parseScanCursor(argv[1] as Bytes); // arity
  const options = parseScanOptions(argv, { from: 2, withType: true });
  const found: Bytes[] = [];
  const next = scanTables(context, { cursor, options, found });
  reply.array(2);
  reply.bulk(ascii(String(next)));
  reply.array(found.length);
  for (const key of found) reply.bulk(key);
}

/** Adds what is found. Returns the next cursor. */
function scanTables(
  context: CommandContext,
  { cursor, options, found }: { cursor: number; options: ScanOptions; found: Bytes[] },
): number {
  let index = Math.floor(cursor / PLACES_PER_TABLE);
  let fromHash = Math.max((cursor % PLACES_PER_TABLE) - 1, 0);
  let visited = 0;
  for (;;) {
    const next = tableFrom(context, index);
    if (next === undefined) return 0;
    const { table, at } = next;
    if (visited >= options.countMax) return at * PLACES_PER_TABLE;
    if (at > index) fromHash = 0;
    const range = { fromHash, countMax: options.countMax };
    const keys: Bytes[] = [];
    const nextHash = table.scan(range, context.nowMs, (key) => keys.push(key));
    for (const key of keys) if (isFound(table, key, options, context.nowMs)) found.push(key);
    if (nextHash !== undefined) return at * PLACES_PER_TABLE + 1 + nextHash;
    visited += keys.length;
    index = at + 1;
    fromHash = 0;
  }
}

/** In a cluster the slots follow each other; else there is one table, at 0. */
function tableFrom(
  { broker, keys }: CommandContext,
  index: number,
): { readonly table: KeyTable; readonly at: number } | undefined {
  if (broker.cluster === undefined) return index === 0 ? { table: keys, at: 0 } : undefined;
  const table = broker.keyspace.nextTable(index);
  return table === undefined ? undefined : { table, at: table.index };
}

/** An expired key is removed now: not while the table is scanned. */
function isFound(table: KeyTable, key: Bytes, options: ScanOptions, nowMs: number): boolean {
  if (!matchesPattern(options, key)) return false;
  // It is there: looking for it would be most of the time of a scan.
  if (options.type === undefined && table.expiringSize === 0) return true;
  const value = table.peek(key, nowMs);
  return value !== undefined && (options.type === undefined || typeName(value) === options.type);
}
