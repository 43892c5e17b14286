import { CommandError } from "@slotcast/protocol";

/** MOVE and COPY onto itself. */
export const SAME_OBJECTS = new CommandError("ERR", "source and destination objects are the same");
