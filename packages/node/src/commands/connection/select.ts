import { CommandError, EMPTY, NOT_AN_INTEGER, type Bytes } from "@slotcast/protocol";
import type { CommandContext } from "../handler.ts";
import { parseInt64 } from "../parse-integer.ts";

const INT_MIN = -2_147_483_648;
const INT_MAX = 2_147_483_647;
const OUT_OF_INT = new CommandError(
  "ERR",
  `value is out of range, value must between ${INT_MIN} and ${INT_MAX}`,
);
const NO_SUCH_DATABASE = new CommandError("ERR", "DB index is out of range");
const CLUSTER_HAS_ONE = new CommandError("ERR", "SELECT is not allowed in cluster mode");

/** SELECT index. Source: Redis 7.0 src/db.c, selectCommand. */
export function select(
  { client, broker, reply }: CommandContext,
  [, text = EMPTY]: readonly Bytes[],
): void {
  const index = parseInt64(text);
  if (index === undefined) throw NOT_AN_INTEGER;
  if (index < INT_MIN || index > INT_MAX) throw OUT_OF_INT;
  if (broker.cluster !== undefined && index !== 0) throw CLUSTER_HAS_ONE;
  if (index < 0 || index >= broker.config.get("databases")) throw NO_SUCH_DATABASE;
  client.database = Number(index);
  reply.ok();
}
