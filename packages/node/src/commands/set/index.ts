import type { SETS_COMMANDS, HandledNameOf } from "@slotcast/protocol";
import type { Handler } from "../handler.ts";
import { sdiffcard, sintercard, sunioncard } from "./combine-card.ts";
import { sdiffstore, sinterstore, sunionstore } from "./combine-store.ts";
import { sdiff, sinter, sunion } from "./combine.ts";
import { sismember, smismember } from "./is-member.ts";
import { sadd } from "./sadd.ts";
import { scard } from "./scard.ts";
import { smembers } from "./smembers.ts";
import { smove } from "./smove.ts";
import { spop } from "./spop.ts";
import { srandmember } from "./srandmember.ts";
import { srem } from "./srem.ts";
import { sscan } from "./sscan.ts";

export const SETS_HANDLERS: Readonly<Record<HandledNameOf<typeof SETS_COMMANDS>, Handler>> = {
  sadd,
  scard,
  sdiff,
  sdiffcard,
  sdiffstore,
  sinter,
  sintercard,
  sinterstore,
  sismember,
  smembers,
  smismember,
  smove,
  spop,
  srandmember,
  srem,
  sscan,
  sunion,
  sunioncard,
  sunionstore,
};
