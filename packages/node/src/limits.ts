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
/** Active expiry looks at so many keys before it asks whether to go on: 20 µs, and up to 1 ms when all are due. */
export const EXPIRY_KEYS_PER_ROUND = 400;
/** For so long at a time; then requests get their turn, and it goes on after them. */
export const EXPIRY_SLICE_MS = 1;
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
/** Kinds of errors that INFO errorstats counts. One more: it is given up until CONFIG RESETSTAT, as Redis 7.2. */
export const ERROR_PREFIXES_MAX = 128;
/** What the slow log and its kin keep of a command: arguments, and bytes of each. More: counted, not kept. As Redis. */
export const LOGGED_ARGUMENTS_MAX = 32;
export const LOGGED_ARGUMENT_BYTES_MAX = 128;
/** Seconds of trouble that LATENCY remembers for each event. More: the oldest go. As Redis. */
export const LATENCY_SAMPLES_MAX = 160;
/** Equal quick commands that may share one reading of the clock. More: a reading in between. */
export const RUN_COMMANDS_MAX = 16;
/**
 * Requests that are executed at once, in bytes: a chunk as it is read, and a rest of the one before. More: one of them
 * may be large, and each is measured by itself.
 */
export const RUN_BATCH_BYTES_MAX = 128 * 1024;
/** A reply of more bytes ends the run: writing it may have taken as long as all the others. */
export const RUN_REPLY_BYTES_MAX = 64 * 1024;
/** Who asks for shorter times than this gets a reading for each command: a run may take a tenth of it. */
export const RUN_THRESHOLD_MS_MIN = 1;
/** Clients of a primary that is about to serve, or to hand over, wait at most so long. Longer: CLUSTERDOWN. */
export const SERVING_HOLD_MS = 2000;
