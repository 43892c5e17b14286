import type { STREAMS_COMMANDS, HandledNameOf } from "@slotcast/protocol";
import type { Handler } from "../handler.ts";
import { xgroupGetPolicy, xgroupSetPolicy } from "./set-policy.ts";
import { xack } from "./xack.ts";
import { xackdel } from "./xackdel.ts";
import { xadd } from "./xadd.ts";
import { xautoclaim } from "./xautoclaim.ts";
import { xcfgset } from "./xcfgset.ts";
import { xclaim } from "./xclaim.ts";
import { xdeadletterHelp, xdeadletterRedrive } from "./xdeadletter.ts";
import { xdel } from "./xdel.ts";
import { xdelex } from "./xdelex.ts";
import {
  xgroupCreate,
  xgroupCreateconsumer,
  xgroupDelconsumer,
  xgroupDestroy,
  xgroupHelp,
  xgroupSetid,
} from "./xgroup.ts";
import { xidmprecord } from "./xidmprecord.ts";
import { xinfoStream } from "./xinfo-stream.ts";
import { xinfoConsumers, xinfoGroups, xinfoHelp } from "./xinfo.ts";
import { xlen } from "./xlen.ts";
import { xnack } from "./xnack.ts";
import { xpending } from "./xpending.ts";
import { xrange, xrevrange } from "./xrange.ts";
import { xread } from "./xread.ts";
import { xreadgroup } from "./xreadgroup.ts";
import { xsetid } from "./xsetid.ts";
import { xtrim } from "./xtrim.ts";

export const STREAMS_HANDLERS: Readonly<Record<HandledNameOf<typeof STREAMS_COMMANDS>, Handler>> = {
  xack,
  xackdel,
  xadd,
  xautoclaim,
  xcfgset,
  xclaim,
  "xdeadletter|help": xdeadletterHelp,
  "xdeadletter|redrive": xdeadletterRedrive,
  xdel,
  xdelex,
  "xgroup|create": xgroupCreate,
  "xgroup|createconsumer": xgroupCreateconsumer,
  "xgroup|delconsumer": xgroupDelconsumer,
  "xgroup|destroy": xgroupDestroy,
  "xgroup|getpolicy": xgroupGetPolicy,
  "xgroup|help": xgroupHelp,
  "xgroup|setid": xgroupSetid,
  "xgroup|setpolicy": xgroupSetPolicy,
  xidmprecord,
  "xinfo|consumers": xinfoConsumers,
  "xinfo|groups": xinfoGroups,
  "xinfo|help": xinfoHelp,
  "xinfo|stream": xinfoStream,
  xlen,
  xnack,
  xpending,
  xrange,
  xread,
  xreadgroup,
  xrevrange,
  xsetid,
  xtrim,
};
