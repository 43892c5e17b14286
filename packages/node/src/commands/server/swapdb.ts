import { CommandError, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { databaseAt } from "../keyspace/database-at.ts";
import { parseInt32 } from "../parse-int32.ts";

const NOT_IN_CLUSTER = new CommandError("ERR", "SWAPDB is not allowed in cluster mode");
const INVALID_FIRST = new CommandError("ERR", "invalid first DB index");
const INVALID_SECOND = new CommandError("ERR", "invalid second DB index");

/**
 * SWAPDB index1 index2: everybody who selected the one sees what was in the other. Who waits for a key stays in
 * his database and is served from what came there. Source: Redis 7.0 src/db.c, swapdbCommand.
 */
export function swapdb({ broker, effects, reply }: CommandContext, argv: readonly Bytes[]): void {
  const [, firstText, secondText] = argv as readonly [Bytes, Bytes, Bytes]; // arity
  if (broker.cluster !== undefined) throw NOT_IN_CLUSTER;
  const firstIndex = parseInt32(firstText, INVALID_FIRST);
  const secondIndex = parseInt32(secondText, INVALID_SECOND);
  const first = databaseAt(broker, firstIndex);
  const second = databaseAt(broker, secondIndex);
  if (first !== second) {
    first.swapWith(second);
    broker.silentConsumers.swapped(first, second);
    broker.blocking.markAllReady(first);
    broker.blocking.markAllReady(second);
    effects?.append(argv);
  }
  reply.ok();
}
