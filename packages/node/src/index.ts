export { divideSlots } from "./cli/cluster-plan.ts";
export { formatNodesFile, type NodeRecord, type NodesFile } from "./config/nodes-file.ts";
export { MAIN_PATH } from "./main-path.ts";
