import type { Bytes } from "@slotcast/protocol";
import type { KeyTable } from "@slotcast/store";
import type { CommandContext } from "../handler.ts";
import { tableOf } from "./entry-of.ts";
import { Sha1Digest } from "./sha1-digest.ts";
import { digestValue } from "./value-digest.ts";

/**
 * DEBUG DIGEST: 40 hex digits of everything this node holds, equal to those of a node that holds the same. Keys
 * whose time has come count while they are there. O(bytes): nobody is served meanwhile.
 * Source: Redis 7.0 src/debug.c, computeDatasetDigest.
 */
export function debugDigest({ broker, reply }: CommandContext): void {
  const { config, cluster, keyspace } = broker;
  const whole = new Sha1Digest();
  if (cluster === undefined) {
    for (let database = 0; database < config.get("databases"); database += 1) {
      digestDatabase(whole, database, [keyspace.table(database)]);
    }
  } else {
    digestDatabase(whole, 0, keyspace.tables());
  }
  reply.simple(whole.hex);
}

/** DEBUG DIGEST-VALUE key [key …]: 40 hex digits of each value; zeros without one. */
export function debugDigestValue(context: CommandContext, argv: readonly Bytes[]): void {
  const { reply } = context;
  reply.array(argv.length - 2);
  for (const key of argv.slice(2)) {
    const digest = new Sha1Digest();
    digestKey(digest, tableOf(context, key), key);
    reply.simple(digest.hex);
  }
}

/** A database without keys adds nothing. In a cluster there is one, in as many tables as slots. */
function digestDatabase(whole: Sha1Digest, database: number, tables: readonly KeyTable[]): void {
  const filled = tables.filter(({ size }) => size > 0);
  if (filled.length === 0) return;
  whole.appendNumber(database);
  for (const table of filled) {
    for (const key of table.keys()) {
      const digest = new Sha1Digest();
      digest.append(key);
      digestKey(digest, table, key);
      whole.add(digest.bytes);
    }
  }
}

function digestKey(digest: Sha1Digest, table: KeyTable, key: Bytes): void {
  const value = table.peekRaw(key);
  if (value === undefined) return;
  digestValue(digest, value, { hasExpiry: table.expiryOf(key) !== undefined });
}
