/** Deadlines end a wait that never comes true; a test that works never gets near one. */

/** A node process: 0.2 s on an idle machine, seconds when every core is busy. Then: an error with its output. */
export const NODE_START_WITHIN_MS = 15_000;
/** All nodes of a cluster have found each other. Then: an error. */
export const CLUSTER_READY_WITHIN_MS = 20_000;
/** A reply or a pushed message. Then: an error that names what was waited for. */
export const REPLY_WITHIN_MS = 10_000;
/** How often a condition is looked at: well below what a test notices, well above what costs a core. */
export const POLL_MS = 5;
/** How much of a node's output is kept to be shown in an error. Earlier output is dropped. */
export const OUTPUT_TAIL_CHARS_MAX = 64 * 1024;
/** Ports looked for before the search gives up. */
export const PORT_TRIES_MAX = 200;
