import type { SERVER_COMMANDS, HandledNameOf } from "@slotcast/protocol";
import type { Handler } from "../handler.ts";
import { commandDocs } from "./command-docs.ts";
import { commandGetkeys, commandGetkeysandflags } from "./command-getkeys.ts";
import { commandHelp } from "./command-help.ts";
import { command, commandCount, commandInfo } from "./command-info.ts";
import { commandList } from "./command-list.ts";
import { configGet } from "./config-get.ts";
import { configHelp } from "./config-help.ts";
import { configResetstat } from "./config-resetstat.ts";
import { configRewrite, configSet } from "./config-set.ts";
import { info } from "./info.ts";
import { shutdown } from "./shutdown.ts";
import { time } from "./time.ts";

export const SERVER_HANDLERS: Readonly<Record<HandledNameOf<typeof SERVER_COMMANDS>, Handler>> = {
  command,
  "command|count": commandCount,
  "command|docs": commandDocs,
  "command|getkeys": commandGetkeys,
  "command|getkeysandflags": commandGetkeysandflags,
  "command|help": commandHelp,
  "command|info": commandInfo,
  "command|list": commandList,
  "config|get": configGet,
  "config|help": configHelp,
  "config|resetstat": configResetstat,
  "config|rewrite": configRewrite,
  "config|set": configSet,
  info,
  shutdown,
  time,
};
