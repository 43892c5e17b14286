/**
 * Every limit and period of the cluster bus, with its reason and what happens when it is reached. What an
 * operator may want to change is an option or a setter of Bus; these are not.
 */

const MEBIBYTE = 1024 * 1024;

/** A shorter cluster secret is refused at start: 16 random bytes are the least that nobody can guess. */
export const SECRET_BYTES_MIN = 16;

/** From connect (or accept) to authenticated. Longer: closed, counted as `handshake-timeout`. */
export const HANDSHAKE_TIMEOUT_MS = 2000;
/** Accepted connections that have not proved the secret. More: closed at once, counted as `too-many-handshakes`. */
export const PENDING_HANDSHAKES_MAX = 128;

/** A control frame's body. Holds a full digest (4 bytes a channel). Longer: closed, counted as `bad-length`. */
export const CONTROL_FRAME_BYTES_MAX = 8 * MEBIBYTE;
/** Nesting of a control body. A Raft snapshot needs 7; a bound keeps the unpacker's recursion off the stack. */
export const CONTROL_DEPTH_MAX = 16;
/** A publish frame's body: one payload of 512 MB with its channel. A larger message is dropped, `too-large`. */
export const BUS_FRAME_BYTES_MAX = 540 * MEBIBYTE;
/**
 * A replication frame's body: effects are one binary string at most (512 MB), with a head. A longer one throws at
 * the sender; received, it closes the link, counted as `bad-length`.
 */
export const REPLICATION_FRAME_BYTES_MAX = 540 * MEBIBYTE;

/** A batch is sealed in mid-turn when it reaches this, so a turn's messages never pile up in one string. */
export const BATCH_BYTES_MAX = MEBIBYTE;
/** A message from here on travels in a frame of its own and is never part of a rope: one copy less. */
export const LARGE_MESSAGE_BYTES = 256 * 1024;
/** Bodies above are written apart from their frame head (writev) instead of being copied behind it. */
export const FRAME_JOIN_BYTES_MAX = 16 * 1024;
/**
 * A frame body above this enters the MAC as its SHA-256, which stands before it: peers that share a body share the
 * hashing, and no more than this is gathered before a MAC was verified.
 */
export const MAC_WHOLE_BODY_BYTES_MAX = 1024;

/**
 * Queued bytes of a control link. Twice the largest frame: a peer that reads at all never gets there. More:
 * closed and dialled again, counted as `control-queue`.
 */
export const CONTROL_QUEUED_BYTES_MAX = 16 * MEBIBYTE;

/**
 * The periods below follow the node timeout (`Bus.nodeTimeoutMs`): at its default they have their highest values,
 * with a shorter one they shrink to the lowest (bus-timing.ts).
 */
export const NODE_TIMEOUT_MS = 15_000;
/** How often the bus looks at its clocks: dials, deadlines, heartbeats. */
export const TICK_MS = 100;
export const TICK_MS_MIN = 25;
/** A tick this late means that this process was stopped or busy: it judges nobody before it has listened again. */
export const TICK_LATE_MS = 500;
/** A node timeout holds this many pings, so that one that is slow does not look like death. */
export const PINGS_PER_NODE_TIMEOUT = 5;
export const PING_PERIOD_MS = 1000;
export const PING_PERIOD_MS_MIN = 50;
/** No pong on a control link that we dialled. Longer: our links to the peer are closed, `silent`, and dialled again. */
export const LINK_SILENCE_MS = 5000;
export const LINK_SILENCE_MS_MIN = 250;
/**
 * No frame on a control link that the peer dialled: as above, but not sooner than this, since the peer may have a
 * longer node timeout and send its pings less often.
 */
export const INBOUND_SILENCE_MS_MIN = 3 * PING_PERIOD_MS;
/** TCP keep-alive of flood and data links, which carry no heartbeat: keeps NAT entries and finds dead ones. */
export const BULK_KEEPALIVE_MS = 10_000;

/**
 * A node that was away for longer than this part of the node timeout is a laggard: it accuses nobody, and what it
 * says of others is not believed. The failure detector must be told the time several times as often.
 */
export const LAG_PART_OF_NODE_TIMEOUT = 1 / 4;
/**
 * What a peer sent before its process ended may be read after a connect was refused: for so long it proves nothing. A
 * process that does live is heard of again soon.
 */
export const LAST_WORDS_MS = 50;
/** How many node timeouts a second-hand report of a suspicion counts. Older: as if it had not been said. */
export const REPORT_NODE_TIMEOUTS = 2;

/** Wait before dialling again: doubles from the first to the second, times 0.5 to 1 at random. */
export const REDIAL_MS_MIN = 100;
export const REDIAL_MS_MAX = 2000;
/**
 * After a link that was up the first dial is at once, and the waits double from this: a process that dies closes its
 * connections before its listener, and only a refusal tells that it is gone. Not again before the link was stable.
 */
export const REDIAL_NEWS_MS = 2;
/** A link that lived shorter counts as a failed attempt, so that a peer that accepts and closes is not hammered. */
export const LINK_STABLE_MS = 1000;

/**
 * Links with nodes that are not our peers: so many that we dialled, and so many that dialled us. More: not dialled,
 * or closed at once, counted as `too-many-strangers`.
 */
export const STRANGERS_MAX = 128;
/** A link with a stranger on which nothing came. Longer: closed, counted as `silent`. */
export const STRANGER_SILENCE_MS = 10_000;

/** An unanswered interest increment. Longer: the peer's links are closed, `ack-timeout`, and nobody waits for it. */
export const INTEREST_ACK_TIMEOUT_MS = 1500;
/** Channels in one node's digest: 4 MB on the wire. More: the node announces that it wants everything. */
export const INTEREST_CHANNELS_MAX = 1024 * 1024;
/** Hashes kept of one peer. Twice the above, since an increment adds before the next one removes. More: `bad-body`. */
export const PEER_CHANNELS_MAX = 2 * INTEREST_CHANNELS_MAX;
/** Patterns announced verbatim; each costs a glob per new channel at every sender. More: wants everything. */
export const INTEREST_PATTERNS_MAX = 64;
export const INTEREST_PATTERNS_BYTES_MAX = 4096;

/** Channels whose chosen peers are remembered. Full: all forgotten, and computed again when next used. */
export const ROUTES_MAX = 65_536;
/** Longer channel names are not remembered (65,536 × 256 bytes is 16 MB): their peers are computed each time. */
export const ROUTE_CHANNEL_BYTES_MAX = 256;

/** Client listeners in a peer's hello. More: closed, counted as `bad-body`. */
export const HELLO_LISTENERS_MAX = 16;
/** Host names (RFC 1035: 255), listener names and the version in a hello. Longer: `bad-body`. */
export const HELLO_TEXT_CHARS_MAX = 255;

/** One line per peer and reason in this time; the rest is only counted. */
export const LOG_REPEAT_MS = 60_000;
/** Pairs of peer and reason remembered for that. Full: forgotten, so at worst a line too many. */
export const LOG_KEYS_MAX = 256;

/** How long `close` lets queued messages leave before the sockets are destroyed. */
export const CLOSE_DRAIN_MS = 500;
