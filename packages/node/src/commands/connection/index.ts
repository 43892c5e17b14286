import type { CONNECTION_COMMANDS, HandledNameOf } from "@slotcast/protocol";
import type { Handler } from "../handler.ts";
import { auth } from "./auth.ts";
import { clientDurability } from "./client-durability.ts";
import { clientHelp } from "./client-help.ts";
import { clientGetname, clientId, clientSetinfo, clientSetname } from "./client-identity.ts";
import { clientKill } from "./client-kill.ts";
import { clientInfo, clientList } from "./client-list.ts";
import { clientPause, clientUnpause } from "./client-pause.ts";
import { clientReply } from "./client-reply.ts";
import { clientCapa, clientNoEvict, clientNoTouch } from "./client-switches.ts";
import {
  clientCaching,
  clientGetredir,
  clientTracking,
  clientTrackinginfo,
} from "./client-tracking.ts";
import { clientUnblock } from "./client-unblock.ts";
import { asking, readonly, readwrite } from "./cluster-modes.ts";
import { echo } from "./echo.ts";
import { hello } from "./hello.ts";
import { monitor } from "./monitor.ts";
import { ping } from "./ping.ts";
import { quit } from "./quit.ts";
import { reset } from "./reset.ts";
import { select } from "./select.ts";

export const CONNECTION_HANDLERS: Readonly<
  Record<HandledNameOf<typeof CONNECTION_COMMANDS>, Handler>
> = {
  asking,
  auth,
  "client|caching": clientCaching,
  "client|capa": clientCapa,
  "client|durability": clientDurability,
  "client|getname": clientGetname,
  "client|getredir": clientGetredir,
  "client|help": clientHelp,
  "client|id": clientId,
  "client|info": clientInfo,
  "client|kill": clientKill,
  "client|list": clientList,
  "client|no-evict": clientNoEvict,
  "client|no-touch": clientNoTouch,
  "client|pause": clientPause,
  "client|reply": clientReply,
  "client|setinfo": clientSetinfo,
  "client|setname": clientSetname,
  "client|tracking": clientTracking,
  "client|trackinginfo": clientTrackinginfo,
  "client|unblock": clientUnblock,
  "client|unpause": clientUnpause,
  echo,
  hello,
  monitor,
  ping,
  quit,
  readonly,
  readwrite,
  reset,
  select,
};
