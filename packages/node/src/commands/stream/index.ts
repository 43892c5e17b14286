import type { STREAMS_COMMANDS, HandledNameOf } from "@slotcast/protocol";
import type { Handler } from "../handler.ts";
import { xadd } from "./xadd.ts";
import { xdel } from "./xdel.ts";
import { xlen } from "./xlen.ts";
import { xrange, xrevrange } from "./xrange.ts";
import { xread } from "./xread.ts";
import { xtrim } from "./xtrim.ts";

export const STREAMS_HANDLERS: Readonly<Record<HandledNameOf<typeof STREAMS_COMMANDS>, Handler>> = {
  xadd,
  xdel,
  xlen,
  xrange,
  xread,
  xrevrange,
  xtrim,
};
