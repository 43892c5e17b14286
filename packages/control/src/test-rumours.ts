import type { Rumours } from "./rumours.ts";

/** For tests: all are there, and nobody has said how far it is. */
export const NO_RUMOURS: Rumours = {
  isThere: () => true,
  isSuspected: () => false,
  isGone: () => false,
  absentMs: () => 0,
  progress: () => undefined,
};
