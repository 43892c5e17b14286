import type { HandledCommandName } from "@slotcast/protocol";
import type { Handler } from "./handler.ts";
import { auth } from "./connection/auth.ts";
import { clientHelp } from "./connection/client-help.ts";
import {
  clientGetname,
  clientId,
  clientSetinfo,
  clientSetname,
} from "./connection/client-identity.ts";
import { clientKill } from "./connection/client-kill.ts";
import { clientInfo, clientList } from "./connection/client-list.ts";
import { clientPause, clientUnpause } from "./connection/client-pause.ts";
import { clientReply } from "./connection/client-reply.ts";
import { clientNoEvict, clientNoTouch } from "./connection/client-switches.ts";
import { clientUnblock } from "./connection/client-unblock.ts";
import { asking, readonly, readwrite } from "./connection/cluster-modes.ts";
import { clusterHelp } from "./cluster/cluster-help.ts";
import { clusterInfo } from "./cluster/cluster-info.ts";
import { clusterCountkeysinslot, clusterGetkeysinslot } from "./cluster/cluster-keysinslot.ts";
import { clusterKeyslot } from "./cluster/cluster-keyslot.ts";
import { clusterLinks } from "./cluster/cluster-links.ts";
import { clusterMyid, clusterMyshardid } from "./cluster/cluster-myid.ts";
import { clusterNodes } from "./cluster/cluster-nodes.ts";
import { clusterShards } from "./cluster/cluster-shards.ts";
import { clusterSlots } from "./cluster/cluster-slots.ts";
import { echo } from "./connection/echo.ts";
import { hello } from "./connection/hello.ts";
import { ping } from "./connection/ping.ts";
import { quit } from "./connection/quit.ts";
import { reset } from "./connection/reset.ts";
import { select } from "./connection/select.ts";
import { del } from "./keyspace/del.ts";
import { exists } from "./keyspace/exists.ts";
import { expire } from "./keyspace/expire.ts";
import { ttl } from "./keyspace/ttl.ts";
import { type } from "./keyspace/type.ts";
import { blpop, brpop } from "./list/blocking-pop.ts";
import { llen } from "./list/llen.ts";
import { lrange } from "./list/lrange.ts";
import { lpop, rpop } from "./list/pop.ts";
import { lpush, rpush } from "./list/push.ts";
import { publish, spublish } from "./pubsub/publish.ts";
import {
  pubsubChannels,
  pubsubHelp,
  pubsubNumpat,
  pubsubNumsub,
  pubsubShardchannels,
  pubsubShardnumsub,
} from "./pubsub/pubsub.ts";
import {
  psubscribe,
  punsubscribe,
  ssubscribe,
  subscribe,
  sunsubscribe,
  unsubscribe,
} from "./pubsub/subscribe.ts";
import { commandDocs } from "./server/command-docs.ts";
import { commandGetkeys, commandGetkeysandflags } from "./server/command-getkeys.ts";
import { commandHelp } from "./server/command-help.ts";
import { command, commandCount, commandInfo } from "./server/command-info.ts";
import { commandList } from "./server/command-list.ts";
import { configGet } from "./server/config-get.ts";
import { configHelp } from "./server/config-help.ts";
import { configResetstat } from "./server/config-resetstat.ts";
import { configRewrite, configSet } from "./server/config-set.ts";
import { dbsize } from "./server/dbsize.ts";
import { flushall, flushdb } from "./server/flush.ts";
import { info } from "./server/info.ts";
import { shutdown } from "./server/shutdown.ts";
import { time } from "./server/time.ts";
import { xadd } from "./stream/xadd.ts";
import { xdel } from "./stream/xdel.ts";
import { xlen } from "./stream/xlen.ts";
import { xrange, xrevrange } from "./stream/xrange.ts";
import { xread } from "./stream/xread.ts";
import { xtrim } from "./stream/xtrim.ts";
import { get } from "./string/get.ts";
import { incr } from "./string/incr.ts";
import { set } from "./string/set.ts";

/**
 * The handler of every row of the command table. A row without one is a compile error that names it: to add a
 * command, add its row, its handler file and its line here.
 */
export const HANDLERS: Readonly<Record<HandledCommandName, Handler>> = {
  // the connection
  asking,
  auth,
  "client|getname": clientGetname,
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
  "client|unblock": clientUnblock,
  "client|unpause": clientUnpause,
  echo,
  hello,
  ping,
  quit,
  readonly,
  readwrite,
  reset,
  select,

  // the server
  "config|get": configGet,
  "config|help": configHelp,
  "config|resetstat": configResetstat,
  "config|rewrite": configRewrite,
  "config|set": configSet,
  dbsize,
  flushall,
  flushdb,
  info,
  shutdown,
  time,

  // the cluster
  "cluster|countkeysinslot": clusterCountkeysinslot,
  "cluster|getkeysinslot": clusterGetkeysinslot,
  "cluster|help": clusterHelp,
  "cluster|info": clusterInfo,
  "cluster|keyslot": clusterKeyslot,
  "cluster|links": clusterLinks,
  "cluster|myid": clusterMyid,
  "cluster|myshardid": clusterMyshardid,
  "cluster|nodes": clusterNodes,
  "cluster|shards": clusterShards,
  "cluster|slots": clusterSlots,

  // keyspace
  del,
  exists,
  expire,
  ttl,
  type,

  // strings
  get,
  incr,
  set,

  // lists
  blpop,
  brpop,
  llen,
  lpop,
  lpush,
  lrange,
  rpop,
  rpush,

  // streams
  xadd,
  xdel,
  xlen,
  xrange,
  xread,
  xrevrange,
  xtrim,

  // pub/sub
  psubscribe,
  publish,
  "pubsub|channels": pubsubChannels,
  "pubsub|help": pubsubHelp,
  "pubsub|numpat": pubsubNumpat,
  "pubsub|numsub": pubsubNumsub,
  "pubsub|shardchannels": pubsubShardchannels,
  "pubsub|shardnumsub": pubsubShardnumsub,
  punsubscribe,
  spublish,
  ssubscribe,
  subscribe,
  sunsubscribe,
  unsubscribe,

  // COMMAND
  command,
  "command|count": commandCount,
  "command|docs": commandDocs,
  "command|getkeys": commandGetkeys,
  "command|getkeysandflags": commandGetkeysandflags,
  "command|help": commandHelp,
  "command|info": commandInfo,
  "command|list": commandList,
};
