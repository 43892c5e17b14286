import type { LISTS_COMMANDS, HandledNameOf } from "@slotcast/protocol";
import type { Handler } from "../handler.ts";
import { blpop, brpop } from "./blocking-pop.ts";
import { lindex } from "./lindex.ts";
import { linsert } from "./linsert.ts";
import { llen } from "./llen.ts";
import { lpos } from "./lpos.ts";
import { lrange } from "./lrange.ts";
import { lrem } from "./lrem.ts";
import { lset } from "./lset.ts";
import { ltrim } from "./ltrim.ts";
import { blmovem, lmovem } from "./move-several.ts";
import { blmove, brpoplpush, lmove, rpoplpush } from "./move.ts";
import { blmpop, lmpop } from "./pop-several.ts";
import { lpop, rpop } from "./pop.ts";
import { lpush, lpushx, rpush, rpushx } from "./push.ts";

export const LISTS_HANDLERS: Readonly<Record<HandledNameOf<typeof LISTS_COMMANDS>, Handler>> = {
  blmove,
  blmovem,
  blmpop,
  blpop,
  brpop,
  brpoplpush,
  lindex,
  linsert,
  llen,
  lmove,
  lmovem,
  lmpop,
  lpop,
  lpos,
  lpush,
  lpushx,
  lrange,
  lrem,
  lset,
  ltrim,
  rpop,
  rpoplpush,
  rpush,
  rpushx,
};
