import { CommandError } from "@slotcast/protocol";

const NOTHING_SAVED = new CommandError("ERR", "DEBUG RELOAD is not possible: nothing is saved yet");

/** DEBUG RELOAD saves and loads everything in Redis. */
export function debugReload(): void {
  throw NOTHING_SAVED;
}
