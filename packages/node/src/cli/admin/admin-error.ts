/** A command about a cluster that could not be done: one line for a human, printed as `slotcast: …`, exit code 1. */
export class AdminError extends Error {
  override readonly name = "AdminError";
}
