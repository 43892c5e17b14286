export { decodeReply, Push, ReplyError, type Reply } from "./decode-reply.ts";
export { encodeRequest, type Argument } from "./encode-request.ts";
export { freePorts } from "./free-ports.ts";
export { NodeProcess, type Directives } from "./node-process.ts";
export { frameReply, type ReplyFrame } from "./reply-framing.ts";
export { RespClient } from "./resp-client.ts";
export { startCluster, type TestCluster } from "./start-cluster.ts";
export { startNode, type NodeOptions } from "./start-node.ts";
export { until } from "./until.ts";
