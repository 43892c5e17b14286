/** Every limit and period of control, with its reason and what happens when it is reached. */

/** How often the leader tells the others that it is there. */
export const RAFT_HEARTBEAT_MS = 60;
/**
 * A voter that hears nothing from the leader for one to two times this long asks for votes. Several heartbeats, since
 * a pause of the collector or a busy machine must not make an election.
 */
export const ELECTION_TIMEOUT_MS = 400;
/** Entries in one append. More follow when it is answered. */
export const APPEND_ENTRIES_MAX = 64;
/** Entries that the log keeps behind the last snapshot. More: a snapshot replaces the older half. */
export const LOG_ENTRIES_MAX = 1024;
/** Voters, where there are so many nodes. */
export const VOTERS_MAX = 5;
/** Nodes remembered as forgotten. More: the oldest could come back by itself. */
export const FORGOTTEN_MAX = 1024;
/** More than a full mesh of gossip bears. A further node is refused, and facts with more are no facts. */
export const NODES_MAX = 4096;
/** Host names (RFC 1035: 255), node names. Longer: the command is refused where it is read. */
export const TEXT_CHARS_MAX = 255;
/** A voter that is away for longer is replaced when another node is there. */
export const VOTER_ABSENCE_MS = 10_000;
/**
 * A shard whose whole in-sync set came back empty waits so long for its other nodes: one may have most of the data.
 * Longer: it begins anew without them.
 */
export const RESEAT_WAIT_MS = 5000;
/** An epoch may be set by hand this far above the highest one: numbers must never run out. */
export const EPOCH_JUMP_MAX = 1_000_000;

// Raft

/**
 * A message of a term this far above ours is ignored: one bogus number must not use up all terms. No honest node is
 * ever so far behind: that would be an election every ELECTION_TIMEOUT_MS for twelve years. 2^53 is nine million
 * jumps away.
 */
export const TERM_JUMP_MAX = 1_000_000_000;
/** Voters that learn at the same time that their leader's process is gone begin within this long, not all at once. */
export const LEADER_GONE_JITTER_MS = 30;
/**
 * A candidate without a majority tries again after one to two times this long; twice as long each time, up to
 * ELECTION_TIMEOUT_MS. Longer than a vote takes to be written and to travel, or nobody would ever be elected.
 */
export const CAMPAIGN_RETRY_MS = 100;
/** Full appends sent to one follower and not yet answered. More entries wait for an answer. */
export const APPENDS_IN_FLIGHT_MAX = 16;
/** Entries of a leader that are not committed. More: proposals are refused until a majority has caught up. */
export const UNCOMMITTED_ENTRIES_MAX = 1024;
/** A snapshot is sent again when it has not arrived after so many heartbeats. It is large, and may take a while. */
export const SNAPSHOT_RESEND_ROUNDS = 16;
/**
 * Entries in one write to disk: all that may follow a snapshot, with room to spare. A write with more is taken for
 * damage when it is read back.
 */
export const LOG_ENTRIES_STORED_MAX = 65_536;
/** Messages that wait for the disk. More are dropped, as a network would: the disk has hung. */
export const WAITING_MESSAGES_MAX = 1024;

// Leases, proposals, facts

/** So long a primary may answer reads after it asked a majority of the voters. */
export const LEASE_MS = 500;
/** A voter keeps its promise for so much longer: clocks drift, by far less than this in half a second. */
export const LEASE_MARGIN_MS = 50;
/** Several chances before the lease runs out. */
export const LEASE_RENEWAL_MS = 100;
/** A primary without a lease asks again this often: its clients wait. */
export const LEASE_RETRY_MS = 20;
/** A voter repeats which primaries it wants replaced; what it does not repeat for three times as long is forgotten. */
export const SUPPORT_REPEAT_MS = 100;
/** A proposal without an answer is sent again, to the next who may know the leader. */
export const PROPOSAL_RETRY_MS = 150;
/** A proposal without an answer for so long is given up: `timed-out`. */
export const PROPOSAL_TIMEOUT_MS = 10_000;
/** Proposals of one node without an answer. More are given up at once. */
export const PROPOSALS_MAX = 1024;
/** Facts are asked for again after this long: the first request, or its answer, was lost. */
export const FACTS_RETRY_MS = 200;
/** The explanation of a refusal, on the wire. Longer is refused as a malformed message. */
export const REFUSAL_CHARS_MAX = 512;
