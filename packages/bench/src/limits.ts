/** Every limit of the bench, with its reason and what happens when it is reached. */

/**
 * Published but not yet delivered bytes in the throughput phase. Publishers wait above it, so that what is
 * measured is what arrives: without it a server's answer to overload (closing subscribers at 32 MB, the
 * default `client-output-buffer-limit` for pub/sub) would be measured instead. Well under that limit.
 */
export const UNDELIVERED_BYTES_MAX = 8 * 1024 * 1024;
/** How often publishers that wait for deliveries look again. 8 MB are not delivered in less time. */
export const UNDELIVERED_POLL_MS = 1;
/** No delivery for this long while publishers wait: the missing ones count as lost and publishing goes on. */
export const UNDELIVERED_STALL_MS = 500;

/** After publishing stops: no delivery for this long ends the wait for the rest, which count as lost. */
export const DRAIN_STALL_MS = 1_000;
/** The same in total: a server that trickles for longer is not waited for. */
export const DRAIN_MS_MAX = 15_000;
export const DRAIN_POLL_MS = 10;

/** Rate of the latency phase as a share of the lowest throughput measured, when no `--rate` is given. */
export const DEFAULT_RATE_SHARE = 0.5;

/** The open-loop publisher sleeps at least so long between sends; it bounds the CPU it takes from servers. */
export const OPEN_LOOP_TICK_US_MIN = 100;
/** …and at most so long, so that replies are read and orders heard. */
export const OPEN_LOOP_TICK_US_MAX = 1_000;
/** One write of the open loop. What is due beyond it waits for the next turn and is sent late, as measured. */
export const OPEN_LOOP_WRITE_BYTES_MAX = 256 * 1024;
/** Unsent bytes of one publishing connection at which the open loop holds back (and latency grows). */
export const OPEN_LOOP_BUFFERED_BYTES_MAX = 16 * 1024 * 1024;

/** Above this share of one core a load thread may have been what was measured: the row is marked. */
export const GENERATOR_CPU_SHARE_MAX = 0.9;
/** A receiving thread whose event loop is this late (p99) adds to what it measures: the row is marked. */
export const GENERATOR_LOOP_DELAY_MS_MAX = 50;
/** A publisher that sends this long after its schedule (p99) is the bottleneck: the row is marked. */
export const GENERATOR_SEND_LAG_US_MAX = 5_000;
/** Above this share of all cores, processes wait for each other: more nodes cannot show more throughput. */
export const MACHINE_BUSY_SHARE_MAX = 0.95;
/** The latency phase has to reach this share of its rate, or the row is marked as behind. */
export const ACHIEVED_RATE_SHARE_MIN = 0.98;

/** Open gaps remembered per subscriber; beyond it the oldest is given up: lost for good. */
export const SEQUENCE_GAPS_MAX = 4_096;
/** Expected sequence numbers held for all subscribers together, 4 bytes each. More: a clear error. */
export const CHECKED_STREAMS_MAX = 32 * 1024 * 1024;

export const CONNECT_TIMEOUT_MS = 5_000;
/** A control request (CLUSTER INFO, CONFIG SET …) unanswered for so long ends the run. */
export const REQUEST_TIMEOUT_MS = 10_000;
/** A cluster that is not ready after this long ends the run with its last output. */
export const CLUSTER_READY_MS_MAX = 60_000;
export const CLUSTER_READY_POLL_MS = 50;
/** Time for a started process to end after SIGTERM before it gets SIGKILL. */
export const STOP_GRACE_MS = 5_000;
/** Output kept of a started process, to quote when it fails. */
export const OUTPUT_TAIL_CHARS_MAX = 4_096;
/** Attempts to find free ports: each tries one random block. */
export const PORT_BLOCK_TRIES_MAX = 50;
/** What one read from a socket can return at most. */
export const READ_CHUNK_BYTES = 64 * 1024;

export const NODES_MAX = 64;
export const PAYLOAD_BYTES_MAX = 64 * 1024 * 1024;
export const CHANNELS_MAX = 65_536;
/** Command line values beyond it are typing errors. */
export const COUNT_MAX = 1_000_000;
export const RATE_PER_S_MAX = 100_000_000;
export const SECONDS_MAX = 86_400;
