/**
 * Every limit of the node that is no directive, with its reason and what happens when it is reached.
 */

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
