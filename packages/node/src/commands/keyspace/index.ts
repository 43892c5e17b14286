import type { KEYSPACE_COMMANDS, HandledNameOf } from "@slotcast/protocol";
import type { Handler } from "../handler.ts";
import { copy } from "./copy.ts";
import { del } from "./del.ts";
import { dump } from "./dump.ts";
import { exists } from "./exists.ts";
import { expire, expireat, pexpire, pexpireat } from "./expire.ts";
import { keys } from "./keys.ts";
import { move } from "./move.ts";
import { objectHelp } from "./object-help.ts";
import { objectEncoding, objectFreq, objectIdletime, objectRefcount } from "./object.ts";
import { persist } from "./persist.ts";
import { randomkey } from "./randomkey.ts";
import { rename, renamenx } from "./rename.ts";
import { restore } from "./restore.ts";
import { scan } from "./scan.ts";
import { sort, sortRo } from "./sort.ts";
import { expiretime, pexpiretime, pttl, ttl } from "./ttl.ts";
import { type } from "./type.ts";
import { wait, waitaof } from "./wait.ts";
import { dbsize } from "../server/dbsize.ts";
import { flushall, flushdb } from "../server/flush.ts";

export const KEYSPACE_HANDLERS: Readonly<Record<HandledNameOf<typeof KEYSPACE_COMMANDS>, Handler>> =
  {
    copy,
    dbsize,
    del,
    dump,
    exists,
    expire,
    expireat,
    expiretime,
    flushall,
    flushdb,
    keys,
    move,
    "object|encoding": objectEncoding,
    "object|freq": objectFreq,
    "object|help": objectHelp,
    "object|idletime": objectIdletime,
    "object|refcount": objectRefcount,
    persist,
    pexpire,
    pexpireat,
    pexpiretime,
    pttl,
    randomkey,
    rename,
    renamenx,
    restore,
    scan,
    sort,
    sort_ro: sortRo,
    touch: exists,
    ttl,
    type,
    unlink: del,
    wait,
    waitaof,
  };
