import type { CLUSTER_COMMANDS, HandledNameOf } from "@slotcast/protocol";
import type { Handler } from "../handler.ts";
import {
  clusterAddslots,
  clusterAddslotsrange,
  clusterDelslots,
  clusterDelslotsrange,
  clusterFlushslots,
} from "./cluster-addslots.ts";
import { clusterBumpepoch, clusterSetConfigEpoch } from "./cluster-epochs.ts";
import { clusterFailover } from "./cluster-failover.ts";
import { clusterCountFailureReports } from "./cluster-failure-reports.ts";
import { clusterForget } from "./cluster-forget.ts";
import { clusterHelp } from "./cluster-help.ts";
import { clusterInfo } from "./cluster-info.ts";
import { clusterCountkeysinslot, clusterGetkeysinslot } from "./cluster-keysinslot.ts";
import { clusterKeyslot } from "./cluster-keyslot.ts";
import { clusterLinks } from "./cluster-links.ts";
import { clusterMeet } from "./cluster-meet.ts";
import { clusterMyid, clusterMyshardid } from "./cluster-myid.ts";
import { clusterNodes } from "./cluster-nodes.ts";
import { clusterReplicas } from "./cluster-replicas.ts";
import { clusterReplicate } from "./cluster-replicate.ts";
import { clusterReset } from "./cluster-reset.ts";
import { clusterSaveconfig } from "./cluster-saveconfig.ts";
import { clusterShards } from "./cluster-shards.ts";
import { clusterSlotStats } from "./cluster-slot-stats.ts";
import { clusterSlots } from "./cluster-slots.ts";
import { clusterStatusCommand } from "./cluster-status.ts";

export const CLUSTER_HANDLERS: Readonly<Record<HandledNameOf<typeof CLUSTER_COMMANDS>, Handler>> = {
  "cluster|addslots": clusterAddslots,
  "cluster|addslotsrange": clusterAddslotsrange,
  "cluster|bumpepoch": clusterBumpepoch,
  "cluster|count-failure-reports": clusterCountFailureReports,
  "cluster|countkeysinslot": clusterCountkeysinslot,
  "cluster|delslots": clusterDelslots,
  "cluster|delslotsrange": clusterDelslotsrange,
  "cluster|failover": clusterFailover,
  "cluster|flushslots": clusterFlushslots,
  "cluster|forget": clusterForget,
  "cluster|getkeysinslot": clusterGetkeysinslot,
  "cluster|help": clusterHelp,
  "cluster|info": clusterInfo,
  "cluster|keyslot": clusterKeyslot,
  "cluster|links": clusterLinks,
  "cluster|meet": clusterMeet,
  "cluster|myid": clusterMyid,
  "cluster|myshardid": clusterMyshardid,
  "cluster|nodes": clusterNodes,
  "cluster|replicas": clusterReplicas,
  "cluster|replicate": clusterReplicate,
  "cluster|reset": clusterReset,
  "cluster|saveconfig": clusterSaveconfig,
  "cluster|set-config-epoch": clusterSetConfigEpoch,
  "cluster|shards": clusterShards,
  "cluster|slaves": clusterReplicas,
  "cluster|slot-stats": clusterSlotStats,
  "cluster|slots": clusterSlots,
  "cluster|status": clusterStatusCommand,
};
