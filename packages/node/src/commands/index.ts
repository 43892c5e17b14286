import type { HandledCommandName } from "@slotcast/protocol";
import type { Handler } from "./handler.ts";
import { CLUSTER_HANDLERS } from "./cluster/index.ts";
import { CONNECTION_HANDLERS } from "./connection/index.ts";
import { KEYSPACE_HANDLERS } from "./keyspace/index.ts";
import { LISTS_HANDLERS } from "./list/index.ts";
import { PUBSUB_HANDLERS } from "./pubsub/index.ts";
import { SERVER_HANDLERS } from "./server/index.ts";
import { SETS_HANDLERS } from "./set/index.ts";
import { STREAMS_HANDLERS } from "./stream/index.ts";
import { STRINGS_HANDLERS } from "./string/index.ts";
import { TRANSACTIONS_HANDLERS } from "./transaction/index.ts";

/**
 * The handler of every row of the command table, family by family. A row without one is a compile error in the
 * index of its family that names it.
 */
export const HANDLERS: Readonly<Record<HandledCommandName, Handler>> = {
  ...CONNECTION_HANDLERS,
  ...SERVER_HANDLERS,
  ...KEYSPACE_HANDLERS,
  ...STRINGS_HANDLERS,
  ...LISTS_HANDLERS,
  ...SETS_HANDLERS,
  ...STREAMS_HANDLERS,
  ...TRANSACTIONS_HANDLERS,
  ...PUBSUB_HANDLERS,
  ...CLUSTER_HANDLERS,
};
