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
/** A process that ends waits so long for a write of its log. Longer: the disk has failed, and it ends as after that. */
export const CLOSE_WRITE_MS = 2000;
/** Facts are saved at most this often: in a storm of changes the last of them counts. */
export const FACTS_SAVE_INTERVAL_MS = 200;
/** Why a node is not let in, as it travels. Longer is cut. */
export const JOIN_REASON_CHARS_MAX = 256;
/** CLUSTER MEET is answered after this long, also when nobody answers there. */
export const MEET_ANSWER_MS = 1000;
/** Until then it is tried on, every MEET_RETRY_MS on average. */
export const MEET_TRY_MS = 60_000;
export const MEET_RETRY_MS = 200;
/** One try: what was asked got no answer. */
export const MEET_ATTEMPT_MS = 3000;
/** What is proposed while this node asks to be let in elsewhere waits so long. Longer: as if nobody had decided in time. */
export const HELD_PROPOSAL_MS = 10_000;
/** A primary that hands over waits so long for the replica to have everything. Longer: it goes on itself. */
export const HAND_OVER_CATCH_UP_MS = 1000;
/** A primary that could not rule out a promotion tries again after this long; meanwhile it answers nothing. */
export const RESCIND_RETRY_MS = 20;
/** A replica that asked for its shard gives up after this long. */
export const HAND_OVER_TIMEOUT_MS = 5000;
/** A process that ends waits so long for another to lead its shard. Longer: it ends without, and is replaced later. */
export const STOP_HAND_OVER_MS = 3000;
/**
 * So long a process that has handed over still redirects its clients before it closes their connections: a request that
 * is on its way to a closed one is an error for libraries that do not send it again, as node-redis.
 */
export const STOP_LINGER_MS = 300;
/** A node that starts alone has its own cluster within this time, or does not start: its disk does not answer. */
export const FOUNDING_MS = 10_000;
/** How often a node of a cluster looks at its clocks. */
export const CLUSTER_TICK_MS = 20;
/**
 * A new node that no seed has let in asks them all again after the first pause, twice as long each time, up to the last.
 * The first is short: nodes that start together find each other while people still look.
 */
export const SEED_ROUND_FIRST_MS = 40;
export const SEED_ROUND_LAST_MS = 1000;
/** The node that lets the others in asks again this often whether there is a cluster elsewhere. */
export const SEED_ROUND_OPEN_MS = 3000;
/** A place that was refused, or not decided in time, is looked for again after this long. */
export const ASSEMBLY_RETRY_MS = 100;
