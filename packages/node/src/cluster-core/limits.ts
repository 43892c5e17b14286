/** A node tells its peers how it is this often, and at once when that changed in a way that matters. */
export const RUMOUR_PERIOD_MS = 100;
