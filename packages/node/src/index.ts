export { divideSlots } from "./cli/cluster-plan.ts";
export { ClusterCore, type CoreAction } from "./cluster-core/cluster-core.ts";
export type { Rumour } from "./cluster-core/rumour.ts";
export type { ShardAction } from "./cluster-core/shard-role.ts";
export { formatNodesFile, type NodeRecord, type NodesFile } from "./config/nodes-file.ts";
export { MAIN_PATH } from "./main-path.ts";
export { EffectLog } from "./replication/effect-log.ts";
export { decodeFrame, encodeFrame, type ReplicationFrame } from "./replication/frames.ts";
export type { PrimaryTuning } from "./replication/primary-actions.ts";
