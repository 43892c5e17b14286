import type { KEYSPACE_COMMANDS, HandledNameOf } from "@slotcast/protocol";
import type { Handler } from "../handler.ts";
import { del } from "./del.ts";
import { exists } from "./exists.ts";
import { expire } from "./expire.ts";
import { ttl } from "./ttl.ts";
import { type } from "./type.ts";
import { dbsize } from "../server/dbsize.ts";
import { flushall, flushdb } from "../server/flush.ts";

export const KEYSPACE_HANDLERS: Readonly<Record<HandledNameOf<typeof KEYSPACE_COMMANDS>, Handler>> =
  {
    dbsize,
    del,
    exists,
    expire,
    flushall,
    flushdb,
    ttl,
    type,
  };
