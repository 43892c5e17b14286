/** Every limit and period of replication without a cluster, with its reason and what happens when it is reached. */

/** Of the frames on a link between two standalone servers. Another one is refused by name. */
export const LINK_VERSION = 1;
/** A frame: effects are one binary string at most (512 MB), with a head. A longer one closes the link. */
export const LINK_FRAME_BYTES_MAX = 540 * 1024 * 1024;
/** A line of the answer to the greeting, an error text in it. A longer one: this is no server of ours. */
export const GREETING_LINE_BYTES_MAX = 4096;
/** The halves of replication want to be asked this often. Without replication nobody asks. */
export const TICK_MS = 20;
/** A replica says this often that it lives; its primary as often as `repl-ping-replica-period` says. As Redis. */
export const REPLICA_ALIVE_MS = 1000;
/** A link that ended is dialled again at once, then after this, and after twice as long each time, up to the latter. */
export const REDIAL_MS_MIN = 100;
export const REDIAL_MS_MAX = 1000;
/** Replicas that send a replica on to the one that they follow. More: it begins again with the one it was told. */
export const REDIRECTIONS_MAX = 4;
/** Smaller frames are put together with their length: one copy is cheaper than one more write. */
export const FRAME_JOIN_BYTES_MAX = 16 * 1024;
/** A primary that stops lets its replicas acknowledge for so long. Longer: the clients never hear of these writes. */
export const STOP_WAIT_MS = 1500;
export const STOP_POLL_MS = 5;
