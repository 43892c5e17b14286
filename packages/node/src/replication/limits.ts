/** Every limit and period of replication, with its reason and what happens when it is reached. */

const MEBIBYTE = 1024 * 1024;

/**
 * Effects of one turn beyond this are sealed in mid-turn, so that no piece of the log outgrows a frame by much. One
 * effect may be larger and is then a piece of its own.
 */
export const SEAL_BYTES = 256 * 1024;
/** Small old pieces of the log are joined up to this: a piece costs some 100 bytes besides its text. */
export const PIECE_BYTES_MAX = 16 * 1024;
/** Effects in one batch for a replica that catches up. The first piece goes whole, even if it is larger. */
export const BATCH_BYTES_MAX = MEBIBYTE;
/**
 * Bytes on their way to one replica, unacknowledged. More stay in the log until it acknowledges: a slow replica costs
 * the primary no second copy.
 */
export const WINDOW_BYTES_MAX = 16 * MEBIBYTE;
/**
 * From so many chars on, output that waits is put together when it is taken, not when it leaves: its parts are still in
 * the core's cache then, and it keeps no chunk alive that they were cut from (XADD: 7 % more a second).
 */
export const PUT_TOGETHER_CHARS_MIN = 512;
/**
 * Executed and not yet in every in-sync replica, per shard. More: the node stops reading from clients until there is
 * room, and nobody gets an error.
 */
export const UNCOMMITTED_BYTES_MAX = 64 * MEBIBYTE;
/**
 * What the log keeps, beyond `repl-backlog-size`, for replicas that load a snapshot or catch up after one; they share
 * it. More: their full sync begins again, counted as `fullSyncsRestarted`.
 */
export const SYNC_BUFFER_BYTES_MAX = 256 * MEBIBYTE;
/** `repl-backlog-size`: what a replica may miss and still come back without a snapshot. */
export const BACKLOG_BYTES_MAX = MEBIBYTE;
/** A replica this near to the end of the log is proposed for the in-sync set. */
export const CAUGHT_UP_BYTES = MEBIBYTE;

/** `isr-lag-time`: an in-sync replica that is behind for longer is proposed out. */
export const ISR_LAG_TIME_MS = 1000;
/** So long may the link to an in-sync replica be down. Longer: proposed out. A reset link is back within this time. */
export const LINK_GRACE_MS = 100;
/**
 * Commits wait so long for a replica that is near the end of the log to have all of them, so that it can be proposed for
 * the set. Longer: it stays outside, and they do not wait for it again before the retry time.
 */
export const JOIN_WAIT_MS = 50;
export const JOIN_RETRY_MS = 1000;
/** A proposal that the facts do not answer is made again: control may have lost it with its leader. */
export const PROPOSAL_RETRY_MS = 300;
/** A replica without an answer asks again: its request may have come before the primary knew that it is one. */
export const SYNC_RETRY_MS = 500;
/**
 * A tick this much later than the one before: this process was stopped or busy, and no replica is held to blame for
 * that time. Ticks come every 20 ms or so.
 */
export const TICK_LATE_MS = 200;

/**
 * Reigns that a log remembers within the bytes it keeps. More: the oldest is forgotten, and who knows only that one
 * needs a full sync.
 */
export const EPOCH_MARKS_MAX = 64;

/**
 * Effects of one command or transaction that reach the log together. More: it gets them in several parts, and a log may
 * end between two of them. A string of V8 ends at eight times as much, and one effect may be nearly as large.
 */
export const UNIT_BYTES_MAX = 64 * MEBIBYTE;

/** Bytes of a snapshot that leave together: about what keeps a turn below 5 ms. A larger value leaves in several. */
export const SNAPSHOT_CHUNK_BYTES = 64 * 1024;
/** Of a snapshot, handed to a link and not taken by its kernel. More: the snapshot goes on when the link has drained. */
export const SNAPSHOT_QUEUED_BYTES_MAX = MEBIBYTE;
/** After one that could not be sent to its end, since a value is too large, the next one waits for so long. */
export const SNAPSHOT_RETRY_MS = 10_000;
/** So long a snapshot is read at a time; then requests get their turn. */
export const SNAPSHOT_SLICE_MS = 2;
/** Elements of one effect in a snapshot, where a value is too large for one payload. */
export const SNAPSHOT_ELEMENTS_MAX = 1024;
/**
 * Of the log before what is given up, to tell which ids were chosen in it: some turns of a busy primary, each with its
 * clock. Where that is too little, entries stay without an id.
 */
export const BEFORE_DISCARDED_BYTES = 256 * 1024;
/** Of what is given up. More is kept as it stands in the log: finding the ids in it would hold up everybody. */
export const DISCARDED_READ_BYTES_MAX = 16 * MEBIBYTE;
/**
 * Replies that wait for their commit, of all clients together. More: whoever touches keys waits before that, as with
 * UNCOMMITTED_BYTES_MAX.
 */
export const UNCOMMITTED_REPLY_BYTES_MAX = 256 * MEBIBYTE;
/** How long a deposed primary tries to learn what became of its last writes. Longer: their clients are closed. */
export const SETTLE_MS = 5000;
/** Keys that one step of a snapshot looks at, most of them perhaps written before. */
export const SNAPSHOT_KEYS_PER_TAKE = 5000;
