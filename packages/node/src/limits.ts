import { BULK_BYTES_MAX } from "@slotcast/protocol";

/**
 * Every limit of the node that is no directive, with its reason and what happens when it is reached.
 */

/**
 * What a connection may have sent and not have executed, whatever `client-query-buffer-limit` says: one argument
 * and a chunk, together below V8's end of a string. More: it is closed and counted.
 */
export const QUERY_BYTES_MAX = BULK_BYTES_MAX + 64 * 1024;
/** From here on pending replies become a Buffer, off V8's heap, before they may wait in the socket's queue. */
export const OUTPUT_BUFFER_BYTES_MIN = 64 * 1024;
/**
 * Deliveries that one turn may collect. More: what there is is written at once and the turn goes on, so that no
 * cohort's frames outgrow a string.
 */
export const DELIVERY_BYTES_PER_TURN_MAX = 16 * 1024 * 1024;
/** Connections with more subscriptions than this never share a cohort: comparing sets would cost more than it saves. */
export const COHORT_SUBSCRIPTIONS_MAX = 64;
/** Remembered answers to "which patterns match this channel"; all are forgotten when it is full. */
export const PATTERN_CACHE_CHANNELS_MAX = 10_000;
/** Active expiry: how often, how many keys it looks at each time, and how long it may go on while it finds many. */
export const EXPIRY_INTERVAL_MS = 100;
export const EXPIRY_KEYS_PER_ROUND = 400;
export const EXPIRY_BUDGET_MS = 10;
/** setTimeout cannot wait longer (2^31-1 ms); a longer deadline is waited for in pieces. */
export const TIMER_MS_MAX = 2_147_483_647;
/** How often idle clients are looked for: `timeout` counts in seconds. */
export const IDLE_SWEEP_INTERVAL_MS = 1000;
/** CLIENT SETNAME and SETINFO: CLIENT LIST shows them for every client. Longer: an error. */
export const CLIENT_NAME_BYTES_MAX = 1024;
/** Channels longer than this are matched against the patterns each time, not remembered. */
export const PATTERN_CACHE_CHANNEL_BYTES_MAX = 256;
/**
 * A channel or pattern: each delivery repeats it, and V8 ends a string at 512 MB. Longer: an error, also of PUBLISH.
 */
export const CHANNEL_BYTES_MAX = 1024 * 1024;
/** A starting node lets no client in before its links to the others are up, for at most so long. */
export const START_LINKS_WAIT_MS = 1500;
