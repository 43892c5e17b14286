/** A node tells its peers how it is this often, and at once when it learns that a process is gone. */
export const RUMOUR_PERIOD_MS = 200;
/**
 * In large clusters less often, or rumours would be all that a node has time for: so much for each node, up to a third
 * of the default node timeout. Voters hear of the primaries by their leases all the same.
 */
export const RUMOUR_PERIOD_MS_PER_NODE = 0.5;
export const RUMOUR_PERIOD_MS_MAX = 500;
/**
 * A process that the cluster refuses to take for this node asks again this often: each time costs all voters a write to
 * their disks, and it only helps when the facts have changed.
 */
export const REGISTER_AGAIN_MS = 5000;
/** News that come closer together than this, as when fifty primaries die, are one rumour. */
export const RUMOUR_GAP_MS = 15;
/** How late a node says it is, in steps: far below what makes others doubt its word, a quarter of the node timeout. */
export const LAG_STEP_MS = 50;
