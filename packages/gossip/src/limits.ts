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
/** Nesting of a control body. Ours need 3; a bound keeps the unpacker's recursion off the stack. */
export const CONTROL_DEPTH_MAX = 8;
/** A publish frame's body: one payload of 512 MB with its channel. A larger message is dropped, `too-large`. */
export const BUS_FRAME_BYTES_MAX = 540 * MEBIBYTE;

/** A batch is sealed in mid-turn when it reaches this, so a turn's messages never pile up in one string. */
export const BATCH_BYTES_MAX = MEBIBYTE;
/** A message from here on travels in a frame of its own and is never part of a rope: one copy less. */
export const LARGE_MESSAGE_BYTES = 256 * 1024;
/** Bodies above are written apart from their frame head (writev) instead of being copied behind it. */
export const FRAME_JOIN_BYTES_MAX = 16 * 1024;
/** A frame body above this enters the MAC as its SHA-256, so peers that share a body share the hashing. */
export const MAC_WHOLE_BODY_BYTES_MAX = 1024;

/**
 * Queued bytes of a control link. Twice the largest frame: a peer that reads at all never gets there. More:
 * closed and dialled again, counted as `control-queue`.
 */
export const CONTROL_QUEUED_BYTES_MAX = 16 * MEBIBYTE;

/** How often the bus looks at its clocks: dials, deadlines, heartbeats. */
export const TICK_MS = 100;
/** A tick this late means that this process was stopped or busy: nobody else is judged in that tick. */
export const TICK_LATE_MS = 500;
export const PING_PERIOD_MS = 1000;
/** No pong (dialler) or no frame at all (acceptor) on a control link. Longer: the peer's links are closed, `silent`. */
export const LINK_SILENCE_MS = 5000;
/** TCP keep-alive of flood links, which carry no heartbeat: keeps NAT entries and finds dead ones. */
export const FLOOD_KEEPALIVE_MS = 10_000;

/** Wait before dialling again: doubles from the first to the second, times 0.5 to 1 at random. */
export const REDIAL_MS_MIN = 100;
export const REDIAL_MS_MAX = 2000;
/** A link that lived shorter counts as a failed attempt, so that a peer that accepts and closes is not hammered. */
export const LINK_STABLE_MS = 1000;

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
