/**
 * Every limit of the store, with its reason and what happens when it is reached. Limits that an operator may
 * want to change are directives (packages/node/src/config); these are not.
 */

/**
 * All fields and values of one stream entry. A node is one string, and V8 ends strings at 2^29 - 24 chars.
 * More: XADD answers `Elements are too large to be stored`, as Redis does at 1 GB.
 */
export const STREAM_ENTRY_BYTES_MAX = 500 * 1024 * 1024;
/**
 * What `stream-node-max-bytes` means when it is 0 or higher than this: deleting in the middle of a node copies
 * it. Reached: the next entry starts a new node. Redis stops at 1 GB.
 */
export const STREAM_NODE_BYTES_CEILING = 64 * 1024 * 1024;
/**
 * Keys that one SCAN or RANDOMKEY may index on its way, unless it asks for more: 2 to 5 ms. A greater table is
 * indexed in several: SCAN answers without keys so long, RANDOMKEY knows the oldest ones only.
 */
export const INDEX_KEYS_PER_STEP = 5000;
/** Tables that have an index of their keys. One more: the least recently used one is given up, and made again when needed. */
export const INDEXES_MAX = 64;
/** After so long without SCAN and RANDOMKEY the index of a table is given up. */
export const INDEX_IDLE_MS = 60_000;
