/** Nodes that one launcher starts: each is a process of some 60 MB. More: an error. */
export const LAUNCHED_NODES_MAX = 100;
/** How often a starting node is asked whether the cluster is ready: far below what a human notices. */
export const READINESS_POLL_MS = 20;
/** A node that does not answer within this is asked again on a new connection. */
export const READINESS_REPLY_MS = 1000;
/** How often the launcher says what it is still waiting for. */
export const STILL_WAITING_MS = 5000;
/** A dead node is started again after the first delay, doubled each time up to the last. */
export const RESTART_DELAY_FIRST_MS = 250;
export const RESTART_DELAY_LAST_MS = 10_000;
/** A node that lived this long starts its restarts from the first delay again. */
export const RESTART_SETTLED_MS = 30_000;
/** Beyond `shutdown-timeout`, how long a node may take to stop before it is killed. */
export const STOP_GRACE_MS = 2000;
/** A longer line of a node's output is cut in two: a line is held in memory until it is complete. */
export const OUTPUT_LINE_CHARS_MAX = 64 * 1024;
/** A status of a cluster of 1000 nodes is some 500 KB. More: something else answers on the port; an error. */
export const NODE_REPLY_BYTES_MAX = 16 * 1024 * 1024;
/** For a node to answer `slotcast cluster status` and the like. Longer than a cluster takes to decide, which is 10 s. */
export const NODE_REPLY_WITHIN_MS = 15_000;
/** For a connection to a node, and for a node to say how it is: one that hangs shall not hang the whole answer. */
export const NODE_LOOK_WITHIN_MS = 2000;
/** For a node that was added to be a member, or one that was asked to hand over to have done so. Then: an error. */
export const CHANGE_WITHIN_MS = 30_000;
/** How often it is looked whether that is so. */
export const CHANGE_POLL_MS = 50;
