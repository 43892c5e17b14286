import { CommandError, EMPTY, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { NO_SUCH_DATABASE } from "../keyspace/database-at.ts";
import { parseInt32 } from "../parse-int32.ts";

const CLUSTER_HAS_ONE = new CommandError("ERR", "SELECT is not allowed in cluster mode");

/** SELECT index. Source: Redis 7.0 src/db.c, selectCommand. */
export function select(
  { client, broker, reply }: CommandContext,
  [, text = EMPTY]: readonly Bytes[],
): void {
  const index = parseInt32(text);
  if (broker.cluster !== undefined && index !== 0) throw CLUSTER_HAS_ONE;
  if (index < 0 || index >= broker.config.get("databases")) throw NO_SUCH_DATABASE;
  client.database = index;
  reply.ok();
}
