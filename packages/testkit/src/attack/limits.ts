/** Recorded connections, and units of each side of one: enough to choose from, and bounded. */
export const RECORDED_TALKS_MAX = 200;
export const RECORDED_FRAMES_MAX = 200;
/** Frames that a hostile connection carries at most: the number is drawn for each. */
export const FRAMES_A_CONNECTION_MAX = 64;
/** Hostile connections at once. With the half-open ones fewer than the 128 that a node lets wait (docs/bus.md). */
export const CONNECTIONS_AT_ONCE = 24;
/** Connections to each node that say nothing, or begin and stop. */
export const HALF_OPEN_AT_ONCE = 64;
/** Connections to each node at the same moment, once: more than it lets wait. */
export const FLOOD_CONNECTIONS = 400;
/** A hello that is right in its form is answered or refused at once; what is not answered then will not be. */
export const ANSWER_WITHIN_MS = 500;
/** From a change of a genuine link's bytes until the node that got them has ended it: its next frame comes sooner. */
export const ENDED_WITHIN_MS = 10_000;
/** A link is attacked when it has lived this long (to twice that): then its node dials again at once. */
export const MEDDLE_AFTER_MS = 1000;
/** Links that are attacked in a run: one for so many frames, and no fewer than these. */
export const FRAMES_PER_CHANGED_LINK = 2000;
export const CHANGED_LINKS_MIN = 50;
/** Hostile frames behind the first one of an attacked link, at most. */
export const BURST_FRAMES_MAX = 400;
/** All links whole again, and a message from everyone to everyone. */
export const MENDED_WITHIN_MS = 20_000;
/**
 * How far a node's memory may grow. One that turns away a thousand connections a second leaves the collector's work
 * for later: measured, it grows by 170 to 210 MiB within some 50,000 connections, and by nothing with 120,000 more.
 */
export const MEMORY_GROWTH_BYTES_MAX = 300 * 1024 * 1024;
