/**
 * Client listeners that one node may announce, the default one included. As many as the bus takes in a hello;
 * more are refused at start, since peers would refuse every link.
 */
export const ANNOUNCED_LISTENERS_MAX = 16;
/** The longest host that may be announced (RFC 1035). Longer is refused at start or by CONFIG SET. */
export const ANNOUNCED_HOST_CHARS_MAX = 255;
/** One record of a voter's log: all facts of the largest cluster, several times. More is a bug, and ends the process. */
export const RECORD_BYTES_MAX = 256 * 1024 * 1024;
/** A voter's log below this is not rewritten for its length. */
export const REWRITE_BYTES_MIN = 1024 * 1024;
/** Beyond, a log that has grown to so many times what it was when it was last written anew is written anew. */
export const REWRITE_GROWTH = 4;
/** Facts are saved at most this often: in a storm of changes the last of them counts. */
export const FACTS_SAVE_INTERVAL_MS = 200;
