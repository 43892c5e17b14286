import type { CLUSTER_COMMANDS, HandledNameOf } from "@slotcast/protocol";
import type { Handler } from "../handler.ts";
import { clusterHelp } from "./cluster-help.ts";
import { clusterInfo } from "./cluster-info.ts";
import { clusterCountkeysinslot, clusterGetkeysinslot } from "./cluster-keysinslot.ts";
import { clusterKeyslot } from "./cluster-keyslot.ts";
import { clusterLinks } from "./cluster-links.ts";
import { clusterMyid, clusterMyshardid } from "./cluster-myid.ts";
import { clusterNodes } from "./cluster-nodes.ts";
import { clusterShards } from "./cluster-shards.ts";
import { clusterSlots } from "./cluster-slots.ts";

export const CLUSTER_HANDLERS: Readonly<Record<HandledNameOf<typeof CLUSTER_COMMANDS>, Handler>> = {
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
};
