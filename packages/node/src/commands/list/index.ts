import type { LISTS_COMMANDS, HandledNameOf } from "@slotcast/protocol";
import type { Handler } from "../handler.ts";
import { blpop, brpop } from "./blocking-pop.ts";
import { llen } from "./llen.ts";
import { lrange } from "./lrange.ts";
import { lpop, rpop } from "./pop.ts";
import { lpush, rpush } from "./push.ts";

export const LISTS_HANDLERS: Readonly<Record<HandledNameOf<typeof LISTS_COMMANDS>, Handler>> = {
  blpop,
  brpop,
  llen,
  lpop,
  lpush,
  lrange,
  rpop,
  rpush,
};
