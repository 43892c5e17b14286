/** A node process answers. Then: an error with the end of its log. */
export const NODE_START_WITHIN_MS = 60_000;
/** redis-cli has made the cluster. Then: an error with what it wrote. */
export const CLUSTER_CREATE_WITHIN_MS = 60_000;
/** After a fault every shard has a primary and an in-sync replica again, and all nodes say so. Then: an error. */
export const WHOLE_WITHIN_MS = 60_000;
/** After a kill somebody else acknowledges a write of the shard. Then: an error; no failover took place. */
export const FAILOVER_WITHIN_MS = 30_000;
/** When everything is whole, each request has an end. Then: it counts as hung, and as unknown. */
export const DRAIN_WITHIN_MS = 15_000;
/** Replicas have what their primaries have, once nobody writes. Then: a finding. */
export const LEVEL_WITHIN_MS = 10_000;
/** How often conditions of the cluster are looked at: each look asks six nodes, on the cores they run on. */
export const LOOK_EVERY_MS = 25;
/** Elements of a list or stream that are read back with one request. */
export const READ_BACK_PAGE = 5_000;
/** Lines of a node's log that an error shows. */
export const LOG_TAIL_CHARS = 4_000;
/** A write of a probe, in vain or not, is followed by the next one. It bounds what is measured from below. */
export const PROBE_EVERY_MS = 2;
/** An application's loop rests so long between requests: load enough to notice each pause, cores left for failover. */
export const THINK_TIME_MS = 16;
