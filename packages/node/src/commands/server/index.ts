import type { SERVER_COMMANDS, HandledNameOf } from "@slotcast/protocol";
import type { Handler } from "../handler.ts";
import { debug } from "../debug/debug.ts";
import {
  commandlogGet,
  commandlogHelp,
  commandlogLen,
  commandlogReset,
} from "../observation/commandlog.ts";
import { latencyDoctor } from "../observation/latency-doctor.ts";
import {
  latencyHelp,
  latencyHistory,
  latencyLatest,
  latencyReset,
} from "../observation/latency-events.ts";
import { latencyGraph } from "../observation/latency-graph.ts";
import { latencyHistogram } from "../observation/latency-histograms.ts";
import { slowlogGet, slowlogHelp, slowlogLen, slowlogReset } from "../observation/slowlog.ts";
import { commandDocs } from "./command-docs.ts";
import { commandGetkeys, commandGetkeysandflags } from "./command-getkeys.ts";
import { commandHelp } from "./command-help.ts";
import { command, commandCount, commandInfo } from "./command-info.ts";
import { commandList } from "./command-list.ts";
import { configGet } from "./config-get.ts";
import { configHelp } from "./config-help.ts";
import { configResetstat } from "./config-resetstat.ts";
import { configRewrite, configSet } from "./config-set.ts";
import { failover } from "./failover.ts";
import { info } from "./info.ts";
import { lolwut } from "./lolwut.ts";
import { memoryHelp } from "./memory-help.ts";
import { memoryDoctor, memoryMallocStats, memoryPurge } from "./memory-report.ts";
import { memoryStats } from "./memory-stats.ts";
import { memoryUsage } from "./memory-usage.ts";
import { moduleHelp, moduleList } from "./module.ts";
import { psync } from "./psync.ts";
import { replconf } from "./replconf.ts";
import { replicaof } from "./replicaof.ts";
import { role } from "./role.ts";
import { shutdown } from "./shutdown.ts";
import { swapdb } from "./swapdb.ts";
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
  "commandlog|get": commandlogGet,
  "commandlog|help": commandlogHelp,
  "commandlog|len": commandlogLen,
  "commandlog|reset": commandlogReset,
  "config|get": configGet,
  "config|help": configHelp,
  "config|resetstat": configResetstat,
  "config|rewrite": configRewrite,
  "config|set": configSet,
  debug,
  failover,
  info,
  "latency|doctor": latencyDoctor,
  "latency|graph": latencyGraph,
  "latency|help": latencyHelp,
  "latency|histogram": latencyHistogram,
  "latency|history": latencyHistory,
  "latency|latest": latencyLatest,
  "latency|reset": latencyReset,
  lolwut,
  "memory|doctor": memoryDoctor,
  "memory|help": memoryHelp,
  "memory|malloc-stats": memoryMallocStats,
  "memory|purge": memoryPurge,
  "memory|stats": memoryStats,
  "memory|usage": memoryUsage,
  "module|help": moduleHelp,
  "module|list": moduleList,
  psync,
  replconf,
  replicaof,
  role,
  shutdown,
  slaveof: replicaof,
  "slowlog|get": slowlogGet,
  "slowlog|help": slowlogHelp,
  "slowlog|len": slowlogLen,
  "slowlog|reset": slowlogReset,
  swapdb,
  sync: psync,
  time,
};
